package dev.carillon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.engine.Durability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A full disk refuses publishes, and nothing else: reads go on, and writes do too once there is room again. */
@Tag("process")
class DiskFullTest {

    private static final int SECONDS_MAX = 120;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void aFullDeviceStopsWritesUntilThereIsRoom(Durability durability) throws Exception {
        assertThat(playOnSmallDevice(durability, "device")).contains("stored ");
    }

    /**
     * The library holds a write up while its memory is full, and went on to do so when the files that would empty it found
     * no room: then nobody was answered until somebody made some.
     */
    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void aWriteThatIsHeldUpForWantOfRoomIsRefused(Durability durability) throws Exception {
        assertThat(playOnSmallDevice(durability, "memory")).contains("recoveries 1");
    }

    private String playOnSmallDevice(Durability durability, String limit) throws Exception {
        Path mount = Files.createDirectory(folder.resolve("small"));
        // A mount of its own in a namespace of its own: needs no rights, and is gone with the process.
        List<String> inNamespace = List.of("unshare", "--map-root-user", "--mount");
        String mounting = "mount -t tmpfs -o size=32m carillon-test " + mount;
        assumeTrue(
                run(with(inNamespace, List.of("sh", "-c", mounting))).exit() == 0,
                "this system lets nobody mount a tmpfs");
        List<String> scenario =
                ChildJvm.command(DiskFullScenario.class, mount.resolve("log").toString(), durability.name(), limit);
        Outcome outcome =
                run(with(inNamespace, with(List.of("sh", "-c", mounting + " && exec \"$@\"", "sh"), scenario)));
        assertThat(outcome.exit()).as(outcome.output()).isZero();
        return outcome.output();
    }

    @ParameterizedTest
    @EnumSource(
            value = Durability.class,
            names = {"DISK", "FSYNC"})
    void aLimitOnTheSizeOfFilesIsTakenForAFullDevice(Durability durability) throws Exception {
        assumeTrue(run(List.of("prlimit", "--version")).exit() == 0, "prlimit (util-linux) is missing");
        Outcome outcome = run(ChildJvm.command(
                DiskFullScenario.class, folder.resolve("log").toString(), durability.name(), "process"));
        assertThat(outcome.exit()).as(outcome.output()).isZero();
    }

    private record Outcome(int exit, String output) {}

    private static Outcome run(List<String> command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
                String output = String.join("\n", reader.lines().toList());
                assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
                return new Outcome(process.exitValue(), output);
            }
        } catch (IOException e) {
            return new Outcome(-1, String.valueOf(e.getMessage()));
        }
    }

    private static List<String> with(List<String> first, List<String> second) {
        List<String> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }
}
