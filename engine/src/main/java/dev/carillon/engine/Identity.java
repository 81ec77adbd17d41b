package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Who the peer of a session is, as far as it has proven, and until when. On the session's event loop, except
 * {@link #principal}.
 *
 * <p><b>Order.</b> A session's commands take effect in the order in which they were sent, and a proof may take a while: what
 * follows an {@code authenticate} waits here for its answer, counted as commands that wait for theirs, so that a peer which
 * goes on talking meanwhile isn't read from.
 *
 * <p><b>Time.</b> There is one timer, and only where there is something to wait for: a stranger's time to prove itself, the
 * notice before the proof ends, or its end.
 */
final class Identity {

    /** What one channel of a resume is counted for while it waits: about what it takes. */
    private static final int SUBSCRIBE_BYTES = 128;

    private final Session session;
    private final Node.Ports ports;
    private final Timers timers;

    /** Read by shards as well, when they decide about what the session publishes. */
    private volatile Principal principal;

    /** What was said since the {@code authenticate} that is being decided about; null while none is. */
    private @Nullable ArrayDeque<ClientMessage> waiting;

    private @Nullable Runnable cancelTimer;
    private boolean isWatched;

    Identity(Session session, Node.Ports ports, Timers timers, Principal principal) {
        this.session = session;
        this.ports = ports;
        this.timers = timers;
        this.principal = principal;
    }

    /** Who it is; from any thread. */
    Principal principal() {
        return principal;
    }

    /** How long it holds from now, in milliseconds; 0 without an end, and at least 1 with one. */
    long expiresMillis() {
        Principal.Term term = principal.term();
        return term == null
                ? 0
                : Math.max(1, term.expiresAtMillis() - ports.clock().millis());
    }

    // ---- proving

    /** Whether a command waits for the proof that is being decided about; if so, it is done after that. */
    boolean holdsBack(ClientMessage message) {
        if (waiting == null) {
            return false;
        }
        session.asked(bytesOf(message));
        waiting.add(message);
        return true;
    }

    private static int bytesOf(ClientMessage message) {
        return switch (message) {
            case ClientMessage.Publish publish -> publish.data().length();
            case ClientMessage.Signal signal -> signal.data().length();
            case ClientMessage.Authenticate authenticate -> authenticate.token().length();
            case ClientMessage.Subscribe subscribe -> bytesOf(subscribe.track());
            case ClientMessage.Resume resume -> bytesOf(resume);
            case ClientMessage.Track track -> bytesOf(track.selection());
            case ClientMessage.Unsubscribe _,
                    ClientMessage.Abandon _,
                    ClientMessage.History _,
                    ClientMessage.Presence _,
                    ClientMessage.Ping _ -> 0;
        };
    }

    private static int bytesOf(ClientMessage.Resume resume) {
        int bytes = resume.channels().size() * SUBSCRIBE_BYTES;
        for (ClientMessage.Subscribe subscribe : resume.channels()) {
            bytes += bytesOf(subscribe.track());
        }
        return bytes;
    }

    private static int bytesOf(@Nullable Selection selection) {
        return selection == null
                ? 0
                : selection.names().stream().mapToInt(String::length).sum();
    }

    /** Finds out who presents a token; what is said meanwhile waits. */
    void prove(ClientMessage.Authenticate authenticate) {
        waiting = new ArrayDeque<>(2);
        int bytes = bytesOf(authenticate);
        session.asked(bytes);
        ports.admit(session.loop(), authenticate.token(), () -> {}, admission -> {
            session.answered(bytes);
            if (!session.isClosed()) {
                onAdmission(authenticate, admission);
                goOn();
            }
        });
    }

    private void onAdmission(ClientMessage.Authenticate authenticate, Decisions.Admission admission) {
        switch (admission) {
            case Decisions.Admission.Admitted(Principal proven) -> {
                if (ports.decisions().isRevoked(proven, session.id())) {
                    refuse(authenticate, Code.REVOKED, Code.REVOKED.text());
                } else if (principal.name() != null && !principal.name().equals(proven.name())) {
                    refuse(authenticate, Code.NOT_PERMITTED, "this session is another user's: open one of your own");
                } else {
                    become(proven);
                    session.send(new ServerMessage.Authenticated(authenticate.id(), proven.name(), expiresMillis()));
                    session.onGrantsChanged();
                }
            }
            case Decisions.Admission.Rejected(Code code, String message) -> refuse(authenticate, code, message);
        }
    }

    private void refuse(ClientMessage.Authenticate authenticate, Code code, String message) {
        session.refuse(ServerMessage.Refusal.of(authenticate.id(), code, null, message));
    }

    /** What had to wait, up to the next proof that has to be decided about. */
    private void goOn() {
        ArrayDeque<ClientMessage> held = waiting;
        waiting = null;
        while (held != null && !held.isEmpty()) {
            ClientMessage next = held.removeFirst();
            session.answered(bytesOf(next));
            if (!session.isClosed()) {
                session.take(next);
            }
            if (waiting != null) {
                waiting.addAll(held);
                return;
            }
        }
    }

    private void become(Principal proven) {
        principal = proven;
        if (isWatched) {
            watch();
        }
    }

    // ---- the end

    /** From now on the peer is told before its proof ends, and the session ends with it. */
    void watch() {
        isWatched = true;
        cancelTimer();
        Principal.Term term = principal.term();
        if (principal.isStranger()) {
            after(ports.limits().authenticateTimeMax(), () -> session.end(Code.UNAUTHENTICATED));
        } else if (term != null) {
            // An issuer whose clock is ahead may have issued it after its own end.
            long lifeMillis = Math.max(0, term.expiresAtMillis() - term.issuedAtMillis());
            long noticeMillis = Math.min(ports.limits().refreshTime().toMillis(), lifeMillis / 4);
            after(untilMillis(term.expiresAtMillis() - noticeMillis), () -> announce(term));
        }
    }

    /** Whether {@link #watch} was called. */
    boolean isWatched() {
        return isWatched;
    }

    /** Whether the proof has ended. */
    boolean isOver() {
        Principal.Term term = principal.term();
        return term != null && term.expiresAtMillis() <= ports.clock().millis();
    }

    private void announce(Principal.Term term) {
        long left = term.expiresAtMillis() - ports.clock().millis();
        if (left > 0) {
            session.send(new ServerMessage.Refusal(null, Code.TOKEN_EXPIRING, null, Code.TOKEN_EXPIRING.text(), left));
        }
        after(untilMillis(term.expiresAtMillis()), this::endIfOver);
    }

    /** The timer runs by another clock than the one that the proof's end is told by. */
    private void endIfOver() {
        Principal.Term term = principal.term();
        if (isOver()) {
            session.end(Code.TOKEN_EXPIRED);
        } else if (term != null) {
            after(untilMillis(term.expiresAtMillis()), this::endIfOver);
        }
    }

    private Duration untilMillis(long atMillis) {
        return Duration.ofMillis(Math.max(0, atMillis - ports.clock().millis()));
    }

    private void after(Duration delay, Runnable task) {
        cancelTimer = timers.schedule(delay, task);
    }

    private void cancelTimer() {
        if (cancelTimer != null) {
            cancelTimer.run();
            cancelTimer = null;
        }
    }

    /** The session is over. */
    void end() {
        cancelTimer();
        if (waiting != null) {
            waiting.forEach(message -> session.answered(bytesOf(message)));
            waiting = null;
        }
    }
}
