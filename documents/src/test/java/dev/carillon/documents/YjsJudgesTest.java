package dev.carillon.documents;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random documents that the npm package {@code yjs} writes: with text, formats, embeds, maps, lists, XML, documents within, undo, three clients that are cut off from each other, old values
 * and clients of 53 bits. What is made of their updates here, {@code yjs} reads and compares with its own.
 *
 * <p>{@code -Dcarillon.seed} names the first document; each has a seed of its own. {@code CARILLON_LONG} makes it 3,000 of them.
 */
@Tag("process")
class YjsJudgesTest {

    private static final int DOCUMENTS = 150;
    private static final int DOCUMENTS_LONG = 3000;

    private static final Path HOME = Path.of(
            System.getProperty("carillon.home", Path.of("..").toAbsolutePath().toString()));

    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void whateverIsMadeOfRandomDocumentsYjsReadsTheSame() throws Exception {
        long seed = Long.getLong("carillon.seed", System.nanoTime() % 1_000_000_000);
        System.out.println("YjsJudgesTest: -Dcarillon.seed=" + seed);
        int documents = "true".equals(System.getenv("CARILLON_LONG")) ? DOCUMENTS_LONG : DOCUMENTS;
        Process judge = new ProcessBuilder(
                        "node",
                        HOME.resolve("web/tests/documents/judge.js").toString(),
                        Long.toString(seed),
                        Integer.toString(documents))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader in = judge.inputReader(US_ASCII);
                BufferedWriter out = judge.outputWriter(US_ASCII)) {
            int judged = 0;
            String line;
            while ((line = in.readLine()) != null && line.startsWith("updates")) {
                answer(line, String.valueOf(in.readLine()), new Random(seed + judged), out);
                judged++;
            }
            System.out.println("YjsJudgesTest: " + judged + " documents: " + line);
            assertThat(line).startsWith("done ");
            assertThat(judged).isEqualTo(documents);
            String[] sizes = String.valueOf(line).split(" ", -1);
            assertThat(Long.parseLong(sizes[1])).isLessThan(Long.parseLong(sizes[2]) * 11 / 10);
        } finally {
            judge.destroyForcibly();
        }
    }

    private static void answer(String updatesLine, String vectorsLine, Random dice, BufferedWriter out)
            throws IOException {
        List<Update> updates =
                all(updatesLine).stream().map(UpdateVectorsTest::read).toList();
        List<StateVector> vectors = all(vectorsLine).stream()
                .map(bytes -> ((Decoded.Read<StateVector>) StateVector.decode(bytes)).value())
                .toList();
        Update merged = Update.merge(updates);
        List<Update> reversed = new ArrayList<>(updates);
        Collections.reverse(reversed);
        say(out, "merged", merged);
        say(out, "reversed", Update.merge(reversed));
        say(out, "tree", tree(updates, dice));
        say(out, "compacted", merged.compacted());
        Update grown = grown(updates, dice);
        say(out, "grown", grown);

        int cut = dice.nextInt(updates.size() + 1);
        Update part = Update.merge(updates.subList(0, cut));
        out.write("cut " + cut + "\n");
        say(out, "part", part.compacted());
        out.write("partVector " + base64(part.stateVector().encode()) + "\n");
        out.write("differences"
                + vectors.stream()
                        .map(has -> " " + base64(merged.missingFrom(has).encode()) + " "
                                + base64(grown.missingFrom(has).encode()))
                        .collect(Collectors.joining())
                + "\n");
        Coverage known = new Coverage();
        out.write("news " + news(updates, known) + "\nagain " + news(updates, known) + "\nend\n");
        out.flush();
    }

    private static List<byte[]> all(String line) {
        return List.of(line.split(" ", -1)).stream()
                .skip(1)
                .map(Base64.getDecoder()::decode)
                .toList();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static void say(BufferedWriter out, String name, Update update) throws IOException {
        out.write(name + " " + base64(update.encode()) + "\n");
    }

    /** By twos, in any order, through bytes. */
    private static Update tree(List<Update> updates, Random dice) {
        List<Update> left = new ArrayList<>(updates);
        while (left.size() > 1) {
            Update one = left.remove(dice.nextInt(left.size()));
            Update other = left.remove(dice.nextInt(left.size()));
            left.add(UpdateVectorsTest.read(Update.merge(List.of(one, other)).encode()));
        }
        return Update.merge(left);
    }

    /** One after another, compacted now and then. */
    private static Update grown(List<Update> updates, Random dice) {
        Update grown = Update.EMPTY;
        for (Update update : updates) {
            grown = Update.merge(List.of(grown, update));
            if (dice.nextInt(5) == 0) {
                grown = UpdateVectorsTest.read(grown.compacted().encode());
            }
        }
        return grown;
    }

    private static String news(List<Update> updates, Coverage known) {
        StringBuilder news = new StringBuilder();
        for (Update update : updates) {
            news.append(known.lacks(update) ? '1' : '0');
            known.add(update);
        }
        return news.toString();
    }
}
