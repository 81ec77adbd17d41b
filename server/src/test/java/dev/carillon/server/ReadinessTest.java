package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelLog;
import dev.carillon.engine.Durability;
import dev.carillon.engine.LogRecord;
import dev.carillon.engine.Mailbox;
import dev.carillon.engine.MemoryLog;
import dev.carillon.gateway.Pages;
import dev.carillon.protocol.ChannelName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whether a node says rightly that it is ready. */
class ReadinessTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    /** A loop that runs what is posted to it at once. */
    private static final Mailbox PROMPT = new Mailbox() {
        @Override
        public void post(Runnable task) {
            task.run();
        }

        @Override
        public boolean isOwner() {
            return true;
        }
    };

    /** A log in memory that answers when it is let, and counts how often it was asked. */
    private static final class HeldLog implements ChannelLog {
        private final MemoryLog log = new MemoryLog();
        private final List<Consumer<Opened>> held = new ArrayList<>();
        private boolean isHeld;

        @Override
        public void open(ChannelName channel, Consumer<Opened> answer) {
            held.add(answer);
            if (!isHeld) {
                log.open(channel, answer);
            }
        }

        @Override
        public Durability durabilityMax() {
            return log.durabilityMax();
        }

        @Override
        public int channelCount() {
            return log.channelCount();
        }

        @Override
        public void append(
                ChannelName channel, long epoch, Durability durability, LogRecord record, Consumer<Appended> answer) {
            throw nothingIsWritten();
        }

        private static AssertionError nothingIsWritten() {
            return new AssertionError("nothing is written to find out");
        }

        @Override
        public void read(ChannelName channel, long first, long last, Consumer<Read> answer) {
            log.read(channel, first, last, answer);
        }

        @Override
        public void trim(ChannelName channel, long oldest, long oldestOnce) {
            throw nothingIsWritten();
        }

        @Override
        public void compact(ChannelName channel, long oldest, long oldestOnce, long[] live) {
            throw nothingIsWritten();
        }

        @Override
        public void redact(
                ChannelName channel, long epoch, Durability durability, long offset, Consumer<Appended> answer) {
            throw nothingIsWritten();
        }

        @Override
        public void purge(ChannelName channel, long epoch, Durability durability, Consumer<Appended> answer) {
            throw nothingIsWritten();
        }

        @Override
        public void forget(ChannelName channel) {
            throw nothingIsWritten();
        }

        @Override
        public void list(Consumer<List<Summary>> answer) {
            log.list(answer);
        }

        @Override
        public void close() {
            log.close();
        }
    }

    private final HeldLog log = new HeldLog();
    private CompletableFuture<String> shared = CompletableFuture.completedFuture("");

    private Readiness readiness(Duration timeMax) {
        return new Readiness(log, List.of(PROMPT, PROMPT), () -> shared, timeMax);
    }

    @Test
    void aNodeWhoseLogAndLoopsAnswerIsReady() {
        Pages pages = readiness(LONG).before(_ -> null);
        Pages.Content page = Objects.requireNonNull(pages.find("/ready"));
        assertThat(page.status()).isEqualTo(200);
        assertThat(new String(page.bytes(), StandardCharsets.UTF_8)).isEqualTo("ready\n");
        assertThat(pages.find("/other")).isNull();
    }

    @Test
    void aLogThatFailsIsToldAsTheReason() {
        log.close();
        Pages.Content page =
                Objects.requireNonNull(readiness(LONG).before(_ -> null).find("/ready"));
        assertThat(page.status()).isEqualTo(503);
        assertThat(new String(page.bytes(), StandardCharsets.UTF_8))
                .isEqualTo("not ready: the log cannot be read (closed)\n");
    }

    @Test
    void aLogThatDoesNotAnswerInTimeIsToldAndItsLateAnswerMakesTheNodeReadyAgain() {
        Readiness readiness = readiness(SHORT);
        log.isHeld = true;
        assertThat(readiness.problem()).contains("did not answer within 50ms");
        log.isHeld = false;
        log.held.getFirst().accept(new ChannelLog.Opened.Nothing());
        assertThat(readiness.problem()).isEmpty();
        assertThat(log.held).hasSize(2);
    }

    @Test
    void aSharedLogThatIsAwayIsToldAsTheReason() {
        shared = CompletableFuture.completedFuture("Redis is away");
        assertThat(readiness(LONG).problem()).isEqualTo("Redis is away");
        shared = new CompletableFuture<>();
        assertThat(readiness(SHORT).problem()).contains("did not answer within 50ms");
    }

    @Test
    void aLoopThatStandsStillIsTold() {
        Mailbox stuck = new Mailbox() {
            @Override
            public void post(Runnable task) {}

            @Override
            public boolean isOwner() {
                return false;
            }
        };
        assertThat(new Readiness(log, List.of(PROMPT, stuck), () -> shared, SHORT).problem())
                .contains("event loop");
    }

    @Test
    void whoAsksWhileARoundTripIsOnItsWaySharesIt() {
        Readiness readiness = readiness(SHORT);
        log.isHeld = true;
        for (int i = 0; i < 5; i++) {
            assertThat(readiness.problem()).contains("did not answer");
        }
        assertThat(log.held).hasSize(1);
    }

    @Test
    void aNodeThatTakesLeaveIsNotReadyWhateverItsLogSays() {
        Readiness readiness = readiness(LONG);
        readiness.leave();
        assertThat(readiness.problem()).contains("takes leave");
        assertThat(log.held).isEmpty();
    }
}
