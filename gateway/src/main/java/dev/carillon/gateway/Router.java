package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;

/** Finds who answers a request. Stateless; called on the connection's event loop. */
interface Router {

    /** Has the request answered, now or later. */
    void route(Exchange exchange);

    /** The server's own addresses. */
    final class Addresses implements Router {

        private static final String CHANNELS = "/channels/";

        @Override
        public void route(Exchange exchange) {
            Hall in = exchange.connection.hall;
            if (!exchange.isDecodable()) {
                in.counters().requestsMalformed.increment();
                exchange.refuse(Code.BAD_REQUEST, "the address is not percent-encoded UTF-8 as RFC 3986 has it");
                return;
            }
            String path = exchange.path();
            // A health check comes by an address, not by a name.
            AccessPolicy.Refused refused = isHealth(path) ? null : in.access().check(exchange.headers());
            if (refused != null) {
                in.onRefused(refused);
                exchange.refuse(refused.code(), refused.message());
            } else if (exchange.isMethod(HttpMethod.OPTIONS)) {
                Cors.preflight(exchange, methodsOf(path, in));
            } else if (path.equals("/live") || (path.equals("/chat") && exchange.isUpgrade())) {
                LiveRoutes.route(exchange);
            } else if (path.startsWith(CHANNELS)) {
                ChannelRoutes.route(exchange, path.substring(CHANNELS.length()));
            } else if (DocumentRoutes.owns(path, exchange.isUpgrade())) {
                DocumentRoutes.route(exchange);
            } else if (path.startsWith("/inspect/")) {
                in.inspector().serve(exchange, path.substring("/inspect/".length()));
            } else if (in.endpoints().owns(path)) {
                EndpointRoutes.route(exchange);
            } else {
                PageRoutes.route(exchange);
            }
        }

        /** What a path takes, for whoever asks before. */
        private static String methodsOf(String path, Hall in) {
            if (path.equals("/live")) {
                return "GET, HEAD, POST, OPTIONS";
            }
            if (path.startsWith(CHANNELS)) {
                return "GET, HEAD, POST, DELETE, OPTIONS";
            }
            if (DocumentRoutes.owns(path, false)) {
                return "GET, HEAD, POST, OPTIONS";
            }
            return in.endpoints().owns(path) ? "GET, HEAD, POST, PUT, DELETE, OPTIONS" : "GET, HEAD, OPTIONS";
        }
    }

    /** Whether it is an address by which others see to the node's health: it is answered whoever asks, and however often. */
    static boolean isHealth(String path) {
        return path.equals("/healthz") || path.equals("/ready");
    }

    /** Refuses a method, naming those that are taken. */
    static void refuseMethod(Exchange exchange, String allowed) {
        exchange.refuse(
                ServerMessage.Refusal.of(null, Code.METHOD_NOT_ALLOWED, null, "this address takes " + allowed),
                Map.of(HttpHeaderNames.ALLOW.toString(), allowed));
    }

    /** The request as it reads in an inspector: its first line and headers, without what proves who asks. */
    static String head(HttpRequest request) {
        StringBuilder head = new StringBuilder()
                .append(request.method())
                .append(' ')
                .append(Credential.shownAddress(request.uri()))
                .append(' ')
                .append(request.protocolVersion())
                .append("\r\n");
        request.headers()
                .forEach(header -> head.append(header.getKey())
                        .append(": ")
                        .append(Credential.shownHeader(header.getKey(), header.getValue()))
                        .append("\r\n"));
        return head.append("\r\n").toString();
    }
}
