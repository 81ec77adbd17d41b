package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RosterTest {

    private static final long GRACE = 100;

    private final List<String> changes = new ArrayList<>();
    private long arrivals;
    private final Roster roster = new Roster(3, GRACE, new Roster.Changes() {
        @Override
        public long onJoin(String user) {
            changes.add("join " + user);
            return ++arrivals;
        }

        @Override
        public void onLeave(Roster.Arrived left) {
            changes.add("leave " + left.user() + " " + left.arrival() + " " + left.connections());
        }
    });

    @Test
    void aUserIsListedFromTheFirstLeaseToTheEndOfTheLast() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s2");
        assertThat(changes).containsExactly("join ada");
        assertThat(roster.size()).isEqualTo(1);
        assertThat(roster.connections()).isEqualTo(2);
        roster.leave(first);
        assertThat(roster.connections()).isEqualTo(1);
        assertThat(roster.isEmpty()).isFalse();
        roster.leave(second);
        assertThat(changes).containsExactly("join ada", "leave ada 1 0");
        assertThat(roster.isEmpty()).isTrue();
        assertThat(roster.connections()).isZero();
    }

    @Test
    void asManyUsersAsMayBeAreListedAndMoreSessionsOfThem() {
        enter("ada", "s1");
        enter("bob", "s2");
        enter("cy", "s3");
        assertThat(roster.enter(lease("dora", "s4"))).isFalse();
        assertThat(roster.enter(lease("ada", "s5"))).isTrue();
        assertThat(roster.size()).isEqualTo(3);
    }

    @Test
    void theListIsInTheOrderOfTheirComing() {
        Lease ada = enter("ada", "s1");
        enter("bob", "s2");
        enter("bob", "s3");
        enter("cy", "s4");
        assertThat(arrived(0, 3, 10)).containsExactly("1 ada 1", "2 bob 2", "3 cy 1");
        assertThat(arrived(1, 3, 10)).containsExactly("2 bob 2", "3 cy 1");
        assertThat(arrived(0, 2, 10)).containsExactly("1 ada 1", "2 bob 2");
        assertThat(arrived(0, 3, 2)).containsExactly("1 ada 1", "2 bob 2");
        assertThat(arrived(3, 3, 10)).isEmpty();
        assertThat(arrived(5, 3, 10)).isEmpty();
        roster.leave(ada);
        assertThat(arrived(0, 3, 10)).containsExactly("2 bob 2", "3 cy 1");
    }

    @Test
    void aLeaseThatIsOverComesTooLate() {
        Lease late = lease("ada", "s1");
        roster.leave(late);
        assertThat(late.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(roster.enter(late)).isTrue();
        assertThat(roster.isEmpty()).isTrue();
        Lease lost = lease("ada", "s1");
        roster.lapse(lost, 0);
        assertThat(lost.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(changes).isEmpty();
    }

    // ---- the grace

    @Test
    void whoIsLostIsListedUntilTheGraceIsOver() {
        Lease ada = enter("ada", "s1");
        roster.lapse(ada, 50);
        assertThat(ada.endsAtNanos()).isEqualTo(150);
        assertThat(roster.firstLapsing()).isSameAs(ada);
        assertThat(roster.connections()).isZero();
        roster.expire(149);
        assertThat(changes).containsExactly("join ada");
        roster.expire(150);
        assertThat(changes).containsExactly("join ada", "leave ada 1 0");
        assertThat(roster.firstLapsing()).isNull();
        roster.leave(ada);
        roster.lapse(ada, 200);
        assertThat(changes).hasSize(2);
    }

    @Test
    void theGraceOfEachEndsInItsTurn() {
        Lease ada = enter("ada", "s1");
        Lease bob = enter("bob", "s2");
        roster.lapse(bob, 10);
        roster.lapse(ada, 20);
        assertThat(roster.firstLapsing()).isSameAs(bob);
        roster.expire(115);
        assertThat(changes).endsWith("leave bob 2 0");
        assertThat(roster.firstLapsing()).isSameAs(ada);
    }

    @Test
    void aSessionThatComesBackGoesOn() {
        Lease first = enter("ada", "s1");
        roster.lapse(first, 0);
        Lease second = enter("ada", "s1");
        assertThat(first.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(roster.firstLapsing()).isNull();
        assertThat(changes).containsExactly("join ada");
        roster.leave(second);
        assertThat(changes).containsExactly("join ada", "leave ada 1 0");
    }

    @Test
    void aNewSessionTakesThePlaceOfTheOneThatWasLostLast() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s2");
        roster.lapse(first, 0);
        roster.lapse(second, 1);
        enter("ada", "s3");
        assertThat(first.stage()).isEqualTo(Lease.Stage.LAPSING);
        assertThat(second.stage()).isEqualTo(Lease.Stage.OVER);
    }

    @Test
    void itsOwnPlaceComesBeforeAnothers() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s2");
        roster.lapse(first, 0);
        roster.lapse(second, 1);
        enter("ada", "s1");
        assertThat(first.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(second.stage()).isEqualTo(Lease.Stage.LAPSING);
    }

    @Test
    void aSecondConnectionOfASessionThatIsHereTakesNoPlace() {
        Lease lost = enter("ada", "s1");
        roster.lapse(lost, 0);
        Lease here = lease("ada", "s2");
        roster.enter(here);
        Lease another = enter("ada", "s3");
        roster.lapse(another, 5);
        enter("ada", "s2");
        assertThat(another.stage()).isEqualTo(Lease.Stage.LAPSING);
    }

    @Test
    void ofOneUserOnlySoManyLapseAtATime() {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i <= Roster.LAPSING_MAX; i++) {
            leases.add(enter("ada", "s" + i));
        }
        for (int i = 0; i < Roster.LAPSING_MAX; i++) {
            roster.lapse(leases.get(i), i);
        }
        assertThat(leases.getFirst().stage()).isEqualTo(Lease.Stage.LAPSING);
        roster.lapse(leases.getLast(), 50);
        assertThat(leases.getFirst().stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(roster.firstLapsing()).isSameAs(leases.get(1));
        assertThat(leases.getLast().stage()).isEqualTo(Lease.Stage.LAPSING);
    }

    @Test
    void onlyThoseWhoAreNamedEndBeforeTheirGrace() {
        Lease ada = enter("ada", "s1");
        Lease bob = enter("bob", "s2");
        roster.lapse(ada, 0);
        roster.lapse(bob, 0);
        roster.endLapsing((principal, session) -> "bob".equals(principal.name()) && session.equals("s2"));
        assertThat(changes).containsExactly("join ada", "join bob", "leave bob 2 0");
        assertThat(ada.stage()).isEqualTo(Lease.Stage.LAPSING);
    }

    // ---- several connections of one session

    @Test
    void theGoodbyeOfTheLatestConnectionIsTheSessions() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s1");
        Lease third = enter("ada", "s1");
        assertThat(roster.connections()).isEqualTo(1);
        roster.leave(third);
        assertThat(List.of(first.stage(), second.stage(), third.stage())).containsOnly(Lease.Stage.OVER);
        assertThat(changes).containsExactly("join ada", "leave ada 1 0");
        assertThat(roster.connections()).isZero();
    }

    @Test
    void theGoodbyeOfAnEarlierConnectionIsOnlyItsOwn() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s1");
        Lease third = enter("ada", "s1");
        roster.leave(second);
        assertThat(second.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(first.later).isSameAs(third);
        assertThat(third.earlier).isSameAs(first);
        roster.leave(first);
        assertThat(third.earlier).isNull();
        assertThat(roster.connections()).isEqualTo(1);
        roster.leave(third);
        assertThat(changes).containsExactly("join ada", "leave ada 1 0");
    }

    @Test
    void aConnectionThatIsLostLeavesTheSessionToTheOthers() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s1");
        roster.lapse(second, 0);
        assertThat(second.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(second.earlier).isNull();
        assertThat(first.later).isNull();
        assertThat(roster.firstLapsing()).isNull();
        assertThat(roster.connections()).isEqualTo(1);
        roster.lapse(first, 7);
        assertThat(roster.firstLapsing()).isSameAs(first);
        assertThat(roster.connections()).isZero();
        roster.expire(107);
        assertThat(roster.isEmpty()).isTrue();
    }

    @Test
    void anEarlierConnectionThatIsLostTakesOnlyItself() {
        Lease first = enter("ada", "s1");
        Lease second = enter("ada", "s1");
        roster.lapse(first, 0);
        assertThat(first.stage()).isEqualTo(Lease.Stage.OVER);
        assertThat(roster.firstLapsing()).isNull();
        roster.leave(second);
        assertThat(roster.isEmpty()).isTrue();
    }

    private Lease enter(String user, String session) {
        Lease lease = lease(user, session);
        assertThat(roster.enter(lease)).isTrue();
        return lease;
    }

    private static Lease lease(String user, String session) {
        return new Lease(user, new Principal(user, user), session);
    }

    private List<String> arrived(long after, long upTo, int count) {
        return roster.arrived(after, upTo, count).stream()
                .map(one -> one.arrival() + " " + one.user() + " " + one.connections())
                .toList();
    }
}
