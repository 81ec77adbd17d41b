package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Octets that are UTF-8, and octets that are not, after Markus Kuhn's decoder stress test.
 *
 * @param title of what they have in common
 * @param sequences hexadecimal digits; those with a {@code !} before them are not UTF-8 (RFC 3629)
 */
record Utf8Sequences(String title, List<String> sequences) {
    /** Sequences that lack their last octet. */
    private static final String[] CUT = {
        "!c0", "!e080", "!f08080", "!f8808080", "!fc80808080", "!df", "!efbf", "!f7bfbf", "!fbbfbfbf", "!fdbfbfbfbf"
    };

    Utf8Sequences {
        sequences = List.copyOf(sequences);
    }

    private static Utf8Sequences of(String title, String... sequences) {
        return new Utf8Sequences(title, List.of(sequences));
    }

    /** In the order of the chapters 6.5 to 6.23. */
    static List<Utf8Sequences> all() {
        List<Utf8Sequences> all = new ArrayList<>(lengths());
        all.addAll(misplaced());
        all.addAll(overlong());
        all.addAll(codePoints());
        return all;
    }

    private static List<Utf8Sequences> lengths() {
        return List.of(
                of(
                        "characters of one to four octets",
                        "68656c6c6f24776f726c64",
                        "68656c6c6fc2a2776f726c64",
                        "68656c6c6fe282ac776f726c64",
                        "68656c6c6ff0a4ada2776f726c64",
                        "cebae1bdb9cf83cebcceb5"),
                of(
                        "every prefix of a word whose letters have two and three octets",
                        "!ce",
                        "ceba",
                        "!cebae1",
                        "!cebae1bd",
                        "cebae1bdb9",
                        "!cebae1bdb9cf",
                        "cebae1bdb9cf83",
                        "!cebae1bdb9cf83ce",
                        "cebae1bdb9cf83cebc",
                        "!cebae1bdb9cf83cebcce",
                        "cebae1bdb9cf83cebcceb5"),
                of("the first sequence of each length", "00", "c280", "e0a080", "f0908080"),
                of("the first sequence of five and of six octets", "!f888808080", "!fc8480808080"),
                of("the last sequence of each length", "7f", "dfbf", "efbfbf", "f48fbfbf"),
                of("the last sequence of four, five and six octets", "!f7bfbfbf", "!fbbfbfbfbf", "!fdbfbfbfbfbf"),
                of("borders of ranges", "ed9fbf", "ee8080", "efbfbd", "f48fbfbf", "!f4908080"));
    }

    private static List<Utf8Sequences> misplaced() {
        return List.of(
                of(
                        "continuation octets alone",
                        "!80",
                        "!bf",
                        "!80bf",
                        "!80bf80",
                        "!80bf80bf",
                        "!80bf80bf80",
                        "!80bf80bf80bf",
                        "!" + run(0x80, 0xBF, "")),
                of(
                        "first octets with a space behind each",
                        "!" + run(0xC0, 0xDF, "20"),
                        "!" + run(0xE0, 0xEF, "20"),
                        "!" + run(0xF0, 0xF7, "20"),
                        "!" + run(0xF8, 0xFB, "20"),
                        "!" + run(0xFC, 0xFD, "20")),
                of("sequences without their last octet", CUT),
                of("all of these behind each other", "!" + String.join("", CUT).replace("!", "")),
                of("octets that are never part of UTF-8", "!fe", "!ff", "!fefeffff"));
    }

    private static List<Utf8Sequences> overlong() {
        return List.of(
                of("a slash in too many octets", "!c0af", "!e080af", "!f08080af", "!f8808080af", "!fc80808080af"),
                of(
                        "the largest code point in too many octets",
                        "!c1bf",
                        "!e09fbf",
                        "!f08fbfbf",
                        "!f887bfbfbf",
                        "!fc83bfbfbfbf"),
                of("NUL in too many octets", "!c080", "!e08080", "!f0808080", "!f880808080", "!fc8080808080"));
    }

    private static List<Utf8Sequences> codePoints() {
        List<String> nonCharacters = new ArrayList<>(List.of("efbfbe", "efbfbf"));
        for (int plane = 1; plane <= 16; plane++) {
            nonCharacters.add(hex(plane << 16 | 0xFFFE));
            nonCharacters.add(hex(plane << 16 | 0xFFFF));
        }
        return List.of(
                of("one surrogate", "!eda080", "!edadbf", "!edae80", "!edafbf", "!edb080", "!edbe80", "!edbfbf"),
                of(
                        "a pair of surrogates",
                        "!eda080edb080",
                        "!eda080edbfbf",
                        "!edadbfedb080",
                        "!edadbfedbfbf",
                        "!edae80edb080",
                        "!edae80edbfbf",
                        "!edafbfedb080",
                        "!edafbfedbfbf"),
                new Utf8Sequences("code points that are no characters, and valid", nonCharacters),
                of(
                        "specials, the replacement character among them",
                        "efbfb9",
                        "efbfba",
                        "efbfbb",
                        "efbfbc",
                        "efbfbd",
                        "efbfbe",
                        "efbfbf"));
    }

    /** The four octets of a code point of the planes above the first. */
    private static String hex(int codePoint) {
        int[] octets = {
            0xF0 | codePoint >> 18,
            0x80 | (codePoint >> 12 & 0x3F),
            0x80 | (codePoint >> 6 & 0x3F),
            0x80 | (codePoint & 0x3F)
        };
        return Arrays.stream(octets).mapToObj("%02x"::formatted).reduce("", String::concat);
    }

    private static String run(int from, int to, String behindEach) {
        StringBuilder digits = new StringBuilder();
        for (int octet = from; octet <= to; octet++) {
            digits.append("%02x".formatted(octet)).append(behindEach);
        }
        return digits.toString();
    }
}
