package dev.carillon.server;

import dev.carillon.gateway.Accounts;
import dev.carillon.gateway.Endpoints;
import dev.carillon.protocol.Code;
import dev.carillon.testkit.Counts;
import dev.carillon.testkit.FaultProxy;
import dev.carillon.testkit.Lane;
import dev.carillon.testkit.LaneLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code /network/lanes}: the fault proxy of development mode, for pages that show what a bad network does (docs/testing.md).
 * Until {@link #open} there is nothing at these addresses. Thread-safe.
 */
final class NetworkEndpoints implements Endpoints, AutoCloseable {

    private static final String LANES = "/network/lanes";
    private static final String ACCOUNT = "/account";

    private final NetworkSettings settings;
    private final LaneAccounts accounts;
    private volatile @Nullable FaultProxy proxy;

    NetworkEndpoints(NetworkSettings settings, Accounts accounts) {
        this.settings = settings;
        this.accounts = new LaneAccounts(accounts);
    }

    /** Whether this configuration has lanes at all. */
    static boolean isWanted(Configuration configuration) {
        return configuration.isDevelopment() && configuration.network().port().isPresent();
    }

    /**
     * Opens the default lane, to a server that listens by now.
     *
     * @throws IOException if its port can't be had; the message names it
     */
    FaultProxy open(Listen listen, int serverPort) throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String host : listen.hosts()) {
            addresses.add(InetAddress.getByName(host));
        }
        int port = settings.port().orElseThrow();
        try {
            FaultProxy opened = FaultProxy.open(
                    new InetSocketAddress(addresses.getFirst(), serverPort), addresses, port, settings.limits());
            proxy = opened;
            return opened;
        } catch (IOException e) {
            throw new IOException(
                    Listening.oneLine(e) + " for the fault proxy (network.port: another, 0 for a free one, or none)",
                    e);
        }
    }

    @Override
    public boolean owns(String path) {
        return proxy != null && (path.equals("/network") || path.startsWith("/network/"));
    }

    @Override
    public Reply answer(Request request) {
        FaultProxy lanes = Objects.requireNonNull(proxy, "not owned before it is open");
        if (request.path().equals(LANES)) {
            return request.method().equals("POST") ? lease(lanes) : Reply.methodRefused("POST");
        }
        String rest = request.path().startsWith(LANES + "/") ? request.path().substring(LANES.length() + 1) : "";
        boolean isAccount = rest.endsWith(ACCOUNT);
        String id = isAccount ? rest.substring(0, rest.length() - ACCOUNT.length()) : rest;
        Lane lane = lanes.lane(id);
        if (lane == null) {
            return Reply.refusal(
                    Code.NOT_FOUND,
                    "there is no such lane, or none any more; POST to " + LANES + " opens one, and "
                            + FaultProxy.DEFAULT_LANE + " is always there");
        }
        if (isAccount) {
            return request.method().equals("GET") || request.method().equals("HEAD")
                    ? Reply.json(200, accounts.of(lanes, lane))
                    : Reply.methodRefused("GET, HEAD");
        }
        return switch (request.method()) {
            case "GET", "HEAD" -> described(200, lane);
            case "POST" -> suffer(lane, request.body());
            case "DELETE" -> end(lanes, id);
            default -> Reply.methodRefused("GET, HEAD, POST, DELETE");
        };
    }

    private Reply lease(FaultProxy lanes) {
        try {
            Lane lane = lanes.lease();
            return lane == null
                    ? Reply.refusal(
                            Code.OVERLOADED,
                            "there are as many lanes as network.lanes allows: "
                                    + settings.limits().lanes())
                    : described(201, lane);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Reply suffer(Lane lane, byte[] body) {
        try {
            FaultOrder order = FaultOrder.read(body);
            lane.suffer(order.fault(), order.lasting());
            return described(200, lane);
        } catch (FaultOrder.Refused e) {
            return Reply.refusal(Code.MALFORMED, e.sentence());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Reply end(FaultProxy lanes, String id) {
        if (id.equals(FaultProxy.DEFAULT_LANE)) {
            return Reply.methodRefused("GET, HEAD, POST");
        }
        lanes.end(id);
        return Reply.empty();
    }

    private Reply described(int status, Lane lane) {
        Counts counts = lane.counts();
        LaneLimits limits = settings.limits();
        String json = "{\"lane\":\"" + lane.id() + "\",\"port\":" + lane.port() + "," + FaultOrder.toJson(lane.fault())
                + ",\"bytes\":{\"up\":" + described(counts.up()) + ",\"down\":" + described(counts.down())
                + "},\"connections\":{\"open\":" + counts.open() + ",\"total\":" + counts.opened() + ",\"refused\":"
                + counts.tooMany() + "},\"lease\":" + limits.lease().toMillis() + "}";
        return Reply.json(status, json.getBytes(StandardCharsets.UTF_8));
    }

    private static String described(Counts.Bytes bytes) {
        return "{\"taken\":" + bytes.taken() + ",\"passed\":" + bytes.passed() + "}";
    }

    @Override
    public void close() {
        FaultProxy opened = proxy;
        if (opened != null) {
            opened.close();
        }
    }
}
