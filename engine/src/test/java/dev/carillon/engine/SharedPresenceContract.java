package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link SharedPresence} does, asked over two links to one log. */
public abstract class SharedPresenceContract {

    private static final ChannelName ROOM = new ChannelName("room");
    private static final ChannelName OTHER = new ChannelName("other");
    private static final Duration LASTS = Duration.ofMinutes(1);
    private static final long FIRST = 1_000_000_000_000_000L;
    private static final long ADA = 0x7edc_ba98_7654_3210L;
    private static final long BOB = -2;

    private final List<SharedPresence.Change> pushed = new ArrayList<>();
    private SharedLog adasLink;
    private SharedPresence ada;
    private SharedPresence bob;
    private int checks = 100;

    /** Another link to the same log, begun with this feed. */
    protected abstract SharedLog link(SharedLog.Feed feed);

    /** Returns once whatever was asked is answered, and what was pushed has come. */
    protected abstract void settle();

    /** Lets time pass. */
    protected abstract void pass(Duration time);

    /** Breaks a link. */
    protected abstract void fail(SharedLog link);

    @BeforeEach
    void connect() {
        adasLink = link(deaf());
        ada = begun(adasLink, (channel, _) -> {
            throw new AssertionError(channel + " is not followed");
        });
        bob = begun(link(deaf()), (channel, change) -> {
            assertThat(channel).isEqualTo(ROOM);
            pushed.add(change);
        });
    }

    private static SharedLog.Feed deaf() {
        return new SharedLog.Feed() {
            @Override
            public void onPushed(ChannelName channel, long epoch, LogRecord record) {
                throw new AssertionError(channel + " is not followed");
            }

            @Override
            public void onLost() {}
        };
    }

    private static SharedPresence begun(SharedLog link, SharedPresence.Feed feed) {
        SharedPresence presence = link.presence();
        if (presence == null) {
            throw new AssertionError("the link carries no presence");
        }
        presence.begin(feed);
        return presence;
    }

    private <T> T ask(Consumer<Consumer<T>> question) {
        List<T> answers = new ArrayList<>();
        question.accept(answers::add);
        settle();
        assertThat(answers).hasSize(1);
        return answers.getFirst();
    }

    private static SharedPresence.Listing listing(long lease, String user, int connections) {
        return new SharedPresence.Listing(lease, user, connections);
    }

    private SharedPresence.Put put(SharedPresence by, SharedPresence.Listing listing) {
        SharedPresence.Seed seed = new SharedPresence.Seed(checks += 100, FIRST);
        return this.<SharedPresence.Put>ask(answer -> by.put(ROOM, listing, seed, answer));
    }

    private SharedPresence.Change changed(SharedPresence by, SharedPresence.Listing listing) {
        SharedPresence.Change change = ((SharedPresence.Put.Done) put(by, listing)).change();
        if (change == null) {
            throw new AssertionError(listing + " changed nothing");
        }
        return change;
    }

    private SharedPresence.Read.Members read(long versionMin, long versionRaised) {
        return (SharedPresence.Read.Members)
                this.<SharedPresence.Read>ask(answer -> bob.read(ROOM, versionMin, versionRaised, 7, answer));
    }

    private List<String> present() {
        return read(0, 0).members().stream()
                .map(member -> member.listing().user() + " "
                        + (member.listing().lease() == ADA ? "ada" : "bob")
                        + " "
                        + member.listing().connections())
                .toList();
    }

    private SharedPresence.Renewed renew(long lease, boolean isNew) {
        return ask(answer -> ada.renew(lease, isNew, LASTS, answer));
    }

    private Set<Long> ended(Set<Long> leases) {
        return ((SharedPresence.Ended.Known) this.<SharedPresence.Ended>ask(answer -> bob.ended(leases, answer)))
                .leases();
    }

    @Test
    void aUserIsPresentFromItsFirstLeaseToItsLast() {
        assertThat(changed(ada, listing(ADA, "u", 1)).after().version()).isEqualTo(FIRST + 1);
        assertThat(changed(bob, listing(BOB, "u", 2)).after().version()).isEqualTo(FIRST + 1);
        assertThat(changed(bob, listing(BOB, "v", 0)).after().version()).isEqualTo(FIRST + 2);
        assertThat(present()).containsExactlyInAnyOrder("u ada 1", "u bob 2", "v bob 0");
        assertThat(changed(ada, listing(ADA, "u", SharedPresence.ABSENT))
                        .after()
                        .version())
                .isEqualTo(FIRST + 2);
        assertThat(changed(bob, listing(BOB, "u", SharedPresence.ABSENT))
                        .after()
                        .version())
                .isEqualTo(FIRST + 3);
        assertThat(present()).containsExactly("v bob 0");
    }

    @Test
    void usersStandInTheOrderInWhichTheyCameWithTheVersionOfThat() {
        for (String user : List.of("zoe", "ann", "max")) {
            changed(ada, listing(ADA, user, 1));
        }
        changed(bob, listing(BOB, "zoe", 1));
        changed(ada, listing(ADA, "zoe", SharedPresence.ABSENT));
        changed(ada, listing(ADA, "ann", SharedPresence.ABSENT));
        changed(ada, listing(ADA, "ann", 1));
        SharedPresence.Read.Members read = read(0, 0);
        assertThat(read.members()).extracting(member -> member.listing().user()).containsExactly("zoe", "max", "ann");
        assertThat(read.members())
                .extracting(SharedPresence.Member::arrival)
                .containsExactly(FIRST + 1, FIRST + 3, FIRST + 5);
        assertThat(read.stand().version()).isEqualTo(FIRST + 5);
    }

