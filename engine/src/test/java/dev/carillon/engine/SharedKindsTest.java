package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Maps, signals and redactions of two nodes on one log whose pushes come as the test says. */
class SharedKindsTest {

    private static final ChannelName ROOM = new ChannelName("room");

    private SharedWorld world = new SharedWorld();
    private final SharedWorld.Member ada = world.member();
    private final SharedWorld.Member bob = world.member();

    // ---- maps

    private void aMap(int historyCountMax, int fillCountMax) {
        world.settings = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .historyCountMax(historyCountMax)
                .build();
        SharedLimits normal = SharedLimits.DEFAULT;
        world.limits = new SharedLimits(
                normal.earlyMax(),
                normal.patience(),
                fillCountMax,
                normal.fillBytesMax(),
                normal.tick(),
                normal.proofAgeMax(),
                normal.probeMax());
    }

    private Broker.Published change(SharedWorld.Member by, String key, @Nullable String data) {
        List<Broker.Published> answers = new ArrayList<>();
        Data value = data == null ? Data.NONE : Data.json(data);
        by.broker.publish(ROOM, new Broker.Draft(value, null, null, new Change(key, null, data == null)), answers::add);
        world.run();
        return answers.getFirst();
    }

    private static Map<String, String> values(List<Publication> changes) {
        Map<String, String> values = new TreeMap<>();
        for (Publication publication : changes) {
            Change change = publication.change();
            if (change != null && change.isRemoved()) {
                values.remove(change.key());
            } else if (change != null) {
                values.put(change.key(), publication.data().text());
            }
        }
        return values;
    }

    @Test
    void aNodeThatComesLateIsGivenTheMapAsItIsInPages() {
        aMap(20, 3);
        SharedWorld.Member first = world.member();
        first.attach(ROOM);
        for (int i = 0; i < 50; i++) {
            change(first, "k" + i % 10, Integer.toString(i));
        }
        change(first, "k3", null);
        SharedWorld.Member late = world.member();
        Broker.Attached.Done attached = (Broker.Attached.Done) late.attach(ROOM);
        assertThat(attached.head()).isEqualTo(first.head);
        assertThat(attached.whole()).isEqualTo(31);
        assertThat(attached.changes()).isSortedAccordingTo((a, b) -> Long.compare(a.offset(), b.offset()));
        assertThat(attached.changes()).hasSize(10);
        assertThat(values(attached.changes()))
                .hasSize(9)
                .containsEntry("k4", "44")
                .doesNotContainKey("k3");
        change(first, "k4", "new");
        assertThat(values(late.publications)).containsExactly(Map.entry("k4", "new"));
    }

    /** Every task that runs in between may be a page; whatever happens there, nothing is put together wrongly. */
    @Test
    void whatChangesBetweenThePagesOfAMapIsNotTakenForOlder() {
        for (int history = 1; history <= 8; history++) {
            world = new SharedWorld();
            aMap(history, 2);
            for (int i = 0; i < 6; i++) {
                world.change(ROOM, "k" + i, "0", 100 + i);
            }
            SharedWorld.Member late = world.member();
            List<Broker.Attached> answers = new ArrayList<>();
            late.broker.attach(ROOM, world.settings, late, answers::add);
            int number = 0;
            while (world.step()) {
                number++;
                if (number < 12) {
                    world.change(
                            ROOM, "k" + number % 3, number % 4 == 0 ? null : Integer.toString(number), 200 + number);
                }
            }
            world.pass(Duration.ofSeconds(5));
            Broker.Attached.Done attached = (Broker.Attached.Done) answers.getFirst();
            List<Publication> all =
                    new ArrayList<>(late.replacedWith == null ? attached.changes() : late.replacedWith.changes());
            late.publications.stream()
                    .filter(publication -> all.isEmpty()
                            || publication.offset() > all.getLast().offset())
                    .forEach(all::add);
            SharedWorld.Member judge = world.member();
            Broker.Attached.Done truth = (Broker.Attached.Done) judge.attach(ROOM);
            assertThat(values(all)).as("history of " + history).isEqualTo(values(truth.changes()));
        }
    }

