package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Grant;
import dev.carillon.protocol.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where and how often what is presented is checked. */
final class CredentialsTest {

    private static final TokenKey EC = TokenKey.ofPublicKey("ec", TokenKey.Algorithm.ES256, Jwt.pem(Jwt.EC));
    private static final TokenKey SHARED =
            TokenKey.hs256("k1", Jwt.SECRET.getBytes(java.nio.charset.StandardCharsets.UTF_8));

    private static Credentials credentials(int cached, int waiting) {
        TokenLimits limits = new TokenLimits(4096, cached, waiting, 10, Duration.ofHours(1), Duration.ofSeconds(5));
        Tokens tokens = new Tokens(null, null, List.of(EC, SHARED), List.of(), limits);
        ApiKey key = new ApiKey("backend", Secret.of("backend.0123456789.key"), Grant.EVERYTHING);
        return new Credentials(
                List.of(key), new TokenVerifier(tokens, List.of(), List.of()), limits, new SystemClock());
    }

    private static String slow(String user) {
        return Jwt.token("{\"alg\":\"ES256\",\"kid\":\"ec\"}", Jwt.claims(user, 600, ""), Jwt.ec(Jwt.EC));
    }

    private record Answered(Admission admission, Thread on) {}

    private static CompletableFuture<Answered> check(Credentials credentials, String presented) {
        CompletableFuture<Answered> answer = new CompletableFuture<>();
        credentials.check(presented, admission -> answer.complete(new Answered(admission, Thread.currentThread())));
        return answer;
    }

    private static Answered answer(Credentials credentials, String presented) throws Exception {
        return check(credentials, presented).get(20, TimeUnit.SECONDS);
    }

    @Test
    void whatIsQuickIsAnsweredAtOnceAndWhatIsSlowElsewhereUnlessItIsRemembered() throws Exception {
        try (Credentials credentials = credentials(10, 10)) {
            Thread here = Thread.currentThread();
            for (String quick :
                    List.of(Jwt.hs256(Jwt.claims("alice", 600, "")), "backend.0123456789.key", "nonsense", "a.b.c")) {
                assertThat(answer(credentials, quick).on()).isSameAs(here);
            }
            String token = slow("alice");
            assertThat(answer(credentials, token).on().isVirtual()).isTrue();
            Answered again = answer(credentials, token);
            assertThat(again.on()).isSameAs(here);
            assertThat(again.admission()).isInstanceOf(Admission.Admitted.class);
            assertThat(credentials.cacheHits()).isOne();
        }
    }

    /** A key may look like a token, and is a key all the same. */
    @Test
    void aKeyWithDotsIsAKey() throws Exception {
        try (Credentials credentials = credentials(10, 10)) {
            assertThat(answer(credentials, "backend.0123456789.key").admission())
                    .isInstanceOfSatisfying(
                            Admission.Admitted.class,
                            admitted -> assertThat(admitted.principal().credential())
                                    .isEqualTo("key backend"));
        }
    }

    @Test
    void aForgedTokenIsNotRemembered() throws Exception {
        try (Credentials credentials = credentials(10, 10)) {
            String forged = Jwt.token(
                    "{\"alg\":\"ES256\",\"kid\":\"ec\"}",
                    Jwt.claims("alice", 600, ""),
                    Jwt.ec(Jwt.keyPair("EC", "secp256r1")));
            for (int i = 0; i < 2; i++) {
                assertThat(answer(credentials, forged).on().isVirtual()).isTrue();
            }
            assertThat(credentials.cached()).isZero();
        }
    }

    @Test
    void asManyAreRememberedAsTheLimitAllowsAndTheOldestLeaves() throws Exception {
        try (Credentials credentials = credentials(2, 10)) {
            List<String> tokens = List.of(slow("a"), slow("b"), slow("c"));
            for (String token : tokens) {
                answer(credentials, token);
            }
            assertThat(credentials.cached()).isEqualTo(2);
            assertThat(answer(credentials, tokens.get(2)).on().isVirtual()).isFalse();
            assertThat(answer(credentials, tokens.get(1)).on().isVirtual()).isFalse();
            assertThat(answer(credentials, tokens.get(0)).on().isVirtual()).isTrue();
        }
    }

    @Test
    void aCrowdOfTokensIsAnsweredOnceEachAndTheOnesTooManyAreToldSo() throws Exception {
        try (Credentials credentials = credentials(1000, 4)) {
            List<String> tokens =
                    IntStream.range(0, 200).mapToObj(i -> slow("user" + i)).toList();
            AtomicInteger answers = new AtomicInteger();
            List<CompletableFuture<Admission>> asked = new ArrayList<>();
            for (String token : tokens) {
                CompletableFuture<Admission> answer = new CompletableFuture<>();
                asked.add(answer);
                credentials.check(token, admission -> {
                    answers.incrementAndGet();
                    answer.complete(admission);
                });
                assertThat(credentials.waiting()).isLessThanOrEqualTo(4);
            }
            int refused = 0;
            for (CompletableFuture<Admission> answer : asked) {
                if (answer.get(20, TimeUnit.SECONDS) instanceof Admission.Rejected rejected) {
                    assertThat(rejected.code()).isEqualTo(Code.OVERLOADED);
                    assertThat(rejected.message()).contains("tokens: waiting");
                    refused++;
                }
            }
            assertThat(refused).isPositive().isLessThan(200);
            assertThat(answers.get()).isEqualTo(200);
            assertThat(answer(credentials, slow("later")).admission()).isInstanceOf(Admission.Admitted.class);
        }
    }
}
