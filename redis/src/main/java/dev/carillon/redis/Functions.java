package dev.carillon.redis;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.MapSettings;
import dev.carillon.engine.SharedLog;
import dev.carillon.protocol.Position;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;

/** The library of functions that {@code carillon.lua}, {@code presence.lua} and {@code notes.lua} are, and how its arguments are written. */
final class Functions {

    /** Longer than any node runs, and short enough for the sum of a time and a few of it. */
    private static final long MILLIS_MAX = Duration.ofDays(36_500).toMillis();

    private static final long BYTES_MAX = RecordFormat.OFFSET_MAX;
    private static final int NAME_HEX_DIGITS = 12;

    final String text;
    final String append;
    final String find;
    final String read;
    final String changes;
    final String redact;
    final String redactions;
    final String put;
    final String bury;
    final String attend;
    final String note;
    final String notes;

    Functions() {
        String source = source("carillon.lua") + source("presence.lua") + source("notes.lua");
        String name = "carillon_" + Keys.VERSION + "_" + fingerprint(source);
        text = "#!lua name=" + name + "\n" + source.replace("@", name);
        append = name + "_append";
        find = name + "_find";
        read = name + "_read";
        changes = name + "_changes";
        redact = name + "_redact";
        redactions = name + "_redactions";
        put = name + "_put";
        bury = name + "_bury";
        attend = name + "_attend";
        note = name + "_note";
        notes = name + "_notes";
    }

    private static String source(String file) {
        try (InputStream in = Objects.requireNonNull(Functions.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fingerprint(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, NAME_HEX_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The bounds of a channel, as {@code append} takes them. */
    static byte[] bounds(ChannelSettings settings) {
        long age = millis(settings.historyAgeMax());
        return ByteBuffer.allocate(40)
                .putInt(settings.historyCountMax())
                .putLong(Math.min(settings.historyBytesMax(), BYTES_MAX))
                .putLong(age)
                .putInt(settings.idempotencyCountMax())
                .putLong(millis(settings.idempotencyAgeMax()))
                .putLong(age + millis(settings.forgetAfter()))
                .array();
    }

    /** The bounds of a map, and which of its values is to be taken away, as {@code append} takes them. */
    static byte[] map(ChannelSettings settings, long expiring) {
        MapSettings map = settings.map();
        long living = millis(map.timeToLive());
        long kept =
                living == 0 ? 0 : Math.max(millis(settings.historyAgeMax()), living) + millis(settings.forgetAfter());
        return ByteBuffer.allocate(36)
                .putInt(map.keysMax())
                .putLong(map.bytesMax())
                .putLong(living)
                .putLong(kept)
                .putLong(expiring)
                .array();
    }

    /** Which changes of a map, as {@code changes} takes it. */
    static byte[] changes(long after, int countMax, int bytesMax, ChannelSettings settings) {
        return ByteBuffer.allocate(24)
                .putLong(Math.max(0, after))
                .putInt(countMax)
                .putInt(bytesMax)
                .putLong(millis(settings.historyAgeMax()))
                .array();
    }

    /** Which publication, as {@code redact} takes it. */
    static byte[] redaction(Position position, ChannelSettings settings) {
        return ByteBuffer.allocate(28)
                .putLong(position.epoch())
                .putLong(position.offset())
                .putInt(position.check())
                .putLong(millis(settings.historyAgeMax()))
                .array();
    }

    /** How long a key is remembered, as {@code find} takes it. */
    static byte[] keyAge(ChannelSettings settings) {
        return ByteBuffer.allocate(Long.BYTES)
                .putLong(millis(settings.idempotencyAgeMax()))
                .array();
    }

    /** Which records, as {@code read} takes it. */
    static byte[] range(SharedLog.Range range, int countMax, int bytesMax, ChannelSettings settings) {
        boolean isUp = range instanceof SharedLog.Range.From;
        long offset = switch (range) {
            case SharedLog.Range.From(long first) -> first;
            case SharedLog.Range.To(long last) -> last;
        };
        return ByteBuffer.allocate(25)
                .put((byte) (isUp ? 1 : 0))
                .putLong(Math.max(0, offset))
                .putInt(countMax)
                .putInt(bytesMax)
                .putLong(millis(settings.historyAgeMax()))
                .array();
    }

    private static long millis(Duration duration) {
        return Math.min(duration.toMillis(), MILLIS_MAX);
    }
}