    @Test
    void aMapWhoseEndWasLostIsReadAnew() {
        aMap(20, 1000);
        SharedWorld.Member first = world.member();
        SharedWorld.Member second = world.member();
        first.attach(ROOM);
        second.attach(ROOM);
        change(first, "a", "1");
        change(first, "b", "2");
        change(first, "a", "3");
        change(first, "b", null);
        world.loseNewest(ROOM, 2);
        world.pass(Duration.ofSeconds(5));
        for (SharedWorld.Member member : List.of(first, second)) {
            assertThat(member.replacedWith).isNotNull();
            assertThat(values(member.replacedWith.changes())).isEqualTo(Map.of("a", "1", "b", "2"));
            assertThat(member.replacedWith.head().offset()).isEqualTo(2);
        }
        change(second, "c", "4");
        assertThat(first.head).isEqualTo(second.head);
        assertThat(first.head.offset()).isEqualTo(3);
    }

    @Test
    void ofAValueWhoseTimeIsOverOneNodeTakesItAwayAndBothAreTold() {
        world.settings = ChannelSettings.DEFAULT.toBuilder()
                .kind(ChannelKind.MAP)
                .map(new MapSettings(10, 4000, 2, Duration.ofSeconds(30), Duration.ZERO))
                .build();
        ada.attach(ROOM);
        bob.attach(ROOM);
        change(ada, "a", "1");
        ada.broker.expire(ROOM, "a", 1);
        world.run();
        assertThat(bob.head.offset()).isEqualTo(1); // not yet, by the log's clock
        world.pass(Duration.ofSeconds(30));
        ada.broker.expire(ROOM, "a", 1);
        bob.broker.expire(ROOM, "a", 1);
        world.run();
        assertThat(ada.head).isEqualTo(bob.head);
        assertThat(ada.head.offset()).isEqualTo(2);
        assertThat(values(bob.publications)).isEmpty();
        change(ada, "a", "2");
        world.pass(Duration.ofMinutes(1));
        change(ada, "a", "3");
        ada.broker.expire(ROOM, "a", 3);
        world.run();
        assertThat(values(bob.publications)).isEqualTo(Map.of("a", "3"));
    }

    // ---- signals

    private void signal(SharedWorld.Member by, int number) {
        by.broker.signal(ROOM, new CarriedSignal("s", null, Data.json(Integer.toString(number))));
        world.run();
    }

    @Test
    void aSignalReachesTheOtherNodeAndItsOwnIsNotToldAgain() {
        world.settings =
                ChannelSettings.DEFAULT.toBuilder().kind(ChannelKind.SIGNAL).build();
        ada.attach(ROOM);
        bob.attach(ROOM);
        signal(ada, 1);
        signal(bob, 2);
        signal(ada, 3);
        assertThat(bob.told).containsExactly("signal 1", "signal 3");
        assertThat(ada.told).containsExactly("signal 2");
    }

    @Test
    void howManyDidNotComeIsToldWithTheNext() {
        ada.attach(ROOM);
        bob.attach(ROOM);
        signal(ada, 1);
        bob.link.losesPushes = true;
        signal(ada, 2);
        signal(ada, 3);
        bob.link.losesPushes = false;
        signal(ada, 4);
        ada.link.fail();
        signal(ada, 5);
        world.pass(Duration.ofSeconds(5));
        signal(ada, 6);
        assertThat(bob.told).containsExactly("signal 1", "signal 4 after 2", "signal 6 after 1");
        assertThat(bob.counters.signalsMissed()).isEqualTo(3);
        assertThat(ada.counters.signalsUnsent()).isEqualTo(1);
        assertThat(ada.told).isEmpty();
    }

    @Test
    void noMoreSignalsAreSentInASecondThanMayBe() {
        world.limits = limits(new Rate(10, 3), 1000);
        SharedWorld.Member cy = world.member();
        bob.attach(ROOM);
        for (int i = 1; i <= 5; i++) {
            signal(cy, i);
        }
        world.pass(Duration.ofMillis(100));
        signal(cy, 6);
        assertThat(bob.told).containsExactly("signal 1", "signal 2", "signal 3", "signal 6 after 2");
        assertThat(cy.counters.signalsUnsent()).isEqualTo(2);
    }

