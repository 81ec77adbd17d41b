package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Port: HTTP addresses beside channels and pages that take any method and a body. Their requests have passed the door (host,
 * origin, sizes), but nobody has asked yet who sends them.
 */
public interface Endpoints {

    /** No addresses at all. */
    Endpoints NONE = new Joined(List.of());

    /** The addresses of several; of two that own a path the first one answers. */
    static Endpoints of(List<Endpoints> parts) {
        return new Joined(List.copyOf(parts));
    }

    /**
     * Whether it answers at a path; called on event loops, must not wait.
     *
     * @param path without the query, decoded, with a leading slash
     */
    boolean owns(String path);

    /**
     * Answers a request at a path of its own; called on a virtual thread, may wait. What it throws is told to the log, and to
     * the peer as {@code internal} without its text. {@code OPTIONS} never comes here: the gateway answers it.
     */
    Reply answer(Request request);

    /**
     * A request.
     *
     * @param method in upper case; {@code HEAD} is answered like {@code GET}, the gateway leaves the body out
     * @param path without the query, decoded, with a leading slash
     * @param query the parameters, decoded, but for {@code token}; of one that is given twice the last counts
     * @param body at most as long as {@code limits.messageBytes}; not changed by anyone
     * @param token what proves who asks, as on every other address; null without
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
    record Request(
            String method,
            String path,
            Map<String, String> query,
            Headers headers,
            byte[] body,
            @Nullable String token) {

        public Request {
            query = Map.copyOf(query);
        }

        /** Without what proves who asks. */
        @Override
        public String toString() {
            return "Request[" + method + " " + path + "]";
        }
    }

    /** The headers of a request; from any thread. */
    interface Headers {

        /** The first value of a header, whose name has no case; null without. */
        @Nullable
        String first(String name);
    }

    /**
     * An answer.
     *
     * @param status 200 to 599
     * @param type the media type of the body; not sent with 204 and 304
     * @param body not changed by anyone
     * @param headers what is sent beside those of every answer; {@code Cache-Control} is {@code no-store} unless set here
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
    record Reply(int status, String type, byte[] body, Map<String, String> headers) {

        public Reply {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("the status is " + status + "; it must be from 200 to 599");
            }
            headers = Map.copyOf(headers);
        }

        /** 204. */
        public static Reply empty() {
            return new Reply(204, "text/plain", new byte[0], Map.of());
        }

        /** JSON, with a line end for those who read it in a terminal. */
        public static Reply json(int status, byte[] json) {
            byte[] line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            return new Reply(status, "application/json", line, Map.of());
        }

        /** A refusal, with its code's status and the object {@code error} as everywhere. */
        public static Reply refusal(Code code, String message) {
            return json(
                    code.http(),
                    ServerMessage.Refusal.of(null, code, null, message).toJson());
        }

        /** The refusal of a method, naming those that are taken, as in {@code GET, POST}. */
        public static Reply methodRefused(String allowed) {
            Reply refusal = refusal(Code.METHOD_NOT_ALLOWED, "this address takes " + allowed);
            return new Reply(refusal.status(), refusal.type(), refusal.body(), Map.of("Allow", allowed));
        }
    }

    /** See {@link #of}. */
    record Joined(List<Endpoints> parts) implements Endpoints {

        @Override
        public boolean owns(String path) {
            return owner(path) != null;
        }

        @Override
        public Reply answer(Request request) {
            Endpoints owner = owner(request.path());
            return owner == null ? Reply.refusal(Code.NOT_FOUND, Code.NOT_FOUND.text()) : owner.answer(request);
        }

        private @Nullable Endpoints owner(String path) {
            for (Endpoints part : parts) {
                if (part.owns(path)) {
                    return part;
                }
            }
            return null;
        }
    }
}
