package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.server.TokenRig.Answer;
import dev.carillon.server.TokenRig.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each wrong token gets its coded refusal on every delivery, and a right one is let in. */
final class TokensTest {

    private static final String YAML =
            """
            tokens:
              audience: carillon
              issuer: https://issuer.example
              keys:
                - {id: k1, algorithm: HS256, secret: %s}
                - {id: rsa, algorithm: RS256, publicKey: "%s"}
                - {id: ec, algorithm: ES256, publicKey: "%s"}
                - {id: ed, algorithm: EdDSA, publicKey: "%s"}
              lifetimeMax: 1h
              bytes: 2KiB
            roles:
              - name: reader
                grants: [{channels: "orders", may: [subscribe, publish]}]
            keys: [{name: backend, secret: backend-0123456789, grants: [{channels: "**", may: [subscribe, publish]}]}]
            authenticateTime: 2s
            """.formatted(Jwt.SECRET, inQuotes(Jwt.pem(Jwt.RSA)), inQuotes(Jwt.pem(Jwt.EC)), inQuotes(Jwt.pem(Jwt.ED)));

    private static final String RIGHT =
            "\"aud\":\"carillon\",\"iss\":\"https://issuer.example\",\"roles\":[\"reader\"]";

    private static TokenRig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = new TokenRig(TokenRig.configuration(YAML, null));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String inQuotes(String pem) {
        return pem.replace("\n", "\\n");
    }

    private static String claims(String more) {
        return Jwt.claims("alice", 600, more);
    }

    private static String header(String algorithm, String id) {
        return "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + id + "\"}";
    }

    /** A token that lasted for a minute, from so many seconds ago on. */
    private static String at(long secondsAgo) {
        long issued = System.currentTimeMillis() / 1000 - secondsAgo;
        return Jwt.hs256("{\"sub\":\"alice\",\"iat\":" + issued + ",\"exp\":" + (issued + 60) + "," + RIGHT + "}");
    }

