package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private final Room wire = new Room();
    private final Backlog backlog = new Backlog(wire);
    private final List<String> asked = new ArrayList<>();
    private final Part first = new Part("first");
    private final Part second = new Part("second");

    @Test
    void partsAreAskedForInTurnOneAtATime() {
        backlog.add(first);
        backlog.add(second);
        backlog.askNext();
        backlog.askNext();
        assertThat(asked).containsExactly("first");
        backlog.onAnswered(second);
        backlog.askNext();
        assertThat(asked).containsExactly("first");
        backlog.onAnswered(first);
        backlog.askNext();
        assertThat(asked).containsExactly("first", "second");
    }

    @Test
    void nothingIsAskedForWithoutRoom() {
        wire.hasRoom = false;
        backlog.add(first);
        backlog.askNext();
        assertThat(asked).isEmpty();
        wire.hasRoom = true;
        backlog.askNext();
        assertThat(asked).containsExactly("first");
    }

    @Test
    void itIsEmptyOnceNothingWaitsAndNothingIsOnItsWay() {
        assertThat(backlog.isEmpty()).isTrue();
        backlog.askNext();
        backlog.add(first);
        assertThat(backlog.isEmpty()).isFalse();
        backlog.askNext();
        assertThat(backlog.isEmpty()).isFalse();
        backlog.onAnswered(first);
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void whatIsNotWantedAnyMoreIsNotAskedForAndMakesWay() {
        Part third = new Part("third");
        backlog.add(first);
        backlog.add(second);
        backlog.add(third);
        backlog.askNext();
        backlog.remove(second);
        backlog.remove(first);
        backlog.askNext();
        assertThat(asked).containsExactly("first", "third");
        backlog.remove(third);
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void atTheEndWhatWaitsIsToldAndGone() {
        backlog.add(first);
        backlog.add(second);
        backlog.askNext();
        backlog.forgetAll();
        assertThat(asked).containsExactly("first", "forget second");
        backlog.onAnswered(first);
        assertThat(backlog.isEmpty()).isTrue();
    }

    private final class Part implements Backlog.Owed {
        private final String name;

        private Part(String name) {
            this.name = name;
        }

        @Override
        public void ask() {
            asked.add(name);
        }

        @Override
        public void forget() {
            asked.add("forget " + name);
        }
    }

    private static final class Room implements Wire {
        private boolean hasRoom = true;

        @Override
        public boolean hasRoom() {
            return hasRoom;
        }

        @Override
        public void deliver(EncodedMessage message) {
            throw new AssertionError("nothing is delivered here");
        }

        @Override
        public void send(ServerMessage message) {
            throw new AssertionError("nothing is sent here");
        }

        @Override
        public void read(boolean wanted) {
            throw new AssertionError("nothing is read here");
        }

        @Override
        public void close(Code code, String reason) {
            throw new AssertionError("nothing is closed here");
        }
    }
}
