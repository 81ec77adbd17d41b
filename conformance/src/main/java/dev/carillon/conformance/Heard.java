package dev.carillon.conformance;

/** What comes from a server, one thing after the other. */
sealed interface Heard {
    /** A whole message, inflated where it was compressed. */
    record Message(boolean isText, Octets payload) implements Heard {
        @Override
        public String toString() {
            return (isText ? "a text of " : "a binary message of ") + payload;
        }
    }

    record Pong(Octets payload) implements Heard {
        @Override
        public String toString() {
            return "a pong of " + payload;
        }
    }

    /** A close frame; {@link #NO_CODE} where it has no payload. */
    record Close(int code, String reason) implements Heard {
        static final int NO_CODE = 1005;

        @Override
        public String toString() {
            return code == NO_CODE ? "a close frame without a code" : "a close frame with " + code;
        }
    }

    /** The server has ended its direction of the TCP connection, or reset it. */
    record End(boolean isReset) implements Heard {
        @Override
        public String toString() {
            return isReset ? "a reset of the TCP connection" : "the end of the TCP connection";
        }
    }

    /** Nothing came for as long as was waited. */
    record Silence() implements Heard {
        @Override
        public String toString() {
            return "nothing";
        }
    }
}
