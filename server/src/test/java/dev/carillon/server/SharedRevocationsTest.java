package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.carillon.engine.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedRevocationsTest {

    private static final Duration TICK = Duration.ofMillis(5);

    private final Board board = new Board();
    private final List<SharedRevocations> nodes = new ArrayList<>();

    @AfterEach
    void endAll() {
        nodes.forEach(SharedRevocations::close);
    }

    /** What nodes share, which may be away, or lose its end. */
    private static final class Board implements SharedNotes {
        private final Map<String, Note> notes = new LinkedHashMap<>();
        private long serial;
        private boolean isAway;

        @Override
        public synchronized CompletableFuture<Optional<Long>> note(
                String name, long atMillis, long overMillis, Duration kept, int max) {
            if (isAway) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            if (!notes.containsKey(name) && notes.size() >= max) {
                return CompletableFuture.completedFuture(Optional.of(0L));
            }
            notes.remove(name);
            notes.put(name, new Note(++serial, name, atMillis));
            return CompletableFuture.completedFuture(Optional.of(serial));
        }

        @Override
        public synchronized CompletableFuture<Optional<Page>> read(long since) {
            return CompletableFuture.completedFuture(
                    isAway
                            ? Optional.empty()
                            : Optional.of(new Page(
                                    serial,
                                    notes.values().stream()
                                            .filter(note -> note.serial() > since)
                                            .limit(2)
                                            .toList())));
        }

        private synchronized void setAway(boolean away) {
            isAway = away;
        }

        private synchronized void loseAll() {
            notes.clear();
            serial = 0;
        }

        private synchronized int size() {
            return notes.size();
        }
    }

    private record Node(Revocations revocations, List<Revocation> ended) {
        private boolean shutsOut(String user) {
            long now = System.currentTimeMillis();
            Principal principal =
                    new Principal(user, "token k1", List.of(), new Principal.Term("t", now - 60_000, now + 60_000));
            return revocations.covers(principal, "");
        }
    }

    private Node node() throws StartException {
        List<Revocation> ended = new CopyOnWriteArrayList<>();
        Revocations revocations = new Revocations(TokenLimits.DEFAULT, new SystemClock(), null, ended::add);
        nodes.add(SharedRevocations.open(revocations, board, TokenLimits.DEFAULT, TICK));
        return new Node(revocations, ended);
    }

    private static Revocations.Added revoke(Node node, String user) {
        return node.revocations().add(Revocation.Kind.USER, user);
    }

    @Test
    void whoIsRevokedAtOneNodeIsAtAllAndItsSessionsEnd() throws Exception {
        Node one = node();
        Node other = node();
        for (String user : List.of("ada", "bob", "cy", "dan", "eve")) {
            assertThat(revoke(one, user)).isEqualTo(Revocations.Added.KEPT);
        }
        Peer.until("the other node has heard", () -> other.shutsOut("eve"));
        assertThat(other.ended()).extracting(Revocation::name).containsExactly("ada", "bob", "cy", "dan", "eve");
        assertThat(one.ended()).hasSize(5);
        Node late = node();
        assertThat(late.shutsOut("ada")).isTrue();
        assertThat(late.shutsOut("fay")).isFalse();
    }

    @Test
    void whatCouldNotBeToldIsToldWhenItCan() throws Exception {
        Node one = node();
        Node other = node();
        board.setAway(true);
        assertThat(revoke(one, "ada")).isEqualTo(Revocations.Added.NOT_TOLD);
        assertThat(one.shutsOut("ada")).isTrue();
        board.setAway(false);
        assertThat(revoke(one, "bob")).isEqualTo(Revocations.Added.KEPT);
        Peer.until("the other node has heard of both", () -> other.shutsOut("ada") && other.shutsOut("bob"));
    }

    @Test
    void whatWasLostIsNotedAnew() throws Exception {
        Node one = node();
        revoke(one, "ada");
        revoke(one, "bob");
        board.loseAll();
        Peer.until("both are noted again", () -> board.size() == 2);
        assertThat(node().shutsOut("ada")).isTrue();
    }

    @Test
    void aNodeThatCanNotReadThemDoesNotStart() {
        board.setAway(true);
        assertThat(catchThrowable(this::node))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("revocations");
    }
}
