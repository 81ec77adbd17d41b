package dev.carillon.server;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to an {@link Extension}. It has passed the door: its host and origin are allowed, its size is within the limits
 * and its credential, if it has one, was accepted.
 *
 * @param method in upper case
 * @param path below the extension's own, decoded, with a leading slash; empty for that itself
 * @param query the parameters, decoded
 * @param body not changed by anyone
 * @param user who asks, as proven; null for nobody in particular
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
public record HttpCall(
        String method,
        String path,
        Map<String, String> query,
        Headers headers,
        byte[] body,
        @Nullable String user) {

    /** The headers of a request. */
    public interface Headers {

        /** The first value of a header, whose name has no case; null without. */
        @Nullable
        String first(String name);
    }
}
