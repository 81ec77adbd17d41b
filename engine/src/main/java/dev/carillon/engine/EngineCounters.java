package dev.carillon.engine;

import dev.carillon.protocol.Code;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What the engine counts, for metrics; written by the owners, read from any thread. */
public final class EngineCounters {

    final LongAdder published = new LongAdder();
    final LongAdder duplicates = new LongAdder();
    final LongAdder delivered = new LongAdder();
    final LongAdder gaps = new LongAdder();
    final LongAdder resets = new LongAdder();
    final LongAdder purges = new LongAdder();
    final LongAdder redactions = new LongAdder();
    final LongAdder parked = new LongAdder();
    final LongAdder channelsAttached = new LongAdder();
    final LongAdder sessions = new LongAdder();
    final LongAdder subscriptions = new LongAdder();
    final LongAdder waiting = new LongAdder();
    final LongAdder outstanding = new LongAdder();
    final LongAdder paused = new LongAdder();
    final LongAdder signals = new LongAdder();
    final LongAdder signalsDelivered = new LongAdder();
    final LongAdder signalsDropped = new LongAdder();
    final LongAdder signalsUnsent = new LongAdder();
    final LongAdder signalsMissed = new LongAdder();
    final LongAdder joins = new LongAdder();
    final LongAdder leaves = new LongAdder();
    final LongAdder presenceListed = new LongAdder();
    final LongAdder presenceRestarts = new LongAdder();
    final LongAdder resumes = new LongAdder();
    final LongAdder holesFilled = new LongAdder();
    final LongAdder silences = new LongAdder();
    final LongAdder replaced = new LongAdder();
    final LongAdder staleChannels = new LongAdder();
    final LongAdder linksLost = new LongAdder();
    final LongAdder presenceReplaced = new LongAdder();
    final LongAdder leasesLost = new LongAdder();
    final LongAdder leasesBuried = new LongAdder();
    private final Map<Code, LongAdder> refusals = new ConcurrentHashMap<>();
    private final Map<Code, LongAdder> ends = new ConcurrentHashMap<>();

    void published(boolean duplicate) {
        (duplicate ? duplicates : published).increment();
    }

    void refused(Code code) {
        refusals.computeIfAbsent(code, _ -> new LongAdder()).increment();
    }

    void sessionEnded(Code code) {
        ends.computeIfAbsent(code, _ -> new LongAdder()).increment();
    }

    /** Signals that were not sent to other nodes, because the link was away or had no room. */
    public long signalsUnsent() {
        return signalsUnsent.sum();
    }

    /** Signals of other nodes that did not come, as later ones have shown. */
    public long signalsMissed() {
        return signalsMissed.sum();
    }

    /** Publications kept since the start. */
    public long published() {
        return published.sum();
    }

    /** Publishes answered from an earlier one with the same idempotency key. */
    public long duplicates() {
        return duplicates.sum();
    }

    /** Publications handed to connections. */
    public long delivered() {
        return delivered.sum();
    }

    /** Gaps told. */
    public long gaps() {
        return gaps.sum();
    }

    /** How often a reader of a map was told to forget what it held. */
    public long resets() {
        return resets.sum();
    }

    /** Channels emptied. */
    public long purges() {
        return purges.sum();
    }

    /** Publications whose data was taken out. */
    public long redactions() {
        return redactions.sum();
    }

    /** How often a slow reader's queue was dropped, to be served from the log. */
    public long parked() {
        return parked.sum();
    }

    /** Channels in memory now. */
    public long channelsAttached() {
        return channelsAttached.sum();
    }

    /** Sessions now. */
    public long sessions() {
        return sessions.sum();
    }

    /** Subscriptions now. */
    public long subscriptions() {
        return subscriptions.sum();
    }

    /** Operations that wait now, for their channel to be loaded or behind an earlier publish. */
    public long waiting() {
        return waiting.sum();
    }

    /** Commands that wait for their answers now. */
    public long outstanding() {
        return outstanding.sum();
    }

    /** How often a session was not read from because too many of its commands waited for their answers. */
    public long paused() {
        return paused.sum();
    }

    /** Signals accepted. */
    public long signals() {
        return signals.sum();
    }

    /** Signals handed to connections. */
    public long signalsDelivered() {
        return signalsDelivered.sum();
    }

    /** Signals not handed to a connection because it had no room. */
    public long signalsDropped() {
        return signalsDropped.sum();
    }

    /** How often a user came to be listed in a channel's presence. */
    public long joins() {
        return joins.sum();
    }

    /** How often a user left a channel's presence. */
    public long leaves() {
        return leaves.sum();
    }

    /** Users listed now, in the presence of all channels. */
    public long present() {
        long left = leaves.sum(); // before the joins, so that nobody is counted as left who isn't as come
        return joins.sum() - left;
    }

    /** Users written into lists of who is present. */
    public long presenceListed() {
        return presenceListed.sum();
    }

    /** How often a list in pages began anew, because too much had happened since its first page. */
    public long presenceRestarts() {
        return presenceRestarts.sum();
    }

    /** Sessions that were resumed in one message. */
    public long resumes() {
        return resumes.sum();
    }

    /** Refusals with this code. */
    public long refusals(Code code) {
        LongAdder count = refusals.get(code);
        return count == null ? 0 : count.sum();
    }

    /** Sessions that the server ended with this code. */
    public long ended(Code code) {
        LongAdder count = ends.get(code);
        return count == null ? 0 : count.sum();
    }

    /** How often publications that were not pushed, or not in time, were read from the shared log. */
    public long holesFilled() {
        return holesFilled.sum();
    }

    /** How often only a question showed that publications of the shared log had not been pushed. */
    public long silences() {
        return silences.sum();
    }

    /** How often the shared log did not continue what its readers had been told. */
    public long replaced() {
        return replaced.sum();
    }

    /** Channels about which the shared log can't be asked now. */
    public long staleChannels() {
        return staleChannels.sum();
    }

    /** How often a link to the shared log has failed. */
    public long linksLost() {
        return linksLost.sum();
    }

    /** How often the readers of a channel's presence were given a new list, because it was not known what led to it. */
    public long presenceReplaced() {
        return presenceReplaced.sum();
    }

    /** How often this node's own lease had ended when it was to be renewed. */
    public long leasesLost() {
        return leasesLost.sum();
    }

    /** How often the users of another node were taken away from a channel's presence, because its lease had ended. */
    public long leasesBuried() {
        return leasesBuried.sum();
    }
}
