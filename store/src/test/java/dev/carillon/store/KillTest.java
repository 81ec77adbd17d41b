package dev.carillon.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import dev.carillon.engine.LogState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process that is killed in the middle of its appends loses none that it acknowledged. */
@Tag("process")
class KillTest {

    private static final int KILLS = 4;
    private static final int ACKNOWLEDGED_BEFORE_KILL_MAX = 20_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void whatWasAcknowledgedIsThereOnceAndInOrderAfterEachKill(Durability durability) throws Exception {
        long seed = Seed.of(KillTest.class);
        SplittableRandom random = new SplittableRandom(seed);
        long[] acknowledged = new long[KilledAppender.CHANNELS];
        for (int kill = 0; kill < KILLS; kill++) {
            appendAndKill(durability, 1 + random.nextInt(ACKNOWLEDGED_BEFORE_KILL_MAX), acknowledged);
            assertAllKept(acknowledged);
        }
        assertThat(acknowledged).doesNotContain(0);
    }

    private void appendAndKill(Durability durability, int lines, long[] acknowledged) throws IOException {
        Process process = ChildJvm.builder(KilledAppender.class, folder.toString(), durability.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.US_ASCII)) {
            for (int line = 0; line < lines; line++) {
                note(output.readLine(), acknowledged);
            }
            process.toHandle().destroyForcibly();
            // Not Process::destroyForcibly, which would close the stream: what it still said before it died
            // counts as well. The last line may be cut.
            String last = output.readLine();
            for (String next = output.readLine(); next != null; next = output.readLine()) {
                note(last, acknowledged);
                last = next;
            }
        } finally {
            process.toHandle().destroyForcibly();
            process.onExit().join();
        }
        assertThat(process.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
    }

    private static void note(String line, long[] acknowledged) {
        assertThat(line).as("a line of the appender").matches("\\d \\d+");
        int channel = line.charAt(0) - '0';
        long offset = Long.parseLong(line.substring(2));
        assertThat(offset).as("acknowledgements in order").isGreaterThan(acknowledged[channel]);
        acknowledged[channel] = offset;
    }

    private void assertAllKept(long[] acknowledged) throws StoreException {
        try (RocksLog log = RocksLog.open(folder, RocksLogSettings.defaults())) {
            for (int i = 0; i < acknowledged.length; i++) {
                if (acknowledged[i] == 0) {
                    continue;
                }
                LogState state = Samples.state(log, KilledAppender.channel(i));
                assertThat(state.head()).isGreaterThanOrEqualTo(acknowledged[i]);
                assertThat(state.oldest()).isEqualTo(1);
                assertThat(state.keys()).hasSize((int) state.head());
                assertThat(Samples.read(log, KilledAppender.channel(i), 1, Long.MAX_VALUE)
                                .equals(Samples.records(1, state.head(), KilledAppender.DATA_BYTES)))
                        .as("channel %d holds 1 to %d, each once and whole", i, state.head())
                        .isTrue();
            }
        }
    }

    @org.junit.jupiter.api.Test
    void anotherProcessIsRefusedWithOneLineThatNamesTheFolder() throws Exception {
        try (RocksLog log = RocksLog.open(folder, RocksLogSettings.defaults())) {
            assertThat(log.channelCount()).isZero();
            Process process = ChildJvm.builder(OpenedTwice.class, folder.toString())
                    .redirectErrorStream(true)
                    .start();
            List<String> output;
            try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
                output =
                        reader.lines().filter(line -> !line.startsWith("SLF4J")).toList();
            }
            assertThat(output)
                    .containsExactly(
                            "LOCKED " + folder + " is in use by another running Carillon: stop that one, or give"
                                    + " this one a folder of its own");
            assertThat(process.waitFor()).isEqualTo(1);
        }
    }

    /** Tries to open the folder and says why it can't. */
    static final class OpenedTwice {
        private OpenedTwice() {}

        public static void main(String[] arguments) {
            try (RocksLog log = RocksLog.open(Path.of(arguments[0]), RocksLogSettings.defaults())) {
                System.out.println("opened with " + log.channelCount());
            } catch (StoreException e) {
                System.out.println(e.reason() + " " + e.getMessage());
                System.exit(1);
            }
        }
    }
}
