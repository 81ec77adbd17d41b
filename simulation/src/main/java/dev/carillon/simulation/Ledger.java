package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.LogRecord;
import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The model: every publish that was ever wanted, and of each channel what the log keeps. What nodes say is held against it. */
final class Ledger {

    private static final String KEY = "key-%012d";
    /** Who takes a value away whose time is over. */
    private static final int NOBODY = -1;

    final Tally tally;
    /** Whether nodes share a log, which each of them knows only from hearsay. */
    final boolean isShared;

    private final Agenda agenda;
    private final List<Attempt> attempts = new ArrayList<>();
    private final Map<ChannelName, Lineage> lineages = new LinkedHashMap<>();
    /** The latest that the date was ever said to be: what ends by age may have ended by it. */
    private long dateMax;
    /** The date as it was said last. */
    private long date;

    /** What holds for whoever can't know which node is concerned. */
    final Excuses ofAnyNode = new Excuses();

    private final List<SentSignal> signals = new ArrayList<>();

    Ledger(Tally tally, Agenda agenda, boolean isShared) {
        this.tally = tally;
        this.agenda = agenda;
        this.isShared = isShared;
    }

    Lineage add(ChannelName name, ChannelSettings settings) {
        Lineage lineage = new Lineage(name, settings, this);
        lineages.put(name, lineage);
        return lineage;
    }

    List<Lineage> lineages() {
        return List.copyOf(lineages.values());
    }

    /** Those that keep something. */
    List<Lineage> kept() {
        return lineages.values().stream()
                .filter(lineage -> lineage.settings.kind() != ChannelKind.SIGNAL)
                .toList();
    }

    Lineage of(ChannelName channel) {
        Lineage lineage = lineages.get(channel);
        if (lineage == null) {
            throw new Violation(Invariant.ENGINE, "there is no channel " + channel);
        }
        return lineage;
    }

    @Nullable
    ChannelSettings settingsOf(ChannelName channel) {
        Lineage lineage = lineages.get(channel);
        return lineage == null ? null : lineage.settings;
    }

    /** A publish that a client wants made. */
    Attempt attempt(
            Lineage lineage, int publisher, @Nullable String from, boolean hasKey, int padding, boolean asBytes) {
        return attempt(lineage, publisher, from, hasKey, payload(attempts.size(), padding, asBytes), null);
    }

    /** A change of a map that a client wants made. A removal has a key always: it has no data to tell it by. */
    Attempt attempt(Lineage lineage, int publisher, @Nullable String from, boolean hasKey, int padding, Change change) {
        Data data = change.isRemoved() ? Data.NONE : payload(attempts.size(), padding, false);
        return attempt(lineage, publisher, from, hasKey || change.isRemoved(), data, change);
    }

    private Attempt attempt(
            Lineage lineage, int publisher, @Nullable String from, boolean hasKey, Data data, @Nullable Change change) {
        int id = attempts.size();
        String key = hasKey ? String.format(KEY, id) : null;
        Attempt attempt = new Attempt(id, lineage, publisher, from, key, data, change);
        attempts.add(attempt);
        tally.publishes++;
        return attempt;
    }

    /** The publish that a record is of; a removal without a key is the server's own. */
    Attempt attemptOf(Lineage lineage, LogRecord record) {
        Change change = record.change();
        if (change == null || !change.isRemoved()) {
            return attemptOf(record.data());
        }
        LogRecord.Once once = record.once();
        if (once != null) {
            return attempts.get(Integer.parseInt(once.key().substring(KEY.indexOf('%'))));
        }
        Attempt expiry = new Attempt(attempts.size(), lineage, NOBODY, null, null, Data.NONE, change);
        attempts.add(expiry);
        return expiry;
    }

    /** Whether it is the server's own, which takes a value away whose time is over. */
    static boolean isExpiry(Attempt attempt) {
        return attempt.publisher == NOBODY;
    }

    // ---- signals

    /**
     * A signal that a client says.
     *
     * @param connection over which, of all that there ever were
     * @param place how many it has said over that to the channel before
     */
    Data signal(ChannelName channel, String session, @Nullable String from, long connection, int place) {
        signals.add(new SentSignal(channel, session, from, connection, place));
        return Data.json(Integer.toString(signals.size() - 1));
    }

    SentSignal signalOf(Data data) {
        return signals.get(Integer.parseInt(data.text()));
    }

    List<Attempt> attempts() {
        return attempts;
    }

    private static Data payload(int id, int padding, boolean asBytes) {
        String text = id + ".".repeat(padding);
        if (asBytes) {
            return Data.own(Data.Form.BYTES, text.getBytes(StandardCharsets.US_ASCII));
        }
        return Data.json(padding == 0 ? text : "\"" + text + "\"");
    }

    /** The publish that the data is of. */
    Attempt attemptOf(Data data) {
        ByteBuffer bytes = data.buffer();
        int at = bytes.hasRemaining() && bytes.get(0) == '"' ? 1 : 0;
        long id = 0;
        int digits = 0;
        while (at < bytes.limit() && digits < 10 && bytes.get(at) >= '0' && bytes.get(at) <= '9') {
            id = id * 10 + bytes.get(at++) - '0';
            digits++;
        }
        if (digits == 0 || id >= attempts.size()) {
            throw new Violation(Invariant.SAME_DATA, "nobody published " + data);
        }
        return attempts.get((int) id);
    }

    /** Virtual time. */
    long now() {
        return agenda.now();
    }

    void onDate(long millis) {
        dateMax = Math.max(dateMax, millis);
        date = millis;
    }

    long dateMax() {
        return dateMax;
    }

    long date() {
        return date;
    }
}
