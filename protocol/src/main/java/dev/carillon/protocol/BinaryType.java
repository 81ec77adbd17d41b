package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/** The first byte of a message's binary form, and the flags (PROTOCOL.md §11). */
final class BinaryType {

    static final int SUBSCRIBE = 1;
    static final int UNSUBSCRIBE = 2;
    static final int PUBLISH = 3;
    static final int ABANDON = 4;
    static final int SIGNAL = 5;
    static final int HISTORY = 6;
    static final int PRESENCE = 7;
    static final int AUTHENTICATE = 8;
    static final int PING = 9;
    static final int RESUME = 10;
    static final int TRACK = 14;
    static final int HELLO = 16;
    static final int SUBSCRIBED = 17;
    static final int GAP = 18;
    static final int PUBLISHED = 19;
    static final int UNSUBSCRIBED = 20;
    static final int ABANDONED = 21;
    static final int AUTHENTICATED = 22;
    static final int ERROR = 23;
    static final int PONG = 24;
    static final int RECONNECT = 25;
    static final int JOIN = 26;
    static final int LEAVE = 27;
    static final int RESET = 28;
    static final int COUNT = 29;
    static final int TRACKED = 40;
    static final int REDACTED = 41;
    static final int CURRENT = 42;

    /** The bit that tells a publication, whose first byte holds its flags. */
    static final int PUBLICATION = 0x80;

    // In the first byte of a publication, and before each of a page.
    static final int BYTES = 0x01;
    static final int AT = 0x02;
    static final int FROM = 0x04;
    static final int KEY = 0x08;
    static final int EPOCH = 0x10;
    static final int WITHOUT_DATA = 0x20;
    static final int OF_MAP = 0x40;

    // In the byte before the data of a map's publication.
    static final int MAP_TAG = 0x01;
    static final int MAP_REMOVED = 0x02;

    /** In the second byte of every other message: an id follows. */
    static final int ID = 0x01;

    // The other bits of the second byte, in the order in which what they tell of follows.
    static final int FLAG_2 = 0x02;
    static final int FLAG_4 = 0x04;
    static final int FLAG_8 = 0x08;
    static final int FLAG_16 = 0x10;

    // In a publish.
    static final int TAG = 0x10;
    static final int REMOVED = 0x20;

    /** In a page of history: the reader is to forget what it holds. */
    static final int RESETS = 0x10;

    // In what says what is tracked.
    static final int TRACK_KEYS = 0x40;
    static final int TRACK_TAGS = 0x80;

    /** A number of so many digits fits into a LEB128 that JavaScript counts exactly. */
    static final int ID_DIGITS_MAX = 15;

    static final int POSITION_ORIGIN = 0;
    static final int POSITION_1 = 1;

    private BinaryType() {}

    static int flagOf(@Nullable Selection selection) {
        return selection == null ? 0 : selection.byTag() ? TRACK_TAGS : TRACK_KEYS;
    }
}
