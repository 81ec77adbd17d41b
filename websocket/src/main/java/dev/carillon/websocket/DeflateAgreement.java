package dev.carillon.websocket;

/**
 * What was agreed with one client (RFC 7692 §7.1).
 *
 * @param serverContextBytes how much of what was sent the server keeps for its next message; 0 for nothing
 * @param clientContextBytes how much of what came the server keeps, so that the client may refer to it; 0 for nothing
 * @param serverWindowBits no message sent may refer further back than this, 8 to 15
 * @param answer the value of {@code Sec-WebSocket-Extensions} in the response
 */
record DeflateAgreement(int serverContextBytes, int clientContextBytes, int serverWindowBits, String answer) {

    /** zlib makes a window of 9 bits where it is asked for one of 8, and some clients send what it made. */
    private static final int CLIENT_CONTEXT_BYTES_MIN = 512;

    /** Nothing is kept between messages. */
    static DeflateAgreement withoutContext(DeflateOffer offer) {
        int serverBits = offer.serverMaxWindowBits();
        return new DeflateAgreement(0, 0, orMax(serverBits), answer(true, true, serverBits, 0));
    }

    /**
     * Context is kept, except by an end that was asked to keep none, or said that it won't. A client that takes no limit
     * of its window is asked to keep none, too: otherwise it could refer to all of 32 KiB.
     */
    static DeflateAgreement withContext(DeflateOffer offer, DeflateSettings settings) {
        int serverBits = offer.serverMaxWindowBits();
        boolean serverForgets = offer.serverNoContextTakeover();
        int clientBits = Math.min(offer.clientMaxWindowBits(), settings.contextBits());
        boolean clientForgets = offer.clientNoContextTakeover()
                || (clientBits == 0 && settings.contextBits() < DeflateSettings.WINDOW_BITS_MAX);
        return new DeflateAgreement(
                serverForgets ? 0 : Math.min(settings.contextBytes(), 1 << orMax(serverBits)),
                clientForgets ? 0 : Math.max(CLIENT_CONTEXT_BYTES_MIN, 1 << orMax(clientBits)),
                orMax(serverBits),
                answer(serverForgets, clientForgets, serverBits, clientForgets ? 0 : clientBits));
    }

    boolean keepsContext() {
        return serverContextBytes > 0 || clientContextBytes > 0;
    }

    private static int orMax(int bits) {
        return bits == 0 ? DeflateSettings.WINDOW_BITS_MAX : bits;
    }

    private static String answer(boolean serverForgets, boolean clientForgets, int serverBits, int clientBits) {
        return DeflateOffer.NAME
                + (serverForgets ? "; " + DeflateOffer.SERVER_NO_CONTEXT_TAKEOVER : "")
                + (clientForgets ? "; " + DeflateOffer.CLIENT_NO_CONTEXT_TAKEOVER : "")
                + (serverBits == 0 ? "" : "; " + DeflateOffer.SERVER_MAX_WINDOW_BITS + "=" + serverBits)
                + (clientBits == 0 ? "" : "; " + DeflateOffer.CLIENT_MAX_WINDOW_BITS + "=" + clientBits);
    }
}
