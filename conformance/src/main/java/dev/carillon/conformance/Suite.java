package dev.carillon.conformance;

import java.util.List;

/** All cases. Stateless. */
public final class Suite {
    private Suite() {}

    /**
     * The chapters in the order of a report. The ids are the same in each volume.
     *
     * @param volume how much the cases about volume send
     */
    public static List<Chapter> chapters(Volume volume) {
        return List.of(
                Handshakes.chapter(),
                Framing.chapter(),
                Pings.chapter(),
                ReservedBits.chapter(),
                Opcodes.chapter(),
                Fragments.chapter(),
                Texts.chapter(),
                Closings.chapter(),
                Sizes.limits(),
                Sizes.chapter(),
                Sizes.automatic(),
                Compression.payloads(volume),
                Compression.parameters(volume),
                Deflating.chapter());
    }
}
