package dev.carillon.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Brings the revocations of all nodes to this one, and this one's to all others: each node reads what is new with every tick,
 * on a virtual thread. After a silence of what is shared, when its end may have been lost, all is read again, and what it lacks
 * is noted anew. So a revocation reaches every node that reaches what is shared.
 */
final class SharedRevocations implements AutoCloseable {

    private final Revocations revocations;
    private final SharedNotes notes;
    private final TokenLimits limits;
    private final Duration tick;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread reader;
    /** The number of the newest note that was read. The reader's. */
    private long known;
    /** The number of the newest note that this node has made: there are as many at least, or some were lost. */
    private final AtomicLong made = new AtomicLong();
    /** True from when something could not be told, or read, until all was read again. */
    private volatile boolean isDoubtful;

    private SharedRevocations(Revocations revocations, SharedNotes notes, TokenLimits limits, Duration tick) {
        this.revocations = revocations;
        this.notes = notes;
        this.limits = limits;
        this.tick = tick;
        this.reader = Thread.ofVirtual().name("carillon-revocations").unstarted(this::run);
    }

    /**
     * Reads all that there are, and then what comes; blocks for the first.
     *
     * @throws StartException if they can't be read: a node must not let in who was shut out
     */
    static SharedRevocations open(Revocations revocations, SharedNotes notes, TokenLimits limits, Duration tick)
            throws StartException {
        SharedRevocations shared = new SharedRevocations(revocations, notes, limits, tick);
        if (!shared.readAll()) {
            throw new StartException("the revocations of the other nodes can't be read: Redis is away");
        }
        revocations.shareBy(shared::tell);
        shared.reader.start();
        return shared;
    }

    private void run() {
        try {
            while (!closed.await(tick.toMillis(), TimeUnit.MILLISECONDS)) {
                boolean wasDoubtful = isDoubtful;
                isDoubtful = false; // what can't be told meanwhile makes it so again
                if (!(wasDoubtful ? readAll() : readNew())) {
                    isDoubtful = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the other nodes are told; blocks for what a call takes at most. */
    Revocations.Added tell(Revocation revocation) {
        Optional<Long> noted = notes.note(
                        revocation.kind().word() + ":" + revocation.name(),
                        revocation.atMillis(),
                        revocations.overMillis(),
                        limits.lifetimeMax().plus(limits.skew()),
                        limits.revocations())
                .join();
        if (noted.isEmpty()) {
            isDoubtful = true;
            return Revocations.Added.NOT_TOLD;
        }
        made.accumulateAndGet(noted.get(), Math::max);
        return noted.get() == 0 ? Revocations.Added.FULL : Revocations.Added.KEPT;
    }

    /** Whether what is new was read. */
    private boolean readNew() {
        return read(new HashSet<>());
    }

    /** Whether all was read, and what was missing there was noted. */
    private boolean readAll() {
        known = 0;
        made.set(0);
        Set<String> there = new HashSet<>();
        if (!read(there)) {
            return false;
        }
        for (Revocation own : revocations.all()) {
            boolean isMissing = !there.contains(own.kind().word() + ":" + own.name());
            if (isMissing && tell(own) == Revocations.Added.NOT_TOLD) {
                return false;
            }
        }
        return true;
    }

    private boolean read(Set<String> names) {
        while (true) {
            long least = Math.max(known, made.get());
            SharedNotes.Page page = notes.read(known).join().orElse(null);
            if (page == null || page.serial() < least) {
                return false; // away, or something was lost
            }
            List<Revocation> heard = new ArrayList<>();
            for (SharedNotes.Note note : page.notes()) {
                known = Math.max(known, note.serial());
                names.add(note.name());
                Revocation revocation = revocationOf(note);
                if (revocation != null) {
                    heard.add(revocation);
                }
            }
            revocations.hear(heard);
            if (page.notes().isEmpty()) {
                return true;
            }
        }
    }

    /** Null where the note is none of this version's. */
    private static @Nullable Revocation revocationOf(SharedNotes.Note note) {
        int colon = note.name().indexOf(':');
        for (Revocation.Kind kind : Revocation.Kind.values()) {
            if (colon > 0 && kind.word().equals(note.name().substring(0, colon))) {
                return new Revocation(kind, note.name().substring(colon + 1), note.atMillis());
            }
        }
        return null;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
