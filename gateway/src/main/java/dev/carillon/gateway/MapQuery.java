package dev.carillon.gateway;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Selection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the query of a request to a map says (PROTOCOL.md §7). Stateless; {@link #isRefused} is asked first. */
final class MapQuery {

    private static final String KEY = "key";
    private static final String TAG = "tag";
    private static final String REMOVED = "removed";
    private static final String TRACK_KEY = "track.key";
    private static final String TRACK_TAG = "track.tag";
    private static final List<String> TEXTS = List.of(KEY, TAG, TRACK_KEY, TRACK_TAG);

    private MapQuery() {}

    /** Whether the query makes no sense; then the request was answered. */
    static boolean isRefused(Exchange exchange) {
        String problem = problem(exchange);
        if (problem != null) {
            exchange.refuse(Code.BAD_REQUEST, problem);
        }
        return problem != null;
    }

    private static @Nullable String problem(Exchange exchange) {
        for (String name : TEXTS) {
            for (String text : exchange.parameters(name)) {
                if (!Change.isText(text)) {
                    return name + " has 1 to " + Change.TEXT_BYTES_MAX + " bytes of UTF-8";
                }
            }
        }
        if (!exchange.parameters(TRACK_KEY).isEmpty()
                && !exchange.parameters(TRACK_TAG).isEmpty()) {
            return "track.key and track.tag exclude each other";
        }
        String removed = exchange.parameter(REMOVED);
        if (removed != null && !removed.equals("true") && !removed.equals("false")) {
            return "removed is true or false";
        }
        boolean hasKey = exchange.parameter(KEY) != null;
        boolean needsKey = exchange.parameter(TAG) != null || isRemoval(exchange);
        if (!hasKey && needsKey) {
            return "tag and removed belong to a key";
        }
        return isRemoval(exchange) && exchange.body().length > 0 ? "what is removed has no data" : null;
    }

    private static boolean isRemoval(Exchange exchange) {
        return "true".equals(exchange.parameter(REMOVED));
    }

    /** What a publish does to a map; null where its query says nothing of one. */
    static @Nullable Change change(Exchange exchange) {
        String key = exchange.parameter(KEY);
        return key == null ? null : new Change(key, exchange.parameter(TAG), isRemoval(exchange));
    }

    static boolean isTracking(Exchange exchange) {
        return !exchange.parameters(TRACK_KEY).isEmpty()
                || !exchange.parameters(TRACK_TAG).isEmpty();
    }

    /** What a reader tracks; null for everything. */
    static @Nullable Selection selection(Exchange exchange) {
        List<String> keys = exchange.parameters(TRACK_KEY);
        List<String> tags = exchange.parameters(TRACK_TAG);
        if (keys.isEmpty() && tags.isEmpty()) {
            return null;
        }
        return tags.isEmpty() ? new Selection(false, keys) : new Selection(true, tags);
    }
}
