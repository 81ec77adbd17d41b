package dev.carillon.store;

import dev.carillon.store.StoreException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Says whose folder it is, before the library touches it.
 *
 * <p>The file {@value #MARKER} holds one line with the version of the folder's layout. It is the first thing written into
 * an empty folder, and whole or not at all, so a process that was killed in its first moment leaves an empty folder or a
 * marked one, and both open.
 */
final class DataFolder {

    static final String MARKER = "CARILLON-LOG";

    /** The layout that this version writes; it reads this one and the one before it, of which there is none yet. */
    static final int FORMAT = 1;

    private static final String MARKER_BEING_WRITTEN = MARKER + ".new";
    private static final Pattern LINE = Pattern.compile("carillon-log (\\d{1,9})\\s*");
    private static final int MARKER_BYTES_MAX = 64;

    /** What else may be in a folder that no log was in yet: of the file system's, and what the server keeps beside logs. */
    private static final Pattern NOT_OF_A_LOG = Pattern.compile(Pattern.quote(MARKER_BEING_WRITTEN)
            + "|lost\\+found|(development\\.key|revocations\\.jsonl|self-signed\\.pem)(\\.new)?");

    private DataFolder() {}

    /** Makes the folder and its marker where they are missing. */
    static void prepare(Path folder) throws StoreException {
        try {
            Files.createDirectories(folder);
            Path marker = folder.resolve(MARKER);
            if (Files.exists(marker)) {
                checkMarker(folder, marker);
                checkCurrent(folder);
                LogFile.check(folder);
            } else if (isEmpty(folder)) {
                writeMarker(folder, marker);
            } else {
                throw new StoreException(
                        Reason.NOT_A_LOG,
                        folder + " is not empty and holds no Carillon log: name an empty folder, or one that does not"
                                + " exist yet");
            }
        } catch (IOException e) {
            throw notWritable(folder, e);
        }
    }

    private static void checkMarker(Path folder, Path marker) throws IOException, StoreException {
        String line = Files.size(marker) > MARKER_BYTES_MAX
                ? ""
                : new String(Files.readAllBytes(marker), StandardCharsets.ISO_8859_1);
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new StoreException(
                    Reason.DAMAGED, marker + " does not say \"carillon-log " + FORMAT + "\": restore it from a backup");
        }
        int format = Integer.parseInt(matcher.group(1));
        if (format > FORMAT) {
            throw new StoreException(
                    Reason.NEWER_FORMAT,
                    folder + " was written in format " + format + " by a later Carillon, this one reads up to " + FORMAT
                            + ": start the later version");
        }
        if (format < 1) {
            throw new StoreException(
                    Reason.DAMAGED, marker + " names format " + format + ", the first is 1: restore it from a backup");
        }
    }

    /**
     * Without its file {@code CURRENT} the library takes the folder for a new one and deletes what it does not know. Nothing
     * but the marker and a manifest is there before that file is, so where there is more it was lost.
     */
    private static void checkCurrent(Path folder) throws IOException, StoreException {
        if (Files.exists(folder.resolve("CURRENT"))) {
            return;
        }
        try (DirectoryStream<Path> stored = Files.newDirectoryStream(folder, "*.{sst,log}")) {
            for (Path file : stored) {
                if (Files.size(file) > 0) {
                    throw Faults.damaged(folder, "the file CURRENT is missing", null);
                }
            }
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.allMatch(entry ->
                    NOT_OF_A_LOG.matcher(String.valueOf(entry.getFileName())).matches());
        }
    }

    private static void writeMarker(Path folder, Path marker) throws IOException {
        Path written = folder.resolve(MARKER_BEING_WRITTEN);
        try (FileChannel file = FileChannel.open(
                written, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer line = ByteBuffer.wrap(("carillon-log " + FORMAT + "\n").getBytes(StandardCharsets.ISO_8859_1));
            while (line.hasRemaining()) {
                file.write(line);
            }
            file.force(true);
        }
        Files.move(written, marker, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(folder);
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            syncFolder(parent);
        }
    }

    /** Makes a new name in a folder durable; where the system has no such thing it is none. */
    private static void syncFolder(Path folder) throws IOException {
        if (Files.isReadable(folder)
                && folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static StoreException notWritable(Path folder, IOException e) {
        boolean isFull = Faults.meansFull(String.valueOf(e.getMessage()));
        return new StoreException(
                isFull ? Reason.FULL : Reason.NOT_WRITABLE,
                isFull
                        ? "no space is left for " + folder + ": make room, or name another folder"
                        : folder + " cannot be made or written (" + Faults.oneLine(e) + "): give this user the right"
                                + " to, or name another folder",
                e);
    }
}
