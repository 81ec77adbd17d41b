package dev.carillon.protocol;

/** What a peer does about a code, which the code's range tells, so that it can obey a code that it doesn't know. */
public enum Action {
    /** The same request can succeed later. */
    RETRY,
    /** This connection is over, the next one is not. */
    RECONNECT,
    /** The same request will be refused again. */
    STOP;

    /** The action that a code's range asks for; RECONNECT for WebSocket's own codes below 4000 (PROTOCOL.md §9). */
    public static Action of(int code) {
        if (code >= 4600) {
            return STOP;
        }
        return code >= 4000 && code < 4300 ? RETRY : RECONNECT;
    }
}
