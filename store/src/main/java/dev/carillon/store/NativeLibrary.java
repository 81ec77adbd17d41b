package dev.carillon.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native library, loaded from a file that stays: {@code carillon/rocksdb-<checksum>/} in the user's cache folder
 * ({@code XDG_CACHE_HOME}, or {@code ~/.cache}). RocksDB itself unpacks its 16 MB into the temporary folder at every start,
 * and a process that is killed leaves them there.
 *
 * <p>The file is written under another name and then moved, so it is whole wherever it is; its folder is named by its
 * content, so it is never replaced by another. It is loaded only from folders that nobody but this user may write to.
 * Where there is no such place, and where the library doesn't load from it (such as from one that allows no programs), it is
 * loaded as RocksDB does by itself.
 */
final class NativeLibrary {

    /** In the jar. */
    private static final String RESOURCE = Environment.getJniLibraryFileName("rocksdb");
    /** As {@link RocksDB#loadLibrary(List)} looks for it. */
    private static final String FILE = Environment.getJniLibraryFileName("rocksdbjni");

    private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");

    private NativeLibrary() {}

    /** From any thread; whoever comes second finds it loaded. Throws what RocksDB does where it loads from nowhere. */
    static synchronized void load() {
        Path folder = folderWithin(cache());
        if (folder != null) {
            try {
                RocksDB.loadLibrary(List.of(folder.toString()));
                return;
            } catch (UnsatisfiedLinkError e) {
                // It may load from elsewhere.
            }
        }
        RocksDB.loadLibrary();
    }

    private static @Nullable Path cache() {
        String named = System.getenv("XDG_CACHE_HOME");
        if (named != null && Path.of(named).isAbsolute()) {
            return Path.of(named);
        }
        String home = System.getProperty("user.home");
        return home == null || !Path.of(home).isAbsolute() ? null : Path.of(home, ".cache");
    }

    /** A folder within the cache in which the library lies, unpacked now unless it was; null where that can't be. */
    static @Nullable Path folderWithin(@Nullable Path cache) {
        URL resource = RocksDB.class.getResource("/" + RESOURCE);
        if (cache == null || resource == null) {
            return null;
        }
        try {
            URLConnection connection = resource.openConnection();
            JarEntry entry = connection instanceof JarURLConnection jar ? jar.getJarEntry() : null;
            if (entry == null) {
                return null;
            }
            Path ours = cache.resolve("carillon");
            Path folder = ours.resolve("rocksdb-%08x".formatted(entry.getCrc()));
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWN));
            if (!isOurs(cache) || !isOurs(ours) || !isOurs(folder)) {
                return null;
            }
            Path file = folder.resolve(FILE);
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                unpack(connection, file);
            }
            return isOurs(file) && Files.size(file) == entry.getSize() ? folder : null;
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            return null;
        }
    }

    /** Whether nobody but this user may change what lies there. Not so of a link, whose target may become another. */
    private static boolean isOurs(Path path) throws IOException {
        PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Set<PosixFilePermission> permissions = is.permissions();
        return !is.isSymbolicLink()
                && is.owner().getName().equals(System.getProperty("user.name"))
                && !permissions.contains(PosixFilePermission.GROUP_WRITE)
                && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
    }

    /** Two that start at once both do, and the second puts the same in the place of the same. */
    private static void unpack(URLConnection from, Path file) throws IOException {
        Path beingWritten =
                Files.createTempFile(file.getParent(), FILE, ".new", PosixFilePermissions.asFileAttribute(OWN));
        try {
            try (InputStream in = from.getInputStream()) {
                Files.copy(in, beingWritten, StandardCopyOption.REPLACE_EXISTING);
            }
            try (FileChannel channel = FileChannel.open(beingWritten, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(beingWritten, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beingWritten);
        }
    }
}
