package dev.carillon.gateway;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;

/** {@code /documents/{name}} over WebSocket: a document, for providers that speak as y-websocket does (docs/documents.md). */
final class DocumentRoutes {

    private DocumentRoutes() {}

    static void route(Exchange exchange, String name) {
        ChannelName channel = Documents.channelOf(name);
        if (channel == null) {
            exchange.refuse(Code.INVALID_CHANNEL);
            return;
        }
        Code refusal = exchange.connection.hall.documents().refusalOf(channel);
        if (refusal != null) {
            exchange.refuse(refusal);
        } else {
            Doorway.upgradeToDocument(exchange, channel);
        }
    }
}
