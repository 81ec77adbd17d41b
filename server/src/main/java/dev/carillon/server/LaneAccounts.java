package dev.carillon.server;

import dev.carillon.gateway.Account;
import dev.carillon.gateway.Accounts;
import dev.carillon.gateway.Traffic;
import dev.carillon.testkit.Counts;
import dev.carillon.testkit.FaultProxy;
import dev.carillon.testkit.Lane;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Map.Entry;

/**
 * What the server's sockets carried for those who came through a lane, beside what the lane carried itself: two counts that know
 * nothing of each other. An account begins when it is first asked for, and is forgotten when one is asked for after its lane
 * has ended; so there are as many at most as lanes. Thread-safe.
 */
final class LaneAccounts {

    private final Accounts accounts;
    private final Map<String, Begun> begun = new HashMap<>();

    /** What the lane had carried when its account began. */
    private record Begun(int port, Account account, long up, long down) {}

    LaneAccounts(Accounts accounts) {
        this.accounts = accounts;
    }

    /** The account of a lane as JSON. */
    byte[] of(FaultProxy lanes, Lane lane) {
        Counts counts = lane.counts();
        Begun since = begin(lanes, lane, counts);
        Traffic bytes = since.account().bytes();
        String json = "{\"lane\":\"" + lane.id() + "\",\"port\":" + lane.port() + ",\"at\":" + now() + ",\"requests\":"
                + since.account().requests() + ",\"webSockets\":"
                + since.account().webSockets()
                + ",\"in\":" + parts(bytes.inFraming(), bytes.inEnvelope(), bytes.inData())
                + ",\"out\":" + parts(bytes.outFraming(), bytes.outEnvelope(), bytes.outData())
                + ",\"proxy\":{\"up\":" + (counts.up().passed() - since.up()) + ",\"down\":"
                + (counts.down().taken() - since.down()) + "}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private synchronized Begun begin(FaultProxy lanes, Lane lane, Counts counts) {
        Begun known = begun.get(lane.id());
        if (known != null) {
            return known;
        }
        begun.entrySet().removeIf(entry -> isOver(lanes, entry));
        Begun fresh = new Begun(
                lane.port(),
                accounts.open(lane.port()),
                counts.up().passed(),
                counts.down().taken());
        begun.put(lane.id(), fresh);
        return fresh;
    }

    private boolean isOver(FaultProxy lanes, Entry<String, Begun> entry) {
        boolean isOver = !lanes.has(entry.getKey());
        if (isOver) {
            accounts.close(entry.getValue().port());
        }
        return isOver;
    }

    /** The server's clock in milliseconds, with a fraction: a page takes its own clock's distance from it. */
    private static String now() {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        return micros / 1000 + "." + Long.toString(1000 + micros % 1000).substring(1);
    }

    private static String parts(long framing, long envelope, long data) {
        return "{\"framing\":" + framing + ",\"envelope\":" + envelope + ",\"data\":" + data + "}";
    }
}
