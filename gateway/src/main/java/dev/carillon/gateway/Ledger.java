package dev.carillon.gateway;

import dev.carillon.websocket.WebSocketConnection;

/**
 * Enters one WebSocket's bytes in an {@link Account}. What the connection itself counts is what lay in the socket, so the sums
 * are always its; what messages say only divides them. Owned by the event loop.
 */
final class Ledger {

    private final Account account;
    private long heardData;
    private long in;
    private long inPayload;
    private long out;

    Ledger(Account account) {
        this.account = account;
    }

    /** A message was heard with so many bytes of data. */
    void hear(long data) {
        heardData += data;
    }

    /** Frames were sent with so much framing, and messages that were so long before they were deflated. */
    void say(long framing, long json, long data) {
        account.out(framing, json - data, data);
        out += framing + json;
    }

    /** Enters what came since, and what was sent beside messages: pings, pongs, closes. */
    void settle(WebSocketConnection of) {
        long all = of.inboundBytes() - in;
        long payload = of.inboundPayloadBytes() - inPayload;
        long data = Math.min(heardData, payload); // it was counted inflated
        account.in(all - payload, payload - data, data);
        in += all;
        inPayload += payload;
        heardData = 0;
        long beside = of.outboundBytes() - out;
        account.out(beside, 0, 0);
        out += beside;
    }
}
