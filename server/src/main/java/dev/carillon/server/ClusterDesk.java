package dev.carillon.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Front} answers itself, below {@code /cluster/}: how the cluster stands, where a marked publication was seen,
 * and orders to kill a node or to pause Redis. Nothing of it is in a node. It is for pages that come from this front, and for
 * programs of this machine: any other origin or host is refused, and so is what a proxy has forwarded. Thread-safe.
 */
final class ClusterDesk {

    private static final String PREFIX = "/cluster/";
    private static final Pattern KILL = Pattern.compile("/cluster/nodes/(\\d)/kill");
    private static final Pattern MARK = Pattern.compile("/cluster/marks/([A-Za-z0-9_-]{" + MarkFinder.ID_CHARS + "})");
    private static final Pattern PAGE = Pattern.compile("[A-Za-z0-9_-]{1,40}");
    private static final Pattern LOCAL_HOST =
            Pattern.compile("(127\\.0\\.0\\.1|localhost|\\[::1])(:\\d{1,5})?", Pattern.CASE_INSENSITIVE);

    /** Of Sec-Fetch-Site, beside its absence. */
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private static final Set<String> FORWARDED =
            Set.of("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto");

    /** RFC 9110 §8.6: without a length. */
    private static final String NO_CONTENT =
            "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";

    private final List<ClusterNode> nodes;
    private final PrivateRedis redis;
    private final Passages passages = new Passages();
    private final Sightings sightings = new Sightings();

    /** @param nodes may change */
    ClusterDesk(List<ClusterNode> nodes, PrivateRedis redis) {
        this.nodes = nodes;
        this.redis = redis;
    }

    Passages passages() {
        return passages;
    }

    Sightings sightings() {
        return sightings;
    }

    static boolean owns(String path) {
        return path.startsWith(PREFIX);
    }

    /** An answer as a whole, behind which the connection ends. Blocks where it is told to kill, until that is done. */
    byte[] answer(FrontRequest request) {
        return isForeign(request)
                ? refusal("403 Forbidden", "this is for pages and programs of this machine only")
                : own(request);
    }

    /** DNS rebinding comes with a host of its own, a foreign page with an origin, and a form or image by its site. */
    static boolean isForeign(FrontRequest request) {
        String host = request.header("host");
        String origin = request.header("origin");
        String site = request.header("sec-fetch-site");
        return host == null
                || !LOCAL_HOST.matcher(host).matches()
                || (origin != null && !origin.equals("http://" + host))
                || (site != null && !OWN_SITES.contains(site))
                || FORWARDED.stream().anyMatch(request.headers()::containsKey);
    }

    private byte[] own(FrontRequest request) {
        String path = request.path();
        Matcher mark = MARK.matcher(path);
        if (path.equals("/cluster/state") || mark.matches()) {
            if (!request.method().equals("GET")) {
                return methodRefused("GET");
            }
            return json(
                    mark.matches()
                            ? sightingsOf(mark.group(1))
                            : state(request.query().get("page")));
        }
        Order order = orderOf(path);
        if (order == null) {
            return refusal("404 Not Found", "there is nothing here");
        }
        return request.method().equals("POST") ? carriedOut(order) : methodRefused("POST");
    }

    // ---- orders

    private interface Order {
        void carryOut() throws IOException;
    }

    private @Nullable Order orderOf(String path) {
        Matcher kill = KILL.matcher(path);
        if (kill.matches()) {
            int number = Integer.parseInt(kill.group(1));
            for (ClusterNode node : nodes) {
                if (node.number() == number) {
                    return node::strike;
                }
            }
            return null;
        }
        return switch (path) {
            case "/cluster/redis/pause" -> redis::pause;
            case "/cluster/redis/resume" -> redis::goOn;
            case "/cluster/redis/kill" -> redis::kill;
            default -> null;
        };
    }

    private static byte[] carriedOut(Order order) {
        try {
            order.carryOut();
            return NO_CONTENT.getBytes(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            Logs.LOG.warn("an order to the cluster failed: {}", Listening.oneLine(e));
            return refusal("500 Internal Server Error", "that could not be done");
        }
    }

    // ---- what there is to know

    /** @param page whose connections are told: those that it calls {@code page.…} */
    private String state(@Nullable String page) {
        List<Passages.Passage> open = passages.all();
        String connections = page == null || !PAGE.matcher(page).matches()
                ? ""
                : open.stream()
                        .filter(passage -> passage.via().startsWith(page + "."))
                        .map(passage -> "{\"via\":\"" + passage.via() + "\",\"node\":" + passage.node()
                                + ",\"transport\":\"" + passage.transport().word() + "\"}")
                        .collect(Collectors.joining(","));
        String all = nodes.stream()
                .map(node -> "{\"number\":" + node.number() + ",\"state\":\"" + stateOf(node) + "\",\"process\":"
                        + node.pid() + ",\"starts\":" + node.starts() + ",\"connections\":"
                        + open.stream()
                                .filter(passage -> passage.node() == node.number())
                                .count()
                        + "}")
                .collect(Collectors.joining(","));
        return "{\"now\":" + Sightings.now() + ",\"nodes\":[" + all + "],\"redis\":{\"state\":\"" + stateOf(redis)
                + "\",\"process\":" + redis.pid() + "},\"connections\":[" + connections + "]}";
    }

    private static String stateOf(ClusterNode node) {
        return node.address() == null ? "down" : "up";
    }

    private static String stateOf(PrivateRedis redis) {
        return redis.isPaused() ? "paused" : redis.isRunning() ? "up" : "down";
    }

    private String sightingsOf(String mark) {
        String all = sightings.of(mark).stream()
                .map(one -> "{\"place\":\"" + one.place().name().toLowerCase(Locale.ROOT) + "\",\"node\":" + one.node()
                        + ",\"via\":\"" + one.via() + "\",\"micros\":" + one.micros() + "}")
                .collect(Collectors.joining(","));
        return "{\"mark\":\"" + mark + "\",\"sightings\":[" + all + "]}";
    }

    // ---- HTTP

    private static byte[] json(String json) {
        String type = "Content-Type: application/json\r\n";
        return (head("200 OK", type, json.length()) + json).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] refusal(String status, String why) {
        String type = "Content-Type: text/plain\r\n";
        return (head(status, type, why.length() + 1) + why + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] methodRefused(String allowed) {
        String headers = "Allow: " + allowed + "\r\nContent-Type: text/plain\r\n";
        String why = "the method is " + allowed + "\n";
        return (head("405 Method Not Allowed", headers, why.length()) + why).getBytes(StandardCharsets.US_ASCII);
    }

    private static String head(String status, String headers, int length) {
        return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + length
                + "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
    }
}
