package dev.carillon.server;

import dev.carillon.gateway.Endpoints;
import dev.carillon.protocol.Code;
import java.util.Map;

/**
 * An {@link Extension}'s answer.
 *
 * @param status 200 to 599
 * @param type the media type of the body
 * @param body not changed by anyone
 * @param headers what is sent beside those of every answer
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
public record HttpReply(int status, String type, byte[] body, Map<String, String> headers) {

    public HttpReply {
        headers = Map.copyOf(headers);
    }

    /** JSON. */
    public static HttpReply json(int status, byte[] json) {
        return of(Endpoints.Reply.json(status, json));
    }

    /** A refusal, with its code's status and the object {@code error} as everywhere. */
    public static HttpReply refusal(Code code, String message) {
        return of(Endpoints.Reply.refusal(code, message));
    }

    /** The refusal of a method, naming those that are taken, as in {@code GET, POST}. */
    public static HttpReply methodRefused(String allowed) {
        return of(Endpoints.Reply.methodRefused(allowed));
    }

    private static HttpReply of(Endpoints.Reply reply) {
        return new HttpReply(reply.status(), reply.type(), reply.body(), reply.headers());
    }

    Endpoints.Reply toReply() {
        return new Endpoints.Reply(status, type, body, headers);
    }
}
