package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Decisions.Verdict;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class GrantDecisionsTest {

    private static final Decisions DEVELOPMENT = decisions("");
    private static final Decisions KEYS = decisions("""
            grants: [{channels: "news:*", may: [subscribe]}]
            keys:
              - name: reader
                secret: reader-0123456789
                grants: [{channels: "**", may: [subscribe]}]
              - name: backend
                secret: backend-0123456789
                grants:
                  - {channels: "orders:**", may: [publish]}
                  - {channels: "**", may: [subscribe]}
            """);

    private static Decisions decisions(String yaml) {
        ConfigurationFile.Outcome outcome = ConfigurationFile.parse(yaml, UnaryOperator.identity());
        assertThat(outcome.problems()).isEmpty();
        try {
            Configuration configuration =
                    outcome.configuration().toBuilder().data(null).build();
            return Door.open(configuration, new SystemClock(), _ -> {}).decisions();
        } catch (StartException e) {
            throw new AssertionError(e);
        }
    }

    private static @Nullable Admission admission(Decisions decisions, @Nullable String token) {
        AtomicReference<@Nullable Admission> answer = new AtomicReference<>();
        decisions.onConnect(token, answer::set);
        return answer.get();
    }

    private static Principal principal(Decisions decisions, @Nullable String token) {
        return admission(decisions, token) instanceof Admission.Admitted(Principal proven)
                ? proven
                : new Principal("nobody", "refused");
    }

    private static boolean maySubscribe(Decisions decisions, @Nullable String token, String channel) {
        AtomicReference<@Nullable Verdict> answer = new AtomicReference<>();
        decisions.onSubscribe(principal(decisions, token), new ChannelName(channel), answer::set);
        return answer.get() instanceof Verdict.Accept;
    }

    private static boolean mayPublish(Decisions decisions, @Nullable String token, String channel) {
        AtomicReference<@Nullable Verdict> answer = new AtomicReference<>();
        decisions.onPublish(
                principal(decisions, token),
                new ChannelName(channel),
                dev.carillon.protocol.Data.bytes(new byte[] {1}),
                answer::set);
        return answer.get() instanceof Verdict.Accept;
    }

    @Test
    void developmentModeLetsEverybodyDoEverything() {
        assertThat(maySubscribe(DEVELOPMENT, null, "a")).isTrue();
        assertThat(mayPublish(DEVELOPMENT, null, "a")).isTrue();
    }

    @Test
    void developmentModeTakesNoTokenThatItDidNotIssue() {
        assertThat(admission(DEVELOPMENT, "any token"))
                .isEqualTo(new Admission.Rejected(Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text()));
    }

    @Test
    void whoPresentsNothingWhereNothingIsGrantedToAllIsAStranger() {
        Decisions decisions = decisions("keys: [{name: a, secret: a-012345678901234}]\n");
        assertThat(admission(decisions, null)).isEqualTo(new Admission.Admitted(Principal.STRANGER));
    }

    @Test
    void developmentModeObeysGrantsThatItIsGiven() {
        Decisions granted = decisions("grants: [{channels: \"a:*\", may: [publish]}]\n");
        assertThat(mayPublish(granted, null, "a:1")).isTrue();
        assertThat(mayPublish(granted, null, "b:1")).isFalse();
        assertThat(maySubscribe(granted, null, "a:1")).isFalse();
    }

    @Test
    void withoutAKeyOnlyTheGrantsForAllCount() {
        assertThat(maySubscribe(KEYS, null, "news:today")).isTrue();
        assertThat(maySubscribe(KEYS, null, "orders:1")).isFalse();
        assertThat(mayPublish(KEYS, null, "news:today")).isFalse();
    }

    @Test
    void aKeyHasItsOwnGrants() {
        assertThat(principal(KEYS, "backend-0123456789").name()).isEqualTo("backend");
        assertThat(mayPublish(KEYS, "backend-0123456789", "orders:1:paid")).isTrue();
        assertThat(mayPublish(KEYS, "backend-0123456789", "news:today")).isFalse();
        assertThat(maySubscribe(KEYS, "backend-0123456789", "anything")).isTrue();
        assertThat(mayPublish(KEYS, "reader-0123456789", "orders:1")).isFalse();
    }

    @Test
    void signalsAndPresenceAreGrantedByTheirOwnWords() {
        Decisions decisions = decisions("""
                grants: [{channels: "a", may: [subscribe, presence]}]
                keys:
                  - name: both
                    secret: both-0123456789ab
                    grants: [{channels: "a", may: [signal, presence]}]
                """);
        AtomicReference<@Nullable Verdict> answer = new AtomicReference<>();
        ChannelName channel = new ChannelName("a");
        dev.carillon.protocol.Data data = dev.carillon.protocol.Data.json("1");
        Principal both = principal(decisions, "both-0123456789ab");
        decisions.onSignal(both, channel, data, answer::set);
        assertThat(answer.get()).isInstanceOf(Verdict.Accept.class);
        decisions.onPresence(both, channel, answer::set);
        assertThat(answer.get()).isInstanceOf(Verdict.Accept.class);
        decisions.onSubscribe(both, channel, answer::set);
        assertThat(answer.get()).isInstanceOf(Verdict.Refuse.class);
        Principal anonymous = principal(decisions, null);
        decisions.onPresence(anonymous, channel, answer::set);
        assertThat(answer.get()).isInstanceOf(Verdict.Accept.class);
        decisions.onSignal(anonymous, channel, data, answer::set);
        assertThat(answer.get()).isInstanceOf(Verdict.Refuse.class);
    }

    @Test
    void anUnknownTokenIsRefusedAndNotTakenForAnonymous() {
        for (String token : new String[] {"", "backend-012345678", "backend-0123456789 ", "BACKEND-0123456789"}) {
            assertThat(admission(KEYS, token))
                    .isInstanceOfSatisfying(
                            Admission.Rejected.class,
                            rejected -> assertThat(rejected.code()).isEqualTo(Code.UNAUTHENTICATED));
        }
    }

    @Test
    void aPrincipalDoesNotHoldItsSecret() {
        assertThat(principal(KEYS, "backend-0123456789").toString()).doesNotContain("0123456789");
    }
}
