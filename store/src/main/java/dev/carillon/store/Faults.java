package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Fault;
import dev.carillon.store.StoreException.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** What the library's errors mean to us. The place where its words are read, and the only one. */
final class Faults {

    /** A full device, a used-up quota, the largest file that the process may write: room is missing, all else is well. */
    private static final List<String> FULL =
            List.of("no space left", "disk quota exceeded", "file too large", "max allowed space was reached");

    private static final int TEXT_CHARACTERS_MAX = 300;

    private Faults() {}

    static Fault of(RocksDBException e) {
        Status status = e.getStatus();
        boolean isFull = status != null && status.getSubCode() == Status.SubCode.NoSpace;
        return isFull || meansFull(String.valueOf(e.getMessage())) ? Fault.FULL : Fault.BROKEN;
    }

    static boolean meansFull(String message) {
        String words = message.toLowerCase(Locale.ROOT);
        return FULL.stream().anyMatch(words::contains);
    }

    static StoreException opening(Path folder, RocksDBException e) {
        String words = String.valueOf(e.getMessage());
        if (words.contains("LOCK:") || words.contains("lock hold by current process")) {
            return new StoreException(
                    Reason.LOCKED,
                    folder + " is in use by another running Carillon: stop that one, or give this one a folder of its"
                            + " own",
                    e);
        }
        if (of(e) == Fault.FULL) {
            return new StoreException(
                    Reason.FULL, "no space is left to open " + folder + ": make room and start again", e);
        }
        if (words.contains("Permission denied") || words.contains("Read-only file system")) {
            return new StoreException(
                    Reason.NOT_WRITABLE,
                    folder + " cannot be written (" + oneLine(e)
                            + "): give this user the right to, or name another folder",
                    e);
        }
        return damaged(folder, oneLine(e), e);
    }

    static StoreException damaged(Path folder, String what, @Nullable Exception cause) {
        String message = folder + " is damaged (" + what
                + "): nothing was changed; restore it from a backup, or move it" + " away to start empty";
        return cause == null
                ? new StoreException(Reason.DAMAGED, message)
                : new StoreException(Reason.DAMAGED, message, cause);
    }

    /** An exception's words for a log or an operator, on one line of bounded length. */
    static String oneLine(Throwable e) {
        String text = (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage())
                .replaceAll("\\s+", " ")
                .strip();
        return text.length() <= TEXT_CHARACTERS_MAX ? text : text.substring(0, TEXT_CHARACTERS_MAX) + "…";
    }
}
