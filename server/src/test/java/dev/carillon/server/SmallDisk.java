package dev.carillon.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file system of a few mebibytes in a mount namespace of its own, which needs no rights and goes with the process that
 * holds it. Who is to see it is started by {@link #entering}; the tests see it by the holder's root.
 */
final class SmallDisk implements AutoCloseable {

    private static final int BALLAST_STEP = 64 << 10;

    private final Process holder;
    private final Path mount;

    private SmallDisk(Process holder, Path mount) {
        this.holder = holder;
        this.mount = mount;
    }

    /** Mounts it on a folder; null where the system lets nobody do so. */
    static @Nullable SmallDisk mount(Path folder, int mebibytes, String options) throws IOException {
        String mounting = "mount -t tmpfs -o size=" + mebibytes + "m" + options
                + " carillon-test \"$0\" && echo mounted" + " && exec cat";
        Process holder;
        try {
            holder = new ProcessBuilder(
                            "unshare", "--map-root-user", "--mount", "sh", "-c", mounting, folder.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return null;
        }
        BufferedReader said = holder.inputReader();
        if (!"mounted".equals(said.readLine())) {
            holder.destroyForcibly();
            return null;
        }
        return new SmallDisk(holder, folder);
    }

    /** The program that enters it and becomes another. */
    List<String> entering() {
        return List.of(
                "nsenter",
                "--target",
                Long.toString(holder.pid()),
                "--user",
                "--mount",
                "--preserve-credentials",
                "--");
    }

    /** A path on it, as those who entered it say. */
    Path inside(String name) {
        return mount.resolve(name);
    }

    private Path ballast() {
        return Path.of("/proc/" + holder.pid() + "/root" + mount.resolve("ballast"));
    }

    /** Leaves not a byte. */
    void fill() throws IOException {
        try (OutputStream ballast = Files.newOutputStream(ballast())) {
            while (true) {
                ballast.write(new byte[BALLAST_STEP]);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    /** Gives back what {@link #fill} took. */
    void free() throws IOException {
        Files.delete(ballast());
    }

    @Override
    public void close() {
        holder.destroyForcibly();
        holder.onExit().join();
    }
}
