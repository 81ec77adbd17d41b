package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One node's copy of a channel's presence, whose every change and answer comes when the test says. */
class SharedRosterTest {

    private static final ChannelName ROOM = new ChannelName("room");
    private static final long VERSION = 100;
    private static final long RAISE = 1_000_000;
    private static final long OWN = 1;
    private static final long OTHER = 2;
    private static final long THIRD = 3;
    private static final int ABSENT = SharedPresence.ABSENT;

    private final Lender owner = new Lender();
    private final Hearer hearer = new Hearer();
    private final SharedRoster roster = new SharedRoster(ROOM, VERSION, hearer, owner);
    private PresenceMemory kept = nothing();
    private int checks = 1000;

    // ---- what follows

    @Test
    void aUserIsThereFromItsFirstLeaseToItsLast() {
        begin();
        take(put(OTHER, "ada", 1));
        assertThat(told()).containsExactly("+ada 101");
        take(put(OTHER, "ada", 2), put(THIRD, "ada", 1), put(THIRD, "bob", 4));
        assertThat(told()).containsExactly("~", "~", "+bob 102");
        assertThat(roster.size()).isEqualTo(2);
        assertThat(roster.connections()).isEqualTo(7);
        assertThat(roster.otherLeases()).containsExactlyInAnyOrder(OTHER, THIRD);
        take(put(OTHER, "ada", ABSENT));
        assertThat(told()).containsExactly("~");
        assertThat(roster.connections()).isEqualTo(5);
        assertThat(roster.otherLeases()).containsExactly(THIRD);
        take(put(THIRD, "ada", ABSENT));
        assertThat(told()).containsExactly("-ada 103");
        assertThat(roster.lists("ada")).isFalse();
        assertThat(roster.lists("bob")).isTrue();
        assertThat(roster.otherLeases()).containsExactly(THIRD);
        take(put(THIRD, "bob", ABSENT));
        assertThat(roster.size()).isZero();
        assertThat(roster.connections()).isZero();
        assertThat(roster.otherLeases()).isEmpty();
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void whoLeavesIsToldWithTheVersionOfItsArrival() {
        begin();
        take(put(OTHER, "ada", 1), put(OTHER, "bob", 1), put(OTHER, "ada", ABSENT));
        assertThat(hearer.left).containsExactly(new Roster.Arrived(101, "ada", 0));
    }

    @Test
    void usersAreListedInTheOrderOfTheirArrivalBetweenTwoVersions() {
        begin();
        take(put(OTHER, "ada", 1), put(OTHER, "bob", 2), put(OTHER, "eve", 1));
        assertThat(arrived(100, 103, 10)).containsExactly("ada", "bob", "eve");
        assertThat(arrived(101, 103, 10)).containsExactly("bob", "eve");
        assertThat(arrived(100, 102, 10)).containsExactly("ada", "bob");
        assertThat(arrived(100, 103, 2)).containsExactly("ada", "bob");
        assertThat(arrived(103, 103, 10)).isEmpty();
        assertThat(arrived(104, 103, 10)).isEmpty();
        assertThat(roster.arrived(101, 102, 1)).containsExactly(new Roster.Arrived(102, "bob", 2));
    }

    // ---- what comes otherwise

    @Test
    void whatComesBeforeItWasReadIsTakenBehindThat() {
        roster.read();
        SharedPresence.Read.Members before = read();
        take(put(OTHER, "ada", 1));
        assertThat(told()).isEmpty();
        assertThat(owner.waiting).isEmpty();
        answer(before);
        assertThat(told()).containsExactly("~", "+ada 101");
    }

    @Test
    void whatComesEarlyWaitsForTheHoleToFillByItself() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        take(put(OTHER, "eve", 1), second);
        assertThat(told()).isEmpty();
        assertThat(owner.waiting).hasSize(1);
        take(first);
        assertThat(told()).containsExactly("+ada 101", "+bob 102", "+eve 103");
        owner.waiting.removeFirst().run();
        assertThat(owner.questions).isEmpty();
        put(OTHER, "ada", 2);
        take(put(OTHER, "bob", 2));
        assertThat(owner.waiting).hasSize(1);
    }

