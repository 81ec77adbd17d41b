package dev.carillon.conformance;

import java.util.Collection;
import java.util.stream.Collectors;

/** Numbers as they stand in a sentence. Stateless. */
final class Words {
    private Words() {}

    /** As "1002" or "1002 or 1007". */
    static String either(Collection<Integer> numbers) {
        return numbers.stream()
                .sorted()
                .map(number -> number == Heard.Close.NO_CODE ? "none" : Integer.toString(number))
                .collect(Collectors.joining(" or "));
    }

    /** As "16 B", "64 KiB" or "4 MiB". */
    static String size(int octets) {
        if (octets >= 1 << 20 && octets % (1 << 20) == 0) {
            return (octets >> 20) + " MiB";
        }
        return octets >= 1 << 10 && octets % (1 << 10) == 0 ? (octets >> 10) + " KiB" : octets + " B";
    }
}
