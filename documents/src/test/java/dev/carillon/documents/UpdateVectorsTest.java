package dev.carillon.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Yjs itself made of the same updates, to the byte. */
class UpdateVectorsTest {

    static List<Vectors.Case> cases() {
        return Vectors.cases();
    }

    static List<Vectors.Case> refused() {
        return Vectors.refused();
    }

    static List<Vectors.Case> afternoons() {
        return Vectors.afternoons();
    }

    static Update read(byte[] bytes) {
        return switch (Update.decode(bytes)) {
            case Decoded.Read<Update>(Update update) -> update;
            case Decoded.Malformed<Update>(String reason) -> throw new AssertionError(reason);
        };
    }

    private static StateVector vector(byte[] bytes) {
        return switch (StateVector.decode(bytes)) {
            case Decoded.Read<StateVector>(StateVector vector) -> vector;
            case Decoded.Malformed<StateVector>(String reason) -> throw new AssertionError(reason);
        };
    }

    private static Update merged(Vectors.Case of) {
        return Update.merge(
                of.all("updates").stream().map(UpdateVectorsTest::read).toList());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatYjsMergesIsMergedAlike(Vectors.Case of) {
        assertThat(hex(merged(of).encode())).isEqualTo(of.text("merged"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatYjsWroteIsWrittenAgainAsItWas(Vectors.Case of) {
        assertThat(hex(read(of.bytes("merged")).encode())).isEqualTo(of.text("merged"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theStateVectorIsThatOfYjs(Vectors.Case of) {
        assertThat(hex(merged(of).stateVector().encode())).isEqualTo(of.text("stateVector"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theDifferenceIsThatOfYjs(Vectors.Case of) {
        assertThat(hex(merged(of).missingFrom(vector(of.bytes("has"))).encode()))
                .isEqualTo(of.text("difference"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aMergedDocumentLacksNoneOfItsUpdates(Vectors.Case of) {
        Coverage known = new Coverage();
        known.add(read(of.bytes("merged")));
        assertThat(of.all("updates")).noneMatch(update -> known.lacks(read(update)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compactingTwiceIsCompactingOnce(Vectors.Case of) {
        Update once = merged(of).compacted();
        assertThat(hex(read(once.encode()).compacted().encode())).isEqualTo(hex(once.encode()));
    }

    /** Truncated anywhere, an update is refused, whatever it was. */
    @ParameterizedTest
    @MethodSource("cases")
    void noPartOfAnUpdateIsAnUpdate(Vectors.Case of) {
        byte[] whole = of.bytes("merged");
        List<Integer> taken = new ArrayList<>();
        for (int length = 0; length < whole.length; length++) {
            if (Update.decode(Arrays.copyOf(whole, length)) instanceof Decoded.Read<Update>) {
                taken.add(length);
            }
        }
        assertThat(taken).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatWouldStopAPeerIsRefused(Vectors.Case of) {
        assertThat(Update.decode(of.bytes("bytes"))).isInstanceOf(Decoded.Malformed.class);
    }

    /** What 3,000 steps leave behind has the size that Yjs' garbage collection gives it. */
    @ParameterizedTest
    @MethodSource("afternoons")
    void anAfternoonCompactsAsSmallAsYjsCollectsIt(Vectors.Case of) {
        int theirs = of.bytes("collected").length;
        byte[] ours = read(of.bytes("log")).compacted().encode();
        assertThat(ours.length).isLessThanOrEqualTo(theirs + theirs / 10);
        if (of.text("name").equals("dragging one key")) {
            assertThat(ours.length).isLessThan(100);
        }
    }

    @Test
    void whatCannotBePartedBySomebodyElseIsKeptInOnePiece() {
        Vectors.Case typing = cases().stream()
                .filter(each -> each.text("name").equals("typing"))
                .findFirst()
                .orElseThrow();
        assertThat(hex(merged(typing).compacted().encode())).isEqualTo(typing.text("collected"));
    }

    @Test
    void valuesNestedWithoutEndAreRefusedBeforeTheStackEnds() {
        byte[] deep = new byte[100_000];
        byte[] head = {1, 1, 1, 0, 8, 1, 1, 't', 1};
        System.arraycopy(head, 0, deep, 0, head.length);
        for (int at = head.length; at + 1 < deep.length; at += 2) {
            deep[at] = 117;
            deep[at + 1] = 1;
        }
        assertThat(Update.decode(deep))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        refused -> assertThat(refused.reason()).contains("nested deeper than 200"));
    }
}
