package dev.carillon.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Any bytes give an update or a refusal, and whatever is made of an update can be read again and says the same. */
class UpdateFuzzTest {

    @FuzzTest
    void anyBytesGiveAnUpdateOrARefusal(byte[] bytes) {
        if (Update.decode(bytes) instanceof Decoded.Read<Update>(Update update)) {
            Update compacted = update.compacted();
            assertThat(compacted.stateVector()).isEqualTo(update.stateVector());
            for (Update made : List.of(
                    update, compacted, update.missingFrom(half(update)), Update.merge(List.of(compacted, update)))) {
                assertThat(hex(UpdateVectorsTest.read(made.encode()))).isEqualTo(hex(made));
            }
            Coverage known = new Coverage();
            known.add(compacted);
            assertThat(known.lacks(update)).isFalse();
        }
    }

    /** Two updates that were never of one document neither stop nor spoil anything. */
    @FuzzTest
    void anyTwoUpdatesCanBeMerged(byte[] bytes) {
        int cut = bytes.length == 0 ? 0 : (bytes[0] & 0xFF) % bytes.length;
        if (Update.decode(Arrays.copyOfRange(bytes, Math.min(1, bytes.length), cut))
                        instanceof Decoded.Read<Update>(Update one)
                && Update.decode(Arrays.copyOfRange(bytes, cut, bytes.length))
                        instanceof Decoded.Read<Update>(Update other)) {
            Update merged = Update.merge(List.of(one, other));
            assertThat(hex(UpdateVectorsTest.read(merged.encode()))).isEqualTo(hex(merged));
            Coverage known = new Coverage();
            known.add(merged);
            assertThat(known.lacks(one) || known.lacks(other)).isFalse();
            merged.compacted();
        }
    }

    @FuzzTest
    void anyBytesGiveAStateVectorOrARefusal(byte[] bytes) {
        if (StateVector.decode(bytes) instanceof Decoded.Read<StateVector>(StateVector vector)) {
            assertThat(StateVector.decode(vector.encode())).isEqualTo(new Decoded.Read<>(vector));
        }
    }

    private static StateVector half(Update update) {
        ByteWriter out = new ByteWriter(64);
        out.number(update.made.size());
        for (Made each : update.made) {
            out.number(each.client())
                    .number((each.clock() + each.structs().getLast().end()) / 2);
        }
        return ((Decoded.Read<StateVector>) StateVector.decode(out.toBytes())).value();
    }

    private static String hex(Update update) {
        return HexFormat.of().formatHex(update.encode());
    }
}
