package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.ServerMessage;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LanesTest {

    private static final String KEY = "key-0123456789abcdef";
    private static final String OTHER = "other-0123456789abcd";

    private final LongAdder waiting = new LongAdder();
    private final Lanes lanes = new Lanes(2, waiting);
    private final Publisher publisher = new Someone();

    @Test
    void nothingIsRememberedOfAPublisherThatHasNothingToKeepInOrder() {
        assertThat(enter(KEY)).isEqualTo(Lanes.Entry.FREE);
        assertThat(lanes.isEmpty()).isTrue();
        assertThat(lanes.leave(publisher)).isNull();
        assertThat(lanes.isHeldBack(publisher, publish(KEY))).isFalse();
        lanes.release(publisher, KEY);
        lanes.forget(publisher);
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void whatComesBehindOneThatWaitsQueuesInOrderAndIsCounted() {
        lanes.occupy(publisher);
        Attempt first = attempt(KEY);
        Attempt second = attempt(OTHER);
        assertThat(lanes.enter(publisher, first, false)).isEqualTo(Lanes.Entry.QUEUED);
        assertThat(lanes.enter(publisher, second, false)).isEqualTo(Lanes.Entry.QUEUED);
        assertThat(enter(null)).isEqualTo(Lanes.Entry.FULL);
        assertThat(waiting.sum()).isEqualTo(2);
        assertThat(lanes.leave(publisher)).isSameAs(first);
        assertThat(waiting.sum()).isEqualTo(1);
        assertThat(enter(null)).isEqualTo(Lanes.Entry.QUEUED);
        assertThat(lanes.leave(publisher)).isSameAs(second);
        assertThat(lanes.leave(publisher)).isNotNull();
        assertThat(lanes.isEmpty()).isFalse();
        assertThat(lanes.leave(publisher)).isNull();
        assertThat(waiting.sum()).isZero();
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void onePublishersLaneIsNoOthers() {
        lanes.occupy(publisher);
        assertThat(lanes.enter(new Someone(), attempt(KEY), false)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void behindOneThatMayComeAgainAllAreHeldUntilItDoes() {
        assertThat(lanes.refused(publisher, publish(KEY), Code.OVERLOADED)).isTrue();
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.HELD);
        assertThat(enter(null)).isEqualTo(Lanes.Entry.HELD);
        assertThat(lanes.isHeldBack(publisher, publish(OTHER))).isTrue();
        assertThat(lanes.isHeldBack(publisher, publish(KEY))).isFalse();
        assertThat(enter(KEY)).isEqualTo(Lanes.Entry.FREE);
        assertThat(lanes.isEmpty()).isTrue();
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void oneThatWasAbandonedHoldsNothingBack() {
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        lanes.release(publisher, OTHER);
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.HELD);
        lanes.release(publisher, KEY);
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void onlyOneWithAKeyThatMayComeAgainHoldsOthersBack() {
        assertThat(lanes.refused(publisher, publish(null), Code.OVERLOADED)).isFalse();
        assertThat(lanes.refused(publisher, publish(KEY), Code.EARLIER_PUBLISH_REFUSED))
                .isFalse();
        assertThat(lanes.refused(publisher, publish(KEY), Code.NOT_PERMITTED)).isFalse();
        assertThat(lanes.turnedAway(publisher, publish(null))).isFalse();
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void oneThatIsRefusedForGoodHoldsNothingBackAnyMore() {
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        assertThat(lanes.refused(publisher, publish(KEY), Code.NOT_PERMITTED)).isFalse();
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void theFirstThatWasRefusedIsTheOneThatAllWaitFor() {
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        assertThat(lanes.refused(publisher, publish(OTHER), Code.OVERLOADED)).isTrue();
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.HELD);
        assertThat(enter(KEY)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void oneThatWasTurnedAwayHoldsBackOnlyWhatComesLater() {
        lanes.occupy(publisher);
        assertThat(lanes.turnedAway(publisher, publish(KEY))).isTrue();
        assertThat(lanes.isHeldBack(publisher, publish(OTHER))).isFalse();
        assertThat(lanes.leave(publisher)).isNull();
        assertThat(lanes.enter(publisher, attempt(OTHER), true)).isEqualTo(Lanes.Entry.FREE);
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.HELD);
        assertThat(enter(KEY)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void onceAllInsideWasRefusedOneThatWasTurnedAwayHoldsBackAllThatComes() {
        lanes.turnedAway(publisher, publish(KEY));
        lanes.spareNobody();
        assertThat(lanes.isHeldBack(publisher, publish(OTHER))).isTrue();
        assertThat(lanes.enter(publisher, attempt(OTHER), true)).isEqualTo(Lanes.Entry.HELD);
        assertThat(lanes.enter(publisher, attempt(KEY), true)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void oneInsideThatIsRefusedComesBeforeWhatWasTurnedAway() {
        lanes.turnedAway(publisher, publish(KEY));
        lanes.refused(publisher, publish(OTHER), Code.OVERLOADED);
        assertThat(lanes.isHeldBack(publisher, publish(KEY))).isTrue();
        assertThat(lanes.enter(publisher, attempt(KEY), true)).isEqualTo(Lanes.Entry.HELD);
        assertThat(lanes.enter(publisher, attempt(OTHER), true)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void whatWasTurnedAwayBehindARefusedOneChangesNothing() {
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        assertThat(lanes.turnedAway(publisher, publish(OTHER))).isTrue();
        assertThat(lanes.isHeldBack(publisher, publish(OTHER))).isTrue();
        assertThat(enter(KEY)).isEqualTo(Lanes.Entry.FREE);
    }

    @Test
    void whatAPublisherHeldBackEndsWithItOnceNothingWaits() {
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        lanes.forget(publisher);
        assertThat(lanes.isEmpty()).isTrue();

        lanes.occupy(publisher);
        enter(KEY);
        lanes.refused(publisher, publish(OTHER), Code.OVERLOADED);
        lanes.forget(publisher);
        assertThat(lanes.leave(publisher)).isNotNull();
        assertThat(lanes.isHeldBack(publisher, publish(KEY))).isTrue();
        assertThat(lanes.leave(publisher)).isNull();
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void whatAPublisherHoldsBackOutlivesAnEmptyQueue() {
        lanes.occupy(publisher);
        lanes.refused(publisher, publish(KEY), Code.OVERLOADED);
        assertThat(lanes.leave(publisher)).isNull();
        assertThat(enter(OTHER)).isEqualTo(Lanes.Entry.HELD);
    }

    private Lanes.Entry enter(@Nullable String key) {
        return lanes.enter(publisher, attempt(key), false);
    }

    private static Attempt attempt(@Nullable String key) {
        return new Attempt(publish(key), 0);
    }

    private static ClientMessage.Publish publish(@Nullable String key) {
        return new ClientMessage.Publish(null, new ChannelName("orders"), Data.json("1"), key, null);
    }

    private static final class Someone implements Publisher {
        @Override
        public Principal principal() {
            return Principal.ANONYMOUS;
        }

        @Override
        public Mailbox mailbox() {
            throw new AssertionError("nothing is answered here");
        }

        @Override
        public void onPublished(ServerMessage answer, int bytes, boolean holds) {
            throw new AssertionError("nothing is answered here");
        }
    }
}
