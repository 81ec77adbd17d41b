package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.server.TokenRig.Delivery;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /admin}, over HTTP. */
final class AdminTest {

    private static final String SECRET = "admin-0123456789abcdef";
    private static final String YAML = """
            tokens:
              keys: [{id: k1, algorithm: HS256, secret: %s}]
              roles: [user]
              revocations: 5
            roles: [{name: user, grants: [{channels: "**", may: [subscribe, publish]}]}]
            admin: {secret: %s}
            """.formatted(Jwt.SECRET, SECRET);

    @TempDir
    private Path folder = Path.of("");

    private TokenRig start() throws StartException {
        return new TokenRig(TokenRig.configuration(YAML, folder));
    }

    /** A token that was issued a minute ago. */
    private static String token(String user, String id) {
        long now = System.currentTimeMillis() / 1000;
        return Jwt.hs256("{\"sub\":\"" + user + "\",\"jti\":\"" + id + "\",\"iat\":" + (now - 60) + ",\"exp\":"
                + (now + 600) + "}");
    }

    private static void assertEverywhere(TokenRig rig, String token, int code) throws Exception {
        for (Delivery delivery : Delivery.values()) {
            assertThat(rig.ask(delivery, "orders", token).code())
                    .as("by %s", delivery)
                    .isEqualTo(code);
        }
    }

    @Test
    void thereIsNoAdminWithoutASecret() throws Exception {
        String without = YAML.replaceAll("(?m)^admin:.*\n", "");
        try (TokenRig rig = new TokenRig(TokenRig.configuration(without, null))) {
            for (String path : new String[] {"/admin", "/admin/revocations", "/admin/x"}) {
                for (String method : new String[] {"GET", "POST", "DELETE"}) {
                    HttpResponse<String> answer = rig.send(
                            rig.request(path, SECRET).method(method, HttpRequest.BodyPublishers.ofString("{}")));
                    assertThat(answer.statusCode()).as(method + " " + path).isEqualTo(404);
                    assertThat(answer.body()).contains("not_found");
                }
            }
        }
    }

