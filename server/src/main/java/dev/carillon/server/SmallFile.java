package dev.carillon.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read and written whole, by this user alone. After {@link #replace} has returned, the new content survives
 * the loss of power; a process that is killed meanwhile leaves the old content or the new.
 */
final class SmallFile {

    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path path;

    SmallFile(Path path) {
        this.path = path;
    }

    /**
     * Its content; null where there is no such file.
     *
     * @throws IOException also where it has more bytes
     */
    @SuppressWarnings("ReturnsNullArray") // null and empty are different things here
    byte @Nullable [] read(int bytesMax) throws IOException {
        try {
            if (Files.size(path) > bytesMax) {
                throw new IOException("it is larger than " + Quantity.ofBytes(bytesMax));
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Gives it another content; makes its folder where that is missing. */
    void replace(byte[] content) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(path + " is no file");
        }
        Files.createDirectories(folder);
        Path written = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(written); // of a process that was killed
        try (FileChannel file = FileChannel.open(
                written, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes(folder))) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                file.write(left);
            }
            file.force(true);
        }
        Files.move(written, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (isPosix(folder)) {
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static boolean isPosix(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] attributes(Path folder) {
        return isPosix(folder) ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0];
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