    @Test
    void signalsThatALogDoesNotAnswerDoNotPileUp() {
        world.limits = limits(new Rate(1000, 1000), 2);
        SharedWorld.Member cy = world.member();
        bob.attach(ROOM);
        cy.link.holdsAnswers = true;
        for (int i = 1; i <= 5; i++) {
            signal(cy, i);
        }
        assertThat(bob.told).containsExactly("signal 1", "signal 2");
        assertThat(cy.counters.signalsUnsent()).isEqualTo(3);
    }

    private static SharedLimits limits(Rate signals, int signalsMax) {
        SharedLimits normal = SharedLimits.DEFAULT;
        return new SharedLimits(
                normal.earlyMax(),
                normal.patience(),
                normal.fillCountMax(),
                normal.fillBytesMax(),
                normal.tick(),
                normal.proofAgeMax(),
                normal.probeMax(),
                normal.leaseTime(),
                normal.leaseRenewal(),
                normal.buryMax(),
                signals,
                signalsMax);
    }

    // ---- redactions

    private Broker.Erased redact(SharedWorld.Member by, Position position) {
        List<Broker.Erased> answers = new ArrayList<>();
        by.broker.redact(ROOM, position, answers::add);
        world.run();
        return answers.getFirst();
    }

    private void publishTwo() {
        ada.attach(ROOM);
        bob.attach(ROOM);
        ada.publish(ROOM, 1, null);
        ada.publish(ROOM, 2, null);
    }

    private Position position(int number) {
        return ada.publications.get(number - 1).position();
    }

    @Test
    void bothNodesAreToldWhatIsRedacted() {
        publishTwo();
        assertThat(redact(ada, position(1))).isEqualTo(new Broker.Erased.Done());
        assertThat(ada.told).containsExactly("1", "2", "redacted 1");
        assertThat(bob.told).containsExactly("1", "2", "redacted 1");
        assertThat(bob.readAfter(ROOM, Position.ORIGIN)
                        .publications()
                        .getFirst()
                        .isRedacted())
                .isTrue();
        assertThat(redact(bob, new Position(1, 1, 1))).isEqualTo(new Broker.Erased.Refused(Code.NOT_FOUND));
    }

    @Test
    void aRedactionWhosePushIsLostIsToldWithTheNextOneOrTheNextHead() {
        publishTwo();
        bob.link.losesPushes = true;
        redact(ada, position(1));
        assertThat(bob.told).containsExactly("1", "2");
        world.pass(Duration.ofSeconds(5));
        assertThat(bob.told).containsExactly("1", "2", "redacted 1");
        redact(ada, position(1));
        bob.link.losesPushes = false;
        redact(ada, position(2));
        assertThat(bob.told).containsExactly("1", "2", "redacted 1", "redacted 1", "redacted 2");
    }

    @Test
    void whatWasReadBeforeItWasRedactedIsToldWithoutItsData() {
        publishTwo();
        bob.link.holdsPushes = true;
        ada.publish(ROOM, 3, null);
        redact(ada, position(3));
        bob.link.held.forEach(Runnable::run);
        world.run();
        assertThat(bob.publications).hasSize(3);
        assertThat(bob.publications.getLast().isRedacted()).isTrue();
    }

    @Test
    void whoMissedMoreThanIsKnownLetsGoOfWhatItHas() {
        publishTwo();
        bob.link.losesPushes = true;
        for (int i = 0; i <= SharedLog.REDACTIONS_KEPT; i++) {
            redact(ada, position(1));
        }
        world.pass(Duration.ofSeconds(5));
        assertThat(bob.told).containsExactly("1", "2");
        assertThat(bob.replacedBy).containsExactly(bob.head);
        redact(ada, position(2));
        world.pass(Duration.ofSeconds(5));
        assertThat(bob.told).containsExactly("1", "2", "redacted 2");
    }
}
