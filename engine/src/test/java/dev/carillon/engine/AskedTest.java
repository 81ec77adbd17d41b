package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class AskedTest {

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<String> events = new ArrayList<>();
    private final List<Runnable> timers = new ArrayList<>();
    private boolean isOwner = true;
    private final Mailbox owner = new Mailbox() {
        @Override
        public void post(Runnable task) {
            tasks.add(task);
        }

        @Override
        public boolean isOwner() {
            return isOwner;
        }
    };

    @Test
    void anAnswerAtOnceIsTakenBeforeItReturns() {
        ask(answer -> {
            answer.accept("yes");
            answer.accept("no");
            events.add("asked");
        });
        assertThat(events).containsExactly("asked", "yes");
        assertThat(timers).isEmpty();
        assertThat(tasks).isEmpty();
    }

    @Test
    void aLaterAnswerIsTakenOnTheOwnersThreadAndOnce() {
        List<Consumer<String>> pending = new ArrayList<>();
        ask(pending::add);
        assertThat(events).containsExactly("later", "timer " + Duration.ofSeconds(5));
        pending.getFirst().accept("yes");
        pending.getFirst().accept("no");
        assertThat(events).hasSize(2);
        run();
        assertThat(events).endsWith("cancelled", "yes");
        timers.getFirst().run();
        run();
        assertThat(events).hasSize(4);
    }

    @Test
    void anAnswerOfAnotherThreadWhileItIsAskedIsTakenLater() {
        ask(answer -> {
            isOwner = false;
            answer.accept("yes");
            isOwner = true;
        });
        assertThat(events).containsExactly("later", "timer " + Duration.ofSeconds(5));
        run();
        assertThat(events).endsWith("yes");
    }

    @Test
    void anAnswerThatTakesTooLongIsARefusal() {
        List<Consumer<String>> pending = new ArrayList<>();
        ask(pending::add);
        timers.getFirst().run();
        assertThat(events).endsWith("refused " + Code.DECISION_LATE);
        pending.getFirst().accept("yes");
        run();
        assertThat(events).endsWith("refused " + Code.DECISION_LATE);
    }

    @Test
    void oneThatThrowsHasRefusedUnlessItHasAnswered() {
        ask(_ -> {
            throw new IllegalStateException("a test's mistake");
        });
        assertThat(events).containsExactly("refused " + Code.INTERNAL);
        events.clear();
        ask(answer -> {
            answer.accept("yes");
            throw new IllegalStateException("a test's mistake");
        });
        assertThat(events).containsExactly("yes");
    }

    private void ask(Consumer<Consumer<String>> question) {
        Asked.ask(
                owner,
                (delay, task) -> {
                    events.add("timer " + delay);
                    timers.add(task);
                    return () -> events.add("cancelled");
                },
                Duration.ofSeconds(5),
                question,
                () -> events.add("later"),
                code -> "refused " + code,
                events::add);
    }

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
    }
}
