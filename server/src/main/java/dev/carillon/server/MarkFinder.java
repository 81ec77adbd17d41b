package dev.carillon.server;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Finds marks in the bytes of one direction of one connection, however those are cut into pieces: {@code carillon-mark-} and
 * {@value #ID_CHARS} characters of base64url, as a page puts them into the data of a publication that it wants to follow.
 * What is masked or compressed holds none. Of one thread at a time.
 */
final class MarkFinder {

    /** Its first letter is not in it again: where it breaks off, it can begin with the byte at hand, and nowhere before. */
    private static final byte[] PREFIX = "carillon-mark-".getBytes(StandardCharsets.US_ASCII);

    static final int ID_CHARS = 22;

    private final byte[] id = new byte[ID_CHARS];
    /** So many bytes of a prefix, and then of an id, have come. */
    private int matched;

    /** Reads on; tells the id of each mark that is complete with these bytes, in their order. */
    void read(byte[] bytes, int length, Consumer<String> found) {
        for (int i = 0; i < length; i++) {
            byte next = bytes[i];
            if (matched < PREFIX.length) {
                matched = next == PREFIX[matched] ? matched + 1 : beginsWith(next);
            } else if (isOfAnId(next)) {
                id[matched - PREFIX.length] = next;
                matched++;
                if (matched == PREFIX.length + ID_CHARS) {
                    matched = 0;
                    found.accept(new String(id, StandardCharsets.US_ASCII));
                }
            } else {
                matched = 0;
            }
        }
    }

    private static int beginsWith(byte next) {
        return next == PREFIX[0] ? 1 : 0;
    }

    /** Whether it is one of base64url's. */
    static boolean isOfAnId(int octet) {
        return (octet >= 'A' && octet <= 'Z')
                || (octet >= 'a' && octet <= 'z')
                || (octet >= '0' && octet <= '9')
                || octet == '-'
                || octet == '_';
    }
}
