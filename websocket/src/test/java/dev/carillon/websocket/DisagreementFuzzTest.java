package dev.carillon.websocket;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/**
 * Any bytes: our decoder and Netty's hear the same, or ours refuses for a reason of the closed list {@link Disagreement},
 * and the refusal names its section. Run as {@link FrameDecoderFuzzTest}.
 */
class DisagreementFuzzTest {
    private static final int LIMIT = 1 << 10;

    @FuzzTest(maxDuration = "20s")
    void oursAndNettysAgreeOrTheirDifferenceHasAName(byte[] data) {
        byte[] wire = data.clone();
        Disagreement.about(wire, LIMIT);
        // Most bytes are refused at the second one, for want of a mask.
        if (wire.length > 1) {
            wire[1] |= (byte) 0x80;
            Disagreement.about(Arrays.copyOf(wire, wire.length), LIMIT);
        }
    }
}
