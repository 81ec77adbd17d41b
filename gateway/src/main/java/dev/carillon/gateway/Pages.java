package dev.carillon.gateway;

import org.jspecify.annotations.Nullable;

/** Port: what is served beside channels: the home page, documentation, metrics, health. */
public interface Pages {

    /**
     * Finds the content of a path for GET and HEAD; called on a virtual thread, may wait.
     *
     * @param path without the query, decoded, with a leading slash
     * @return null where there is nothing
     */
    @Nullable
    Content find(String path);

    /**
     * What is served.
     *
     * @param type the media type
     * @param status the HTTP status
     * @param bytes the body; not changed by anyone
     * @param cacheable whether a browser may keep it and ask whether it has changed
     * @param location where a redirect leads; null without
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody, and copied for nobody
    record Content(
            String type,
            int status,
            byte[] bytes,
            boolean cacheable,
            @Nullable String location) {

        /** A page or file. */
        public static Content of(String type, byte[] bytes) {
            return new Content(type, 200, bytes, true, null);
        }

        /** A redirect. */
        public static Content redirect(String location) {
            return new Content("text/plain; charset=utf-8", 308, new byte[0], false, location);
        }
    }
}
