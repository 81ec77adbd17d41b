package dev.carillon.simulation;

import dev.carillon.engine.ChannelSettings;
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

    final Tally tally;
    /** Whether nodes share a log, which each of them knows only from hearsay. */
    final boolean isShared;

    private final Agenda agenda;
    private final List<Attempt> attempts = new ArrayList<>();
    private final Map<ChannelName, Lineage> lineages = new LinkedHashMap<>();
    /** The latest that the date was ever said to be: what ends by age may have ended by it. */
    private long dateMax;

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
        int id = attempts.size();
        String key = hasKey ? String.format("key-%012d", id) : null;
        Attempt attempt = new Attempt(id, lineage, publisher, from, key, payload(id, padding, asBytes));
        attempts.add(attempt);
        tally.publishes++;
        return attempt;
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
    }

    long dateMax() {
        return dateMax;
    }
}