    @Test
    void aHoleThatStaysHasAllReadAnew() {
        begin();
        put(OTHER, "ada", 1);
        take(put(OTHER, "bob", 1));
        owner.waiting.removeFirst().run();
        answer();
        assertThat(told()).containsExactly("= 102");
        assertThat(roster.size()).isEqualTo(2);
        assertThat(roster.connections()).isEqualTo(2);
        assertThat(roster.otherLeases()).containsExactly(OTHER);
        take(put(OTHER, "eve", 1));
        assertThat(told()).containsExactly("+eve 103");
        assertThat(owner.waiting).isEmpty();
    }

    @Test
    void noMoreThanSoManyAreHeld() {
        begin();
        SharedPresence.Change first = put(OTHER, "a", 1);
        take(put(OTHER, "b", 1), put(OTHER, "c", 1), put(OTHER, "d", 1));
        take(first);
        assertThat(told()).containsExactly("+a 101", "+b 102", "+c 103");
    }

    @Test
    void whatIsHeldButDoesNotFollowHasAllReadAnew() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        take(new SharedPresence.Change(second.after(), second.previousCheck() + 1, second.listing()), first);
        assertThat(told()).containsExactly("+ada 101");
        assertThat(owner.questions).hasSize(1);
    }

    @Test
    void whatIsHeldAndMakesAnotherListHasAllReadAnew() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        take(new SharedPresence.Change(second.after(), second.previousCheck(), null), first);
        assertThat(told()).containsExactly("+ada 101");
        assertThat(owner.questions).hasSize(1);
    }

    @Test
    void aChangeThatDoesNotFollowHasAllReadAnew() {
        SharedPresence.Listing ada = new SharedPresence.Listing(OTHER, "ada", 1);
        SharedPresence.Listing gone = new SharedPresence.Listing(OTHER, "ada", ABSENT);
        for (SharedPresence.Change change : List.of(
                new SharedPresence.Change(new SharedPresence.Stand(1, 5, 101), 9, ada),
                new SharedPresence.Change(new SharedPresence.Stand(1, 5, 100), 0, ada),
                new SharedPresence.Change(new SharedPresence.Stand(1, 5, 102), 0, ada),
                new SharedPresence.Change(new SharedPresence.Stand(1, 5, 101), 0, gone),
                new SharedPresence.Change(new SharedPresence.Stand(1, 5, 101), 0, null))) {
            SharedRosterTest anew = new SharedRosterTest();
            anew.begin();
            anew.take(change);
            assertThat(anew.owner.questions).as("%s", change).hasSize(1);
            assertThat(anew.told()).as("%s", change).isEmpty();
        }
    }

    @Test
    void whatWasTakenIsPassedOverAndWhatContradictsItHasAllReadAnew() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        take(first, second, first, second);
        assertThat(told()).containsExactly("+ada 101", "+bob 102");
        assertThat(owner.questions).isEmpty();
        take(contradiction(2));
        assertThat(owner.questions).hasSize(1);
        answer();
        take(first, contradiction(1));
        assertThat(owner.questions).hasSize(1);
        assertThat(told()).isEmpty();
    }

    @Test
    void theChecksOfTheNewestSixtyFourAreKnown() {
        begin();
        for (int i = 1; i <= 70; i++) {
            take(put(OTHER, "ada", i));
        }
        take(contradiction(6));
        assertThat(owner.questions).isEmpty();
        take(contradiction(7));
        assertThat(owner.questions).hasSize(1);
    }

    @Test
    void ofWhatCameBeforeItWasReadNoCheckIsKnown() {
        put(OTHER, "ada", 1);
        put(OTHER, "bob", 1);
        begin();
        take(contradiction(1));
        assertThat(owner.questions).isEmpty();
        take(contradiction(2));
        assertThat(owner.questions).hasSize(1);
    }

    /** A change that is not the one that was made with this serial. */
    private SharedPresence.Change contradiction(long serial) {
        return new SharedPresence.Change(new SharedPresence.Stand(serial, 7, 101), 0, null);
    }

    // ---- what this node lists

    @Test
    void whatThisNodeListsIsSaidWhereItIsAnother() {
        begin();
        roster.want("ada", 1);
        roster.want("ada", 1);
        roster.want("ada", 2);
        roster.want("bob", ABSENT);
        roster.want("ada", ABSENT);
        roster.want("ada", ABSENT);
        assertThat(owner.puts).containsExactly("ada 1", "ada 2", "ada " + ABSENT);
    }

    @Test
    void whatIsKeptOtherwiseOfThisNodesLeaseIsMended() {
        put(OWN, "stray", 1);
        put(OWN, "right", 2);
        put(OWN, "wrong", 3);
        put(OTHER, "missing", 4);
        put(OTHER, "foreign", 5);
        roster.want("right", 2);
        roster.want("wrong", 1);
        roster.want("missing", 4);
        owner.puts.clear();
        roster.read();
        answer();
        assertThat(owner.puts).containsExactlyInAnyOrder("stray " + ABSENT, "wrong 1", "missing 4");
    }

    @Test
    void anEchoOfWhatIsNoLongerSoIsMended() {
        begin();
        roster.want("ada", 2);
        owner.puts.clear();
        take(put(OWN, "ada", 1));
        assertThat(owner.puts).containsExactly("ada 2");
        take(put(OWN, "ada", 2), put(OTHER, "ada", 1), put(OWN, "bob", 1));
        assertThat(owner.puts).containsExactly("ada 2", "bob " + ABSENT);
    }

    @Test
    void nothingIsLeftOnceNothingIsListedAndNothingCanTakeEffectAnyMore() {
        assertThat(roster.isQuit()).isFalse();
        begin();
        assertThat(roster.isQuit()).isTrue();
        owner.isSettled = false;
        assertThat(roster.isQuit()).isFalse();
        owner.isSettled = true;
        roster.want("ada", 1);
        assertThat(roster.isQuit()).isFalse();
        take(put(OWN, "ada", 1));
        roster.want("ada", ABSENT);
        assertThat(roster.isQuit()).isFalse();
        assertThat(roster.otherLeases()).isEmpty();
        take(put(OWN, "ada", ABSENT));
        assertThat(roster.isQuit()).isTrue();
    }

    // ---- what is read

    @Test
    void whoAsksWaitsUntilItWasReadOrCannotBe() {
        List<String> ran = new ArrayList<>();
        roster.whenReady(() -> ran.add("waited"));
        assertThat(ran).isEmpty();
        roster.read();
        answer();
        assertThat(ran).containsExactly("waited");
        roster.whenReady(() -> ran.add("at once"));
        assertThat(ran).containsExactly("waited", "at once");

        SharedRosterTest away = new SharedRosterTest();
        away.roster.whenReady(() -> ran.add("lost"));
        away.roster.onLost();
        away.owner.isAway = true;
        away.roster.whenReady(() -> ran.add("away"));
        assertThat(ran).containsExactly("waited", "at once", "lost", "away");
    }

    @Test
    void itIsReadOnceAtATimeAndOnceMoreWhereThatWasWanted() {
        roster.read();
        roster.read();
        roster.read();
        assertThat(owner.questions).hasSize(1);
        answer();
        assertThat(owner.questions).hasSize(1);
        answer();
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void whatIsOverOrAwayIsNotRead() {
        owner.isAway = true;
        roster.read();
        assertThat(owner.questions).isEmpty();
        owner.isAway = false;
        roster.read();
        put(OTHER, "ada", 1);
        roster.close();
        assertThat(roster.isClosed()).isTrue();
        answer();
        roster.read();
        assertThat(owner.questions).isEmpty();
        assertThat(told()).isEmpty();
    }

    @Test
    void whatWasReadBeforeWhatWasTakenMeanwhileTellsNothingAnew() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1));
        roster.read();
        SharedPresence.Read.Members before = read();
        take(put(OTHER, "bob", 1));
        told();
        answer(before);
        assertThat(told()).isEmpty();
        assertThat(roster.size()).isEqualTo(2);
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void whatFollowsWhatWasReadIsTakenAndWhatIsInItIsNot() {
        begin();
        put(OTHER, "a", 1);
        roster.read();
        SharedPresence.Change second = put(OTHER, "b", 1);
        SharedPresence.Read.Members read = read();
        SharedPresence.Change third = put(OTHER, "c", 1);
        take(second, third);
        answer(read);
        assertThat(told()).containsExactly("= 102", "+c 103");
        owner.waiting.removeFirst().run();
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void whatIsHeldBehindAHoleWhileItIsReadIsWaitedForAfterwards() {
        roster.read();
        put(OTHER, "ada", 1);
        SharedPresence.Read.Members read = read();
        put(OTHER, "bob", 1);
        take(put(OTHER, "eve", 1));
        assertThat(owner.waiting).isEmpty();
        answer(read);
        assertThat(told()).containsExactly("= 101");
        owner.waiting.removeFirst().run();
        assertThat(owner.questions).hasSize(1);
    }

    @Test
    void theSameListWithTheSameVersionReplacesNothing() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1));
        told();
        put(OTHER, "ada", 3);
        roster.read();
        answer();
        assertThat(told()).containsExactly("~");
        assertThat(roster.connections()).isEqualTo(3);
        assertThat(owner.counters.presenceReplaced()).isZero();
        assertThat(owner.questions).isEmpty();
    }

    // ---- a version that is behind

    @Test
    void aVersionThatReadersHaveSeenIsRaisedWhereItsEndWasLost() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1));
        told();
        kept = nothing();
        roster.read();
        assertThat(owner.questions.getFirst().versionMin()).isZero();
        answer();
        assertThat(told()).isEmpty();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(102L);
        assertThat(owner.questions).extracting(Question::versionRaised).containsExactly(101 + RAISE);
        answer();
        assertThat(told()).containsExactly("= " + (101 + RAISE));
        assertThat(roster.version()).isEqualTo(101 + RAISE);
        assertThat(roster.size()).isZero();
        assertThat(owner.counters.presenceReplaced()).isEqualTo(1);
        assertThat(owner.questions).isEmpty();
        roster.read();
        assertThat(owner.questions.getFirst().versionMin()).isZero();
    }

    @Test
    void aVersionThatNobodyHasSeenNeedNotBeRaised() {
        begin();
        take(put(OTHER, "ada", 1));
        told();
        kept = nothing();
        roster.read();
        answer();
        assertThat(told()).containsExactly("= 101");
        assertThat(owner.counters.presenceReplaced()).isZero();
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void theSameVersionOfAnotherListIsRaised() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1));
        told();
        kept = nothing();
        put(OTHER, "bob", 1);
        roster.read();
        answer();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(102L);
        answer();
        assertThat(told()).containsExactly("= " + (101 + RAISE));
        assertThat(roster.lists("bob")).isTrue();
        assertThat(roster.lists("ada")).isFalse();
    }

    @Test
    void theSameVersionOfTheSameUserWhoCameAtAnotherTimeIsRaised() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1), put(OTHER, "bob", 1));
        kept = nothing();
        put(OTHER, "bob", 1);
        put(OTHER, "ada", 1);
        roster.read();
        answer();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(103L);
    }

    @Test
    void nobodyWhereNobodyWasBeforeNeedsNoOtherVersion() {
        begin();
        roster.whenReady(() -> {});
        take(put(OTHER, "ada", 1), put(OTHER, "ada", ABSENT));
        told();
        kept = nothing();
        roster.read();
        answer();
        assertThat(told()).containsExactly("~");
        assertThat(roster.version()).isEqualTo(102);
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void aBeginningWhereSomethingWasKnownIsFarAboveAllThatWasTold() {
        begin();
        assertThat(roster.versionOfBeginning(7)).isEqualTo(VERSION);
        take(put(OTHER, "ada", 1));
        assertThat(roster.versionOfBeginning(7)).isEqualTo(101 + RAISE / 2 + 7);
    }

    @Test
    void whoWaitedForItHasSeenItsVersion() {
        put(OTHER, "ada", 1);
        roster.whenReady(() -> {});
        roster.read();
        answer();
        kept = nothing();
        roster.read();
        answer();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(102L);
    }

    // ---- what is proven

    @Test
    void aStandThatIsItsOwnOrWasProvesThatNothingIsMissing() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        SharedPresence.Change third = put(OTHER, "eve", 1);
        take(first, second, third);
        assertThat(roster.stand()).isEqualTo(third.after());
        roster.onStand(third.after(), third.after(), 50);
        assertThat(roster.isDue(59, 10)).isFalse();
        assertThat(roster.isDue(60, 10)).isTrue();
        roster.onStand(third.after(), third.after(), 20);
        assertThat(roster.isDue(59, 10)).isFalse();
        roster.onStand(first.after(), second.after(), 70);
        assertThat(roster.isDue(79, 10)).isFalse();
        roster.onStand(second.after(), second.after(), 80);
        assertThat(roster.isDue(89, 10)).isFalse();
        assertThat(owner.questions).isEmpty();
        assertThat(owner.counters.silences()).isZero();
    }

    @Test
    void aStandThatProvesNothingHasAllReadAnew() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        SharedPresence.Change second = put(OTHER, "bob", 1);
        SharedPresence.Change third = put(OTHER, "eve", 1);
        take(first, second, third);
        List<SharedPresence.Stand> others = List.of(
                second.after(), // it was further when it was asked for: the end is lost
                new SharedPresence.Stand(3, 7, 103),
                new SharedPresence.Stand(4, 7, 104));
        for (SharedPresence.Stand at : others) {
            roster.onStand(third.after(), at, 50);
            assertThat(owner.questions).as("%s", at).hasSize(1);
            assertThat(roster.isDue(1000, 10)).as("while it is read").isFalse();
            answer();
        }
        roster.onStand(first.after(), new SharedPresence.Stand(2, 7, 102), 50);
        assertThat(owner.questions).hasSize(1);
        assertThat(owner.counters.silences()).isEqualTo(4);
    }

    @Test
    void beforeItWasReadNothingIsProvenAndNothingDue() {
        assertThat(roster.isDue(1000, 10)).isFalse();
        roster.onStand(SharedPresence.Stand.ORIGIN, SharedPresence.Stand.ORIGIN, 0);
        assertThat(owner.questions).hasSize(1);
    }

    @Test
    void whatWasReadIsProofOfTheTimeWhenItWasAskedFor() {
        owner.nanos = 100;
        roster.read();
        owner.nanos = 150;
        answer();
        assertThat(roster.isDue(109, 10)).isFalse();
        assertThat(roster.isDue(110, 10)).isTrue();
        owner.nanos = 200;
        roster.read();
        roster.read();
        answer();
        owner.questions.clear();
        roster.onLost();
        assertThat(roster.isDue(110, 10))
                .as("asked again before that was of use")
                .isTrue();
    }

    // ---- a link that fails

    @Test
    void afterAFailureNothingIsHeldAndItIsReadAgain() {
        begin();
        SharedPresence.Change first = put(OTHER, "ada", 1);
        take(put(OTHER, "bob", 1));
        roster.onLost();
        take(first);
        assertThat(told()).containsExactly("+ada 101");
        roster.read();
        roster.read();
        roster.onLost();
        owner.questions.clear();
        roster.read();
        assertThat(owner.questions).hasSize(1);
        answer();
        assertThat(owner.questions).isEmpty();
    }

    @Test
    void versionsGoOnFarAboveAllThatWasToldOnceTheLinkIsBack() {
        begin();
        take(put(OTHER, "ada", 1));
        roster.onLost();
        roster.onBack();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(101 + RAISE / 2);
        answer();
        assertThat(roster.version()).isEqualTo(101 + RAISE);
    }

    @Test
    void aChannelOfWhichNothingIsKnownStaysSoWhenTheLinkIsBackUnlessThisNodeListsSomebody() {
        begin();
        roster.onBack();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(0L);
        answer();
        roster.want("ada", 1);
        roster.onBack();
        assertThat(owner.questions).extracting(Question::versionMin).containsExactly(VERSION + RAISE / 2);
    }

    // ---- the test's own

    private static PresenceMemory nothing() {
        return new PresenceMemory(() -> 0, (_, _) -> {});
    }

    /** A change that is kept, and not told yet. */
    private SharedPresence.Change put(long lease, String user, int connections) {
        SharedPresence.Change change = kept.put(
                ROOM, new SharedPresence.Listing(lease, user, connections), new SharedPresence.Seed(++checks, VERSION));
        if (change == null) {
            throw new AssertionError(user + " is listed so already");
        }
        return change;
    }

    private void take(SharedPresence.Change... changes) {
        for (SharedPresence.Change change : changes) {
            roster.onChanged(change);
        }
    }

    /** What is kept now, as the first question asks for it. */
    private SharedPresence.Read.Members read() {
        Question asked = owner.questions.getFirst();
        return kept.read(ROOM, asked.versionMin(), asked.versionRaised(), ++checks);
    }

    private void answer() {
        answer(read());
    }

    private void answer(SharedPresence.Read.Members members) {
        owner.questions.removeFirst().then().accept(members);
    }

    /** It has been read once. */
    private void begin() {
        roster.read();
        answer();
        told();
    }

    /** What was told since the last time. */
    private List<String> told() {
        List<String> told = List.copyOf(hearer.told);
        hearer.told.clear();
        return told;
    }

    private List<String> arrived(long after, long upTo, int count) {
        return roster.arrived(after, upTo, count).stream()
                .map(Roster.Arrived::user)
                .toList();
    }

    private final class Hearer implements SharedRoster.Hearer {
        private final List<String> told = new ArrayList<>();
        private final List<Roster.Arrived> left = new ArrayList<>();

        @Override
        public void onCame(String user) {
            told.add("+" + user + " " + roster.version());
        }

        @Override
        public void onGone(Roster.Arrived gone) {
            left.add(gone);
            told.add("-" + gone.user() + " " + roster.version());
        }

        @Override
        public void onChanged() {
            told.add("~");
        }

        @Override
        public void onReplaced(long version) {
            told.add("= " + version);
        }
    }

    private record Question(long versionMin, long versionRaised, Consumer<SharedPresence.Read.Members> then) {}

    private static final class Lender implements SharedRoster.Owner {
        private final ArrayDeque<Question> questions = new ArrayDeque<>();
        private final List<String> puts = new ArrayList<>();
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        private final EngineCounters counters = new EngineCounters();
        private boolean isAway;
        private boolean isSettled = true;
        private long nanos;

        @Override
        public void read(
                SharedRoster roster, long versionMin, long versionRaised, Consumer<SharedPresence.Read.Members> then) {
            questions.add(new Question(versionMin, versionRaised, then));
        }

        @Override
        public void put(SharedRoster roster, String user, int connections) {
            puts.add(user + " " + connections);
        }

        @Override
        public void afterPatience(Runnable task) {
            waiting.add(task);
        }

        @Override
        public long lease() {
            return OWN;
        }

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public boolean isAway() {
            return isAway;
        }

        @Override
        public boolean isSettled() {
            return isSettled;
        }

        @Override
        public int earlyMax() {
            return 2;
        }

        @Override
        public EngineCounters counters() {
            return counters;
        }
    }
}
