package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has requests answered by the {@link Endpoints}, on virtual threads. */
final class EndpointRoutes {

    private EndpointRoutes() {}

    static void route(Exchange exchange) {
        switch (Credential.of(exchange)) {
            case Credential.None _ -> route(exchange, null);
            case Credential.Presented(String token) -> route(exchange, token);
            case Credential.Refused(Code code, String message) -> Doorway.refuse(exchange, code, message);
        }
    }

    private static void route(Exchange exchange, @Nullable String token) {
        Hall hall = exchange.connection.hall;
        Endpoints.Request request = new Endpoints.Request(
                exchange.request().method().name(),
                exchange.path(),
                exchange.lastParameters(),
                exchange.headers()::get,
                exchange.body(),
                token);
        hall.waiters().execute(() -> {
            Endpoints.Reply reply = replyTo(hall, request);
            exchange.connection.member().loop().mailbox().post(() -> answer(exchange, reply));
        });
    }

    /** Null where it failed, in whatever way: a request without an answer would keep its connection for good. */
    private static Endpoints.@Nullable Reply replyTo(Hall hall, Endpoints.Request request) {
        try {
            return hall.endpoints().answer(request);
        } catch (RuntimeException | Error e) {
            hall.onFailure("an endpoint", e);
            return null;
        }
    }

    private static void answer(Exchange exchange, Endpoints.@Nullable Reply reply) {
        if (reply == null) {
            exchange.refuse(Code.INTERNAL);
            return;
        }
        Map<String, String> headers = new HashMap<>(reply.headers());
        headers.putIfAbsent(HttpHeaderNames.CACHE_CONTROL.toString(), "no-store");
        try {
            exchange.connection.respond(exchange, reply.status(), reply.type(), reply.body(), headers);
        } catch (IllegalArgumentException e) {
            // A header that HTTP can't carry. It is looked at before anything is written.
            exchange.connection.hall.onFailure("an endpoint's answer", e);
            exchange.refuse(Code.INTERNAL);
        }
    }
}