    @Test
    void whoHasNotTheSecretIsRefusedWhateverElseIsPresented() throws Exception {
        String body = "{\"user\":\"alice\"}";
        try (TokenRig rig = start()) {
            for (String wrong : new String[] {"", "x", SECRET + "x", SECRET.toUpperCase(java.util.Locale.ROOT)}) {
                assertThat(rig.revoke(wrong, body).statusCode()).isEqualTo(401);
            }
            assertThat(rig.revoke(null, body).statusCode()).isEqualTo(401);
            assertThat(rig.revoke(token("alice", "t"), body).statusCode()).isEqualTo(401);
            HttpRequest.BodyPublisher posted = HttpRequest.BodyPublishers.ofString(body);
            assertThat(rig.send(rig.request("/admin/revocations?token=" + SECRET, null)
                                    .POST(posted))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(rig.send(rig.request("/admin/revocations", null)
                                    .header("Cookie", "carillon_token=" + SECRET)
                                    .header("Sec-Fetch-Site", "same-origin")
                                    .POST(posted))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(rig.send(rig.request("/admin/other", null)).statusCode()).isEqualTo(401);
            assertThat(rig.publish("orders", SECRET).statusCode())
                    .as("it is no key")
                    .isEqualTo(401);
            assertEverywhere(rig, token("alice", "t"), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"user\":\"\"}",
                "{\"user\":7}",
                "{\"user\":null}",
                "{\"user\":[\"alice\"]}",
                "{\"name\":\"alice\"}",
                "{\"user\":\"alice\",\"token\":\"t\"}",
                "{\"user\":\"alice\",\"user\":\"bob\"}",
                "{\"user\":\"alice\"} {}",
                "{\"user\":\"alice\"",
                "{'user':'alice'}",
                "{\"session\":\"local\"}",
                "{\"session\":\"0123456789abcdefghij k\"}"
            })
    void aBodyThatDoesNotSayWhatToRevokeIsRefused(String body) throws Exception {
        try (TokenRig rig = start()) {
            HttpResponse<String> answer = rig.revoke(SECRET, body);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("bad_request").doesNotContain("alice");
            assertThat(rig.send(rig.request("/admin/revocations", SECRET)).body())
                    .isEqualTo("{\"revocations\":[]}\n");
        }
    }

    @Test
    void otherMethodsAndAddressesAreSaidNotToBeThere() throws Exception {
        try (TokenRig rig = start()) {
            HttpResponse<String> put =
                    rig.send(rig.request("/admin/revocations", SECRET).PUT(HttpRequest.BodyPublishers.ofString("{}")));
            assertThat(put.statusCode()).isEqualTo(405);
            assertThat(put.headers().firstValue("Allow")).contains("GET, HEAD, POST");
            assertThat(rig.send(rig.request("/admin", SECRET)).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aRevokedUserIsOutAtOnceEverywhereAndStaysOutOverARestart() throws Exception {
        String alice = token("alice", "t1");
        try (TokenRig rig = start();
                TokenRig.Socket live = rig.socket("/live?token=" + alice);
                TokenRig.Socket channel = rig.socket("/channels/orders?token=" + alice);
                TokenRig.Socket bob = rig.socket("/live?token=" + token("bob", "t2"))) {
            CompletableFuture<HttpResponse<String>> stream = later(rig, "/channels/orders", alice, "text/event-stream");
            CompletableFuture<HttpResponse<String>> poll = later(rig, "/channels/orders?wait=50s", alice, "*/*");
            try (Peer peer = new Peer(java.net.URI.create(rig.server.url()))) {
                Peer.until("all are subscribed", () -> subscriptions(peer) == 3);
            }
            assertThat(rig.revoke(SECRET, "{\"user\":\"alice\"}").statusCode()).isEqualTo(204);
            assertThat(live.closed.get()).isEqualTo(4625);
            assertThat(channel.closed.get()).isEqualTo(4625);
            assertThat(stream.get().body()).contains("\"code\":4625").doesNotContain("reconnect");
            assertThat(poll.get().statusCode()).isEqualTo(403);
            assertEverywhere(rig, alice, 4625);
            bob.next();
            bob.send("{\"type\":\"ping\"}");
            assertThat(bob.next()).contains("pong");
        }
        try (TokenRig rig = start()) {
            assertEverywhere(rig, alice, 4625);
            assertEverywhere(rig, token("bob", "t2"), 0);
            assertThat(rig.send(rig.request("/admin/revocations", SECRET)).body())
                    .matches("\\{\"revocations\":\\[\\{\"user\":\"alice\",\"at\":\\d+,\"until\":\\d+}]}\n");
            Peer.until("a new token would be of another second", newSecond());
            assertEverywhere(rig, Jwt.hs256(Jwt.claims("alice", 600, "\"jti\":\"t3\"")), 0);
        }
    }

    private static java.util.function.BooleanSupplier newSecond() {
        long second = System.currentTimeMillis() / 1000;
        return () -> System.currentTimeMillis() / 1000 > second;
    }

    private static double subscriptions(Peer peer) {
        try {
            return peer.metric("carillon_subscriptions");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<HttpResponse<String>> later(
            TokenRig rig, String path, String token, String accept) {
        return rig.http.sendAsync(
                rig.request(path, token).header("Accept", accept).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aRevokedTokenIsOutAndItsUsersOtherTokensAreNot() throws Exception {
        try (TokenRig rig = start();
                TokenRig.Socket first = rig.socket("/live?token=" + token("alice", "t1"));
                TokenRig.Socket second = rig.socket("/live?token=" + token("alice", "t2"))) {
            first.next();
            second.next();
            assertThat(rig.revoke(SECRET, "{\"token\":\"t1\"}").statusCode()).isEqualTo(204);
            assertThat(first.closed.get()).isEqualTo(4625);
            second.send("{\"type\":\"authenticate\",\"token\":\"" + token("alice", "t1") + "\"}");
            assertThat(second.next()).contains("\"code\":4625");
            second.send("{\"type\":\"ping\"}");
            assertThat(second.next()).contains("pong");
            assertEverywhere(rig, token("alice", "t1"), 4625);
            assertEverywhere(rig, token("alice", "t2"), 0);
        }
    }

    @Test
    void aRevokedSessionIsOverAndItsIdIsRefused() throws Exception {
        try (TokenRig rig = start();
                TokenRig.Socket socket = rig.socket("/live?token=" + token("alice", "t1"));
                TokenRig.Socket other = rig.socket("/live?token=" + token("alice", "t1"))) {
            String session = socket.next().replaceAll(".*\"session\":\"([^\"]{22})\".*", "$1");
            other.next();
            assertThat(rig.revoke(SECRET, "{\"session\":\"" + session + "\"}").statusCode())
                    .isEqualTo(204);
            assertThat(socket.closed.get()).isEqualTo(4625);
            other.send("{\"type\":\"ping\"}");
            assertThat(other.next()).contains("pong");
            HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString(
                    "{\"session\":\"" + session + "\",\"channels\":[{\"channel\":\"orders\"}]}");
            assertThat(rig.send(rig.request("/live", token("alice", "t1")).POST(body))
                            .body())
                    .contains("\"code\":4625");
        }
    }

    @Test
    void revocationsAreAsManyAsTheLimitAllows() throws Exception {
        try (TokenRig rig = start()) {
            for (int i = 0; i < 5; i++) {
                assertThat(rig.revoke(SECRET, "{\"user\":\"u" + i + "\"}").statusCode())
                        .isEqualTo(204);
            }
            HttpResponse<String> full = rig.revoke(SECRET, "{\"user\":\"u5\"}");
            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.body()).contains("overloaded", "5 revocations");
            assertThat(rig.revoke(SECRET, "{\"user\":\"u0\"}").statusCode()).isEqualTo(204);
        }
    }
}
