package dev.carillon.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The connections that a {@link Front} passes on at this moment, and to which node. A client may give one a name of its own
 * by {@code via=} in the query, to find it again. As many as the front's connections at most. Thread-safe.
 */
final class Passages {

    /** How a request asks to be answered. */
    enum Transport {
        WEBSOCKET,
        EVENT_STREAM,
        REQUEST;

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Transport of(FrontRequest request) {
            if ("websocket".equalsIgnoreCase(request.header("upgrade"))) {
                return WEBSOCKET;
            }
            String accept = request.header("accept");
            return accept != null && accept.contains("text/event-stream") ? EVENT_STREAM : REQUEST;
        }
    }

    private static final int VIA_CHARS_MAX = 64;

    /**
     * One of them.
     *
     * @param via the client's name for it; empty for none
     */
    record Passage(int node, String via, Transport transport) {}

    private final Map<Long, Passage> open = new ConcurrentSkipListMap<>();
    private final AtomicLong count = new AtomicLong();

    /** It begins; answers what {@link #end} takes. */
    long begin(Passage passage) {
        long number = count.incrementAndGet();
        open.put(number, passage);
        return number;
    }

    void end(long number) {
        open.remove(number);
    }

    /** In the order in which they began. */
    List<Passage> all() {
        return new ArrayList<>(open.values());
    }

    static Passage of(FrontRequest request, int node) {
        return new Passage(node, via(request.query().get("via")), Transport.of(request));
    }

    private static String via(@Nullable String given) {
        if (given == null || given.length() > VIA_CHARS_MAX) {
            return "";
        }
        return given.chars().allMatch(each -> each == '.' || MarkFinder.isOfAnId(each)) ? given : "";
    }
}
