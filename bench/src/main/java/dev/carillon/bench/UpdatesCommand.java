package dev.carillon.bench;

import dev.carillon.documents.Decoded;
import dev.carillon.documents.Update;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** {@code ./carillon bench updates}: the same updates merged and compacted here, and by the npm package yjs in Node, which makes them. */
final class UpdatesCommand {

    private final Path home;
    private final PrintStream out;

    UpdatesCommand(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    void run(List<String> words) throws IOException, BenchException {
        int rounds = new Arguments(words, Set.of("--rounds")).number("--rounds", 20);
        out.println(
                "| 3,000 steps of | merge here, ms | in Node | merge and compact here, ms | in Node | bytes here | in Node |");
        out.println("|---|---|---|---|---|---|---|");
        Process node = new ProcessBuilder("node", "web/tests/documents/speed.js", Integer.toString(rounds))
                .directory(home.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = node.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                compare(line.split(" ", -1), rounds);
            }
        } finally {
            node.destroy();
        }
        out.println(String.join(", ", Machine.describe().values()));
    }

    /** @param said a name, what Node took for each of both in milliseconds, the bytes that it came to, and the updates in hex */
    private void compare(String[] said, int rounds) throws BenchException {
        if (said.length < 5) {
            throw new BenchException("node says " + String.join(" ", said));
        }
        List<byte[]> updates = new ArrayList<>();
        for (int i = 4; i < said.length; i++) {
            updates.add(HexFormat.of().parseHex(said[i]));
        }
        double[] merging = new double[rounds];
        double[] compacting = new double[rounds];
        int bytes = 0;
        for (int round = -rounds; round < rounds; round++) {
            long begun = System.nanoTime();
            int merged = merged(updates).encode().length;
            long between = System.nanoTime();
            bytes = merged(updates).compacted().encode().length;
            long end = System.nanoTime();
            if (merged < bytes) {
                throw new BenchException("compaction has made more of it");
            }
            if (round >= 0) {
                merging[round] = (between - begun) / 1e6;
                compacting[round] = (end - between) / 1e6;
            }
        }
        out.printf(
                "| %s | %.2f | %s | %.2f | %s | %,d | %s |%n",
                said[0].replace('-', ' '),
                Statistics.median(merging),
                said[1],
                Statistics.median(compacting),
                said[2],
                bytes,
                said[3]);
    }

    private static Update merged(List<byte[]> updates) throws BenchException {
        List<Update> read = new ArrayList<>(updates.size());
        for (byte[] update : updates) {
            switch (Update.decode(update)) {
                case Decoded.Read<Update>(Update each) -> read.add(each);
                case Decoded.Malformed<Update>(String reason) -> throw new BenchException(reason);
            }
        }
        return Update.merge(read);
    }
}