    private static Map<String, String> wrong() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("expired 4621", at(61));
        wrong.put("not yet valid 4622", at(-300));
        wrong.put(
                "wrong key 4624",
                Jwt.token(header("HS256", "k1"), claims(RIGHT), Jwt.hmac("another-secret-of-32-bytes-or-more")));
        wrong.put(
                "wrong key of an asymmetric algorithm 4624",
                Jwt.token(header("ES256", "ec"), claims(RIGHT), Jwt.ec(Jwt.keyPair("EC", "secp256r1"))));
        wrong.put("wrong audience 4623", Jwt.hs256(claims(RIGHT.replace("carillon", "other"))));
        wrong.put("no audience 4623", Jwt.hs256(claims("\"iss\":\"https://issuer.example\"")));
        wrong.put("wrong issuer 4623", Jwt.hs256(claims(RIGHT.replace("issuer.example", "evil.test"))));
        wrong.put("alg none 4624", Jwt.token("{\"alg\":\"none\"}", claims(RIGHT), _ -> new byte[0]));
        wrong.put(
                "alg none with a kid 4624",
                Jwt.token("{\"alg\":\"none\",\"kid\":\"k1\"}", claims(RIGHT), _ -> new byte[0]));
        byte[] publicKey = Jwt.pem(Jwt.RSA).getBytes(StandardCharsets.UTF_8);
        wrong.put(
                "an RSA key as a shared secret 4624",
                Jwt.token(header("HS256", "rsa"), claims(RIGHT), Jwt.hmac(publicKey)));
        wrong.put(
                "a shared secret as an RSA key 4624",
                Jwt.token(header("RS256", "k1"), claims(RIGHT), Jwt.rsa(Jwt.RSA)));
        wrong.put("unknown kid 4624", Jwt.token(header("HS256", "k2"), claims(RIGHT), Jwt.hmac(Jwt.SECRET)));
        wrong.put("no kid of several keys 4624", Jwt.token("{\"alg\":\"HS256\"}", claims(RIGHT), Jwt.hmac(Jwt.SECRET)));
        wrong.put("no exp 4624", Jwt.hs256("{\"sub\":\"alice\"," + RIGHT + "}"));
        wrong.put("too long a life 4624", Jwt.hs256(Jwt.claims("alice", 3601, RIGHT)));
        wrong.put(
                "crit 4624",
                Jwt.token(
                        "{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}", claims(RIGHT), Jwt.hmac(Jwt.SECRET)));
        wrong.put("encrypted 4624", "e30.e30.e30.e30.e30");
        wrong.put("no JSON 4624", "a.b.c");
        wrong.put("too long 4606", Jwt.hs256(claims(RIGHT + ",\"x\":\"" + "x".repeat(2000) + "\"")));
        wrong.put("no token at all 4605", "nonsense");
        wrong.put(
                "a grant for another pattern 4604",
                Jwt.hs256(claims(RIGHT.replace("\"reader\"", "")
                        + ",\"grants\":[{\"channels\":\"orders:*\",\"may\":[\"subscribe\",\"publish\"]}]")));
        wrong.put("a role that nobody knows 4604", Jwt.hs256(claims(RIGHT.replace("reader", "admin"))));
        return wrong;
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void eachWrongTokenGetsItsCodeOnEveryDelivery(Delivery delivery) throws Exception {
        for (Map.Entry<String, String> wrong : wrong().entrySet()) {
            int number = Integer.parseInt(wrong.getKey().replaceAll("\\D*", ""));
            Code code = java.util.Objects.requireNonNull(Code.of(number));
            Answer answer = rig.ask(delivery, "orders", wrong.getValue());
            assertThat(answer.code()).as("%s by %s", wrong.getKey(), delivery).isEqualTo(number);
            boolean isPermission = code == Code.NOT_PERMITTED;
            switch (delivery) {
                case POST, GET, LONG_POLL, EVENT_STREAM ->
                    assertThat(answer.status()).as(wrong.getKey()).isEqualTo(code.http());
                case LIVE_POST ->
                    assertThat(answer.status()).as(wrong.getKey()).isEqualTo(isPermission ? 200 : code.http());
                case CHANNEL_WEBSOCKET, LIVE_WEBSOCKET ->
                    assertThat(answer.status()).as(wrong.getKey()).isEqualTo(isPermission ? 101 : number);
                case AUTHENTICATE -> assertThat(answer.status()).isEqualTo(101);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void whoPresentsNothingIsUnauthenticatedOnEveryDelivery(Delivery delivery) throws Exception {
        Answer answer = rig.ask(delivery, "orders", null);
        assertThat(answer.code()).isEqualTo(Code.UNAUTHENTICATED.number());
        boolean mayProveItLater = delivery == Delivery.LIVE_WEBSOCKET || delivery == Delivery.AUTHENTICATE;
        assertThat(answer.status()).isEqualTo(mayProveItLater ? 101 : 401);
    }

    @ParameterizedTest
    @EnumSource(Delivery.class)
    void rightTokensOfAllAlgorithmsAndKeysAreLetInOnEveryDelivery(Delivery delivery) throws Exception {
        for (String token : new String[] {
            Jwt.hs256(claims(RIGHT)),
            Jwt.token(header("RS256", "rsa"), claims(RIGHT), Jwt.rsa(Jwt.RSA)),
            Jwt.token(header("ES256", "ec"), claims(RIGHT), Jwt.ec(Jwt.EC)),
            Jwt.token(header("EdDSA", "ed"), claims(RIGHT), Jwt.ed(Jwt.ED)),
            "backend-0123456789"
        }) {
            assertThat(rig.ask(delivery, "orders", token).code())
                    .as("by %s", delivery)
                    .isZero();
        }
    }

    @Test
    void publicationsCarryTheUserThatTheTokenProves() throws Exception {
        assertThat(rig.publish("orders", Jwt.hs256(claims(RIGHT))).statusCode()).isEqualTo(201);
        assertThat(rig.send(rig.request("/channels/orders?last=1", "backend-0123456789"))
                        .body())
                .contains("\"from\":\"alice\"");
    }

    @Test
    void aStrangerThatStaysOneIsClosedAndOneThatProvesItselfStays() throws Exception {
        try (TokenRig.Socket stranger = rig.socket("/live");
                TokenRig.Socket user = rig.socket("/live")) {
            user.next();
            user.send("{\"type\":\"authenticate\",\"token\":\"" + Jwt.hs256(claims(RIGHT)) + "\"}");
            assertThat(user.next()).contains("\"user\":\"alice\"", "\"expires\":");
            assertThat(stranger.closed.get()).isEqualTo(4605);
            user.send("{\"type\":\"ping\"}");
            assertThat(user.next()).contains("pong");
        }
    }

    /** What follows the token waits for its check, which is done elsewhere. */
    @Test
    void whatIsSaidBehindASlowTokenIsDoneAsItsUser() throws Exception {
        String token = Jwt.token(header("EdDSA", "ed"), claims(RIGHT), Jwt.ed(Jwt.ED));
        try (TokenRig.Socket socket = rig.socket("/live")) {
            socket.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
            socket.send("{\"type\":\"publish\",\"channel\":\"orders\",\"data\":1,\"id\":1}");
            assertThat(socket.next()).contains("\"hello\"");
            assertThat(socket.next()).contains("\"authenticated\"");
            assertThat(socket.next()).contains("\"published\"");
        }
    }

    @Test
    void aTokenThatIsPresentedAgainIsNotCheckedAgain() throws Exception {
        String token = Jwt.token(header("ES256", "ec"), Jwt.claims("carol", 600, RIGHT), Jwt.ec(Jwt.EC));
        double before = metric("carillon_tokens_cache_hits_total");
        for (int i = 0; i < 3; i++) {
            assertThat(rig.ask(Delivery.GET, "orders", token).code()).isZero();
        }
        assertThat(metric("carillon_tokens_cache_hits_total") - before).isEqualTo(2);
    }

    /** The cache knows that the signature is right; whether the token still holds is another question. */
    @Test
    void aRememberedTokenEndsAllTheSame() throws Exception {
        long now = System.currentTimeMillis() / 1000;
        String token = Jwt.token(
                header("ES256", "ec"),
                "{\"sub\":\"dave\",\"iat\":" + now + ",\"exp\":" + (now + 5) + "," + RIGHT + "}",
                Jwt.ec(Jwt.EC));
        assertThat(rig.ask(Delivery.GET, "orders", token).code()).isZero();
        Peer.until("the token has ended", () -> System.currentTimeMillis() >= (now + 5) * 1000);
        assertThat(rig.ask(Delivery.GET, "orders", token).code()).isEqualTo(4621);
    }

    @Test
    void aLiveConnectionIsToldRenewedAndAtLastEnded() throws Exception {
        long now = System.currentTimeMillis() / 1000;
        String ending = "{\"sub\":\"erin\",\"iat\":" + (now - 30) + ",\"exp\":" + (now + 8) + "," + RIGHT + "}";
        try (TokenRig.Socket socket = rig.socket("/live?token=" + Jwt.hs256(ending))) {
            assertThat(socket.next()).contains("\"user\":\"erin\"");
            socket.send("{\"type\":\"subscribe\",\"channel\":\"orders\"}");
            String told = socket.next() + socket.next();
            assertThat(told).contains("\"subscribed\"", "\"code\":4305", "\"retry\":");
            String without = RIGHT.replace("\"reader\"", "");
            String renewed = "{\"sub\":\"erin\",\"iat\":" + (now - 30) + ",\"exp\":" + (now + 12) + "," + without + "}";
            socket.send("{\"type\":\"authenticate\",\"token\":\"" + Jwt.hs256(renewed) + "\"}");
            assertThat(socket.next()).contains("\"authenticated\"", "\"user\":\"erin\"");
            String both = socket.next() + socket.next();
            assertThat(both).contains("\"unsubscribed\"", "\"code\":4604", "\"code\":4305");
            assertThat(socket.closed.get()).isEqualTo(4621);
        }
    }

    @Test
    void refusalsAreCountedByTheirCode() throws Exception {
        String series = "carillon_refusals_total{code=\"token_wrong_audience\"}";
        double before = metric(series);
        String wrong = wrong().get("wrong audience 4623");
        for (Delivery delivery : Delivery.values()) {
            rig.ask(delivery, "orders", wrong);
        }
        assertThat(metric(series) - before).isEqualTo(Delivery.values().length);
    }

    private static double metric(String series) throws Exception {
        try (Peer peer = new Peer(java.net.URI.create(rig.server.url()))) {
            return peer.metric(series);
        }
    }
}
