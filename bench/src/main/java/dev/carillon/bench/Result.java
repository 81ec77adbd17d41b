package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One workload of Carillon's and one peer's side by side: everything that was measured, nothing left out.
 *
 * @param workload its name
 * @param peer its word
 * @param facts the machine, the versions, the commands, the seconds, by names in the order to be read
 * @param unavailable why the peer could not be measured; null if it was
 */
record Result(
        String workload,
        String peer,
        Map<String, String> facts,
        @Nullable String unavailable,
        List<Round> rounds) {

    /**
     * One measurement of each side, one right after the other.
     *
     * @param start which start of the two servers it belongs to, from 1
     * @param first the word of the side that was measured first
     */
    record Round(int start, String first, Side ours, Side theirs) {}

    /**
     * What one side's measurement gave.
     *
     * @param failure why it gave nothing; null if it did
     */
    record Side(Sample sample, @Nullable String failure) {

        private Map<String, Object> toMap() {
            Map<String, Object> map = sample.toMap();
            if (failure != null) {
                map.put("failure", failure);
            }
            return map;
        }

        private static Side of(Map<?, ?> map) {
            Sample sample = new Sample();
            for (Metric metric : Metric.values()) {
                if (map.get(metric.key()) instanceof Double value) {
                    sample.put(metric, value);
                }
            }
            return new Side(sample, map.get("failure") instanceof String why ? why : null);
        }
    }

    /** The values of a metric on both sides, of all rounds in which both have one: ours first. */
    double[][] values(Metric metric) {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (Round round : rounds) {
            Double our = round.ours.sample.get(metric);
            Double their = round.theirs.sample.get(metric);
            if (our != null && their != null) {
                ours.add(our);
                theirs.add(their);
            }
        }
        return new double[][] {toArray(ours), toArray(theirs)};
    }

    /** One side's values of a metric, whatever the other side has. */
    double[] values(Metric metric, boolean isOurs) {
        List<Double> values = new ArrayList<>();
        for (Round round : rounds) {
            Double value = (isOurs ? round.ours : round.theirs).sample.get(metric);
            if (value != null) {
                values.add(value);
            }
        }
        return toArray(values);
    }

    private static double[] toArray(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** What the first round that failed, failed by. */
    String firstFailure() {
        return rounds.stream()
                .flatMap(round -> Stream.of(round.ours, round.theirs))
                .map(side -> side.failure)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("nothing came");
    }

    long failures() {
        return rounds.stream()
                .filter(round -> round.ours.failure != null || round.theirs.failure != null)
                .count();
    }

    /** Writes it to the file of this workload and peer, in place of what was there. */
    Path write(Path folder) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("workload", workload);
        map.put("peer", peer);
        map.put("facts", facts);
        if (unavailable != null) {
            map.put("unavailable", unavailable);
        }
        List<Map<String, Object>> list = new ArrayList<>();
        for (Round round : rounds) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("start", round.start);
            one.put("first", round.first);
            one.put(Peer.CARILLON.word, round.ours.toMap());
            one.put(peer, round.theirs.toMap());
            list.add(one);
        }
        map.put("rounds", list);
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve(workload + "--" + peer + ".json"), Json.write(map));
    }

    static Result read(Path file) throws IOException {
        if (!(Json.read(Files.readString(file)) instanceof Map<?, ?> map)
                || !(map.get("workload") instanceof String workload)
                || !(map.get("peer") instanceof String peer)
                || !(map.get("facts") instanceof Map<?, ?> given)
                || !(map.get("rounds") instanceof List<?> list)) {
            throw new IOException(file + " is no result of the bench");
        }
        Map<String, String> facts = new LinkedHashMap<>();
        given.forEach((name, fact) -> facts.put(String.valueOf(name), String.valueOf(fact)));
        List<Round> rounds = new ArrayList<>();
        for (Object element : list) {
            if (element instanceof Map<?, ?> one
                    && one.get("start") instanceof Double start
                    && one.get("first") instanceof String first
                    && one.get(Peer.CARILLON.word) instanceof Map<?, ?> ours
                    && one.get(peer) instanceof Map<?, ?> theirs) {
                rounds.add(new Round(start.intValue(), first, Side.of(ours), Side.of(theirs)));
            } else {
                throw new IOException(file + " has a round that is none: " + element);
            }
        }
        return new Result(
                workload, peer, facts, map.get("unavailable") instanceof String why ? why : null, List.copyOf(rounds));
    }

    /** All results of a folder, by the names of their files. */
    static List<Result> readAll(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Result> results = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                results.add(read(file));
            }
        }
        return results;
    }
}
