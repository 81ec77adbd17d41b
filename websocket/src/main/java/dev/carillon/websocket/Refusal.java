package dev.carillon.websocket;

/**
 * Why the decoder refuses what a peer sent: the close code and a short reason for its close frame.
 *
 * @param code one of 1002, 1007 and 1009 (RFC 6455 §7.4.1)
 * @param reason one ASCII clause naming the thing and the limit; never anything that the peer sent
 * @param section of the RFC that has the peer refused; for whoever has to explain it
 */
public record Refusal(int code, String reason, String section) {
    static Refusal protocolError(String reason, String section) {
        return new Refusal(CloseCode.PROTOCOL_ERROR, reason, section);
    }
}