    @Test
    void eachChangeFollowsTheOneBeforeAndWhatIsSoAlreadyIsNone() {
        SharedPresence.Change first = changed(ada, listing(ADA, "u", 1));
        assertThat(first.after().serial()).isEqualTo(1);
        assertThat(first.previousCheck()).isZero();
        assertThat(put(ada, listing(ADA, "u", 1))).isEqualTo(new SharedPresence.Put.Done(null));
        assertThat(put(bob, listing(BOB, "u", SharedPresence.ABSENT))).isEqualTo(new SharedPresence.Put.Done(null));
        SharedPresence.Change second = changed(bob, listing(ADA, "u", 3));
        assertThat(second.after().serial()).isEqualTo(2);
        assertThat(second.previousCheck()).isEqualTo(first.after().check());
        assertThat(read(0, 0).stand()).isEqualTo(second.after());
        SharedPresence.Stands stands = ask(answer -> ada.stands(List.of(OTHER, ROOM), answer));
        assertThat(stands)
                .isEqualTo(new SharedPresence.Stands.Known(List.of(SharedPresence.Stand.ORIGIN, second.after())));
    }

    @Test
    void whoIsTakenAwayFromAChannelOfWhichNothingIsKnownLeavesItSo() {
        assertThat(put(ada, listing(ADA, "u", SharedPresence.ABSENT))).isEqualTo(new SharedPresence.Put.Done(null));
        assertThat(read(0, 0).stand()).isEqualTo(SharedPresence.Stand.ORIGIN);
    }

    @Test
    void aVersionThatIsTooLowIsRaisedAndThatIsAChange() {
        assertThat(read(0, 0).stand()).isEqualTo(SharedPresence.Stand.ORIGIN);
        SharedPresence.Change first = changed(ada, listing(ADA, "u", 1));
        bob.follow(ROOM);
        settle();
        assertThat(read(FIRST + 1, FIRST + 9).stand()).isEqualTo(first.after());
        SharedPresence.Stand raised = read(FIRST + 2, FIRST + 9).stand();
        assertThat(raised).isEqualTo(new SharedPresence.Stand(2, 7, FIRST + 9));
        assertThat(pushed)
                .containsExactly(new SharedPresence.Change(raised, first.after().check(), null));
        assertThat(read(0, 0).members()).containsExactly(new SharedPresence.Member(FIRST + 1, listing(ADA, "u", 1)));
    }

    @Test
    void whatChangesIsPushedToWhoeverFollowsAndOnlyWhileItDoes() {
        changed(ada, listing(ADA, "u", 1));
        bob.follow(ROOM);
        settle();
        SharedPresence.Change second = changed(ada, listing(ADA, "v", 1));
        SharedPresence.Change third = changed(bob, listing(BOB, "v", 1));
        bob.unfollow(ROOM);
        settle();
        changed(ada, listing(ADA, "w", 1));
        assertThat(pushed).containsExactly(second, third);
    }

    @Test
    void aLeaseLastsAsLongAsItIsRenewedAndNeverComesBack() {
        assertThat(ended(Set.of(ADA))).containsExactly(ADA);
        assertThat(renew(ADA, false)).isEqualTo(SharedPresence.Renewed.OVER);
        assertThat(renew(ADA, true)).isEqualTo(SharedPresence.Renewed.HELD);
        assertThat(renew(ADA, true)).isEqualTo(SharedPresence.Renewed.OVER);
        assertThat(renew(ADA, false)).isEqualTo(SharedPresence.Renewed.HELD);
        assertThat(ended(Set.of(ADA, BOB))).containsExactly(BOB);
        pass(LASTS.multipliedBy(2));
        assertThat(ended(Set.of(ADA, BOB))).containsExactlyInAnyOrder(ADA, BOB);
        assertThat(renew(ADA, false)).isEqualTo(SharedPresence.Renewed.OVER);
    }

    @Test
    void whatALeaseListsIsTakenAwayPartByPart() {
        for (String user : List.of("u", "v", "w")) {
            changed(ada, listing(ADA, user, 1));
        }
        changed(bob, listing(BOB, "v", 1));
        bob.follow(ROOM);
        settle();
        SharedPresence.Seed seed = new SharedPresence.Seed(5000, FIRST);
        assertThat(this.<SharedPresence.Buried>ask(answer -> bob.bury(ROOM, ADA, 2, seed, answer)))
                .isEqualTo(new SharedPresence.Buried.Done(true));
        assertThat(this.<SharedPresence.Buried>ask(answer -> bob.bury(ROOM, ADA, 2, seed, answer)))
                .isEqualTo(new SharedPresence.Buried.Done(false));
        assertThat(this.<SharedPresence.Buried>ask(answer -> bob.bury(ROOM, ADA, 2, seed, answer)))
                .isEqualTo(new SharedPresence.Buried.Done(false));
        assertThat(present()).containsExactly("v bob 1");
        assertThat(pushed).hasSize(3);
        assertThat(pushed.getLast().after().version()).isEqualTo(FIRST + 5);
        assertThat(this.<SharedPresence.Buried>ask(answer -> bob.bury(OTHER, ADA, 2, seed, answer)))
                .isEqualTo(new SharedPresence.Buried.Done(false));
    }

    @Test
    void afterAFailureNothingIsDoneUntilItIsResumed() {
        fail(adasLink);
        settle();
        assertThat(put(ada, listing(ADA, "u", 1))).isEqualTo(new SharedPresence.Put.Failed());
        assertThat(renew(ADA, true)).isEqualTo(SharedPresence.Renewed.FAILED);
        adasLink.resume();
        changed(ada, listing(ADA, "v", 1));
        assertThat(present()).containsExactly("v ada 1");
    }
}
