package dev.carillon.bench;

import dev.carillon.bench.Result.Round;
import dev.carillon.bench.Result.Side;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Carillon beside one peer under one workload. Both servers are started, both are warmed up, and then they are measured in
 * turn, who comes first alternating; all of that several times, because what a compiler makes of a server differs from start
 * to start. No round is dropped: one that failed is kept with what it failed by.
 *
 * @param starts of both servers
 * @param rounds of each start
 * @param seconds of each part of a measurement
 * @param warmUp seconds of the same load before the first round of a start
 * @param folder where the result goes
 */
record Comparison(Path home, int starts, int rounds, double seconds, double warmUp, Path folder, PrintStream progress) {

    /** Measures, and writes the result. */
    Result run(Workload workload, Peer peer) throws IOException, BenchException {
        progress.printf("%s beside %s: %s%n", workload.name(), peer.title, workload.description());
        Map<String, String> facts = new LinkedHashMap<>(Machine.describe());
        facts.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("workload", workload.description());
        facts.put(
                "seconds",
                String.format(
                        Locale.ROOT,
                        "%s of each part, %s of warming up, %d starts of %d rounds",
                        seconds,
                        warmUp,
                        starts,
                        rounds));
        String unavailable = peer.refuses(workload);
        List<Round> done = new ArrayList<>();
        if (unavailable == null) {
            facts.put(Peer.CARILLON.word, Peer.CARILLON.build(home));
            try {
                facts.put(peer.word, peer.build(home));
            } catch (BenchException e) {
                unavailable = e.getMessage();
            }
        }
        for (int start = 1; unavailable == null && start <= starts; start++) {
            if (workload.needsFreshServer()) {
                startEachRound(workload, peer, start, done);
            } else {
                int before = done.size();
                try {
                    startOnce(workload, peer, start, facts, done);
                } catch (BenchException e) {
                    // A server that doesn't start, or doesn't bear the load, has failed all rounds of this start.
                    progress.println("  " + e.getMessage());
                    Side failed = new Side(new Sample(), e.getMessage());
                    while (done.size() < before + rounds) {
                        done.add(new Round(start, peer.word, failed, failed));
                    }
                }
            }
        }
        Result result = new Result(workload.name(), peer.word, facts, unavailable, done);
        progress.println(result.write(folder));
        return result;
    }

    private void startOnce(Workload workload, Peer peer, int start, Map<String, String> facts, List<Round> done)
            throws BenchException {
        try (ServerProcess ours = start(workload, Peer.CARILLON);
                ServerProcess theirs = start(workload, peer)) {
            facts.put("command of " + Peer.CARILLON.word, ours.command(home));
            facts.put("command of " + peer.word, theirs.command(home));
            warmUp(workload, ours);
            warmUp(workload, theirs);
            for (int i = 0; i < rounds; i++) {
                done.add(round(
                        start,
                        peer,
                        done.size(),
                        workload,
                        () -> measure(workload, ours),
                        () -> measure(workload, theirs)));
            }
        }
    }

    private void startEachRound(Workload workload, Peer peer, int start, List<Round> done) {
        for (int i = 0; i < rounds; i++) {
            done.add(round(
                    start,
                    peer,
                    done.size(),
                    workload,
                    () -> measureFresh(workload, Peer.CARILLON),
                    () -> measureFresh(workload, peer)));
        }
    }

    /** One side of a round. */
    private interface Measurement {
        Sample make() throws BenchException;
    }

    private Round round(int start, Peer peer, int number, Workload workload, Measurement ours, Measurement theirs) {
        Side our;
        Side their;
        boolean areWeFirst = number % 2 == 0;
        if (areWeFirst) {
            our = side(Peer.CARILLON, workload, ours);
            their = side(peer, workload, theirs);
        } else {
            their = side(peer, workload, theirs);
            our = side(Peer.CARILLON, workload, ours);
        }
        return new Round(start, areWeFirst ? Peer.CARILLON.word : peer.word, our, their);
    }

    private Side side(Peer peer, Workload workload, Measurement measurement) {
        try {
            Sample sample = measurement.make();
            progress.printf("  %-12s %s%n", peer.word, summary(sample, workload));
            return new Side(sample, null);
        } catch (BenchException e) {
            progress.printf("  %-12s failed: %s%n", peer.word, e.getMessage());
            return new Side(new Sample(), e.getMessage());
        }
    }

    private static String summary(Sample sample, Workload workload) {
        StringBuilder text = new StringBuilder();
        for (Metric metric : List.of(workload.chief(), Metric.P99, Metric.SERVER_BUSY, Metric.OTHERS_BUSY)) {
            Double value = sample.get(metric);
            if (value != null) {
                text.append(metric.title)
                        .append(' ')
                        .append(metric.format(value))
                        .append("; ");
            }
        }
        return text.toString();
    }

    private ServerProcess start(Workload workload, Peer peer) throws BenchException {
        return ServerProcess.start(home, peer, workload, List.of());
    }

    private void warmUp(Workload workload, ServerProcess server) throws BenchException {
        Workload warming = workload.warmUp();
        if (warming != null && warmUp > 0) {
            warming.measure(server.target(), warmUp);
        }
    }

    private Sample measure(Workload workload, ServerProcess server) throws BenchException {
        return workload.measure(server.target(), seconds);
    }

    private Sample measureFresh(Workload workload, Peer peer) throws BenchException {
        try (ServerProcess server = start(workload, peer)) {
            warmUp(workload, server);
            return measure(workload, server);
        }
    }
}
