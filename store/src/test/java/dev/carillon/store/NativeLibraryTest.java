package dev.carillon.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each loads it in processes of their own: a process loads it once. */
@Tag("process")
class NativeLibraryTest {

    @TempDir
    Path folder;

    Path cache;
    Path temporary;

    @BeforeEach
    void makeFolders() throws IOException {
        cache = Files.createDirectory(folder.resolve("cache"), permissions("rwx------"));
        temporary = Files.createDirectory(folder.resolve("temporary"), permissions("rwx------"));
    }

    @Test
    void isUnpackedOnceAndAKilledProcessLeavesNothing() throws Exception {
        kill(start());
        assertThat(files(cache)).hasSize(1);
        Path library = files(cache).getFirst();
        Object first = Files.getAttribute(library, "unix:ino");
        kill(start());
        assertThat(files(cache)).containsExactly(library);
        assertThat(Files.getAttribute(library, "unix:ino")).isEqualTo(first);
        assertThat(files(temporary)).isEmpty();
    }

    @Test
    void processesThatStartAtOnceAllLoadIt() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(launch());
        }
        for (Process process : all) {
            awaitLoaded(process);
        }
        for (Process process : all) {
            kill(process);
        }
        assertThat(files(cache)).hasSize(1);
        assertThat(files(temporary)).isEmpty();
    }

    @Test
    void whatIsNotTheLibraryIsNotLoaded() throws Exception {
        kill(start());
        Path library = files(cache).getFirst();
        Files.write(library, new byte[100]);
        end(start());
        assertThat(Files.size(library)).isEqualTo(100);
    }

    @Test
    void whatSomebodyElseMayWriteToIsLeftAlone() throws Exception {
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        end(start());
        assertThat(files(cache)).isEmpty();
    }

    @Test
    void whereNoCacheCanBeItLoadsAllTheSame() throws Exception {
        Files.delete(cache);
        Files.writeString(cache, "a file");
        end(start());
        assertThat(files(temporary)).isEmpty();
    }

    /** Loads it, says so, and waits for its end. */
    static final class Loader {
        private Loader() {}

        public static void main(String[] arguments) throws IOException {
            NativeLibrary.load();
            System.out.println("loaded");
            int ignored = System.in.read();
        }
    }

    private Process launch() throws IOException {
        ProcessBuilder builder = ChildJvm.builder(Loader.class);
        builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private Process start() throws IOException {
        Process process = launch();
        awaitLoaded(process);
        return process;
    }

    private static void awaitLoaded(Process process) throws IOException {
        assertThat(process.inputReader().readLine()).isEqualTo("loaded");
    }

    private static void kill(Process process) throws InterruptedException {
        assertThat(process.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    /** By itself, so that it takes away what it made. */
    private static void end(Process process) throws Exception {
        process.getOutputStream().close();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private static List<Path> files(Path of) throws IOException {
        try (Stream<Path> all = Files.walk(of)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static FileAttribute<?> permissions(String text) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
    }
}
