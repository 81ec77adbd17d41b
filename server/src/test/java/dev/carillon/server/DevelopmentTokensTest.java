package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DevelopmentTokensTest {

    private static final Grant CHAT =
            new Grant(Objects.requireNonNull(ChannelPattern.parse("chat:*")), Set.of(Permission.values()));

    @TempDir
    private Path folder = Path.of("");

    private Door open(String yaml) throws StartException {
        return Door.open(TokenRig.configuration(yaml, folder), new SystemClock(), _ -> {});
    }

    private static String issue(Door door, List<String> roles, List<Grant> grants) {
        return Objects.requireNonNull(door.developmentTokens()).issue("alice", roles, grants, Duration.ofHours(1));
    }

    private static Admission admission(Door door, @Nullable String token) {
        AtomicReference<@Nullable Admission> answer = new AtomicReference<>();
        door.decisions().onConnect(token, answer::set);
        return Objects.requireNonNull(answer.get());
    }

    private static Principal principal(Door door, String token) {
        return ((Admission.Admitted) admission(door, token)).principal();
    }

    @Test
    void aTokenOfItsOwnIsVerifiedLikeAnyOther() throws Exception {
        try (Door door = open("")) {
            Principal alice = principal(door, issue(door, List.of(), List.of(CHAT)));
            assertThat(alice.name()).isEqualTo("alice");
            assertThat(alice.grants()).containsExactly(CHAT);
            assertThat(Objects.requireNonNull(alice.term()).id()).isNotBlank();
        }
    }

    @Test
    void oneThatNamesNothingMayDoWhatThoseMayWhoPresentNothing() throws Exception {
        try (Door door = open("")) {
            assertThat(principal(door, issue(door, List.of(), List.of())).grants())
                    .isEqualTo(Grant.EVERYTHING);
        }
        try (Door door = open(
                "grants: [{channels: \"chat:*\", may: [subscribe, publish, signal, presence, purge, redact]}]\n")) {
            assertThat(principal(door, issue(door, List.of(), List.of())).grants())
                    .containsExactly(CHAT);
        }
    }

    @Test
    void rolesAudienceAndIssuerAreThoseOfTheConfiguration() throws Exception {
        try (Door door = open("""
                tokens: {audience: here, issuer: me}
                roles: [{name: user, grants: [{channels: "chat:*", may: [subscribe, publish, signal, presence, purge, redact]}]}]
                """)) {
            assertThat(principal(door, issue(door, List.of("user"), List.of())).grants())
                    .containsExactly(CHAT);
        }
    }

    @Test
    void whoPresentsNothingMayDoEverythingAndAWrongTokenIsNotNothing() throws Exception {
        try (Door door = open("");
                Door other = Door.open(TokenRig.configuration("", null), new SystemClock(), _ -> {})) {
            assertThat(admission(door, null))
                    .isEqualTo(new Admission.Admitted(new Principal(null, "", Grant.EVERYTHING, null)));
            for (String wrong : List.of(
                    issue(other, List.of(), List.of()),
                    Jwt.hs256(Jwt.claims("alice", 60, "")),
                    Jwt.token("{\"alg\":\"none\"}", Jwt.claims("alice", 60, ""), _ -> new byte[0]))) {
                assertThat(admission(door, wrong))
                        .isInstanceOfSatisfying(
                                Admission.Rejected.class,
                                rejected -> assertThat(rejected.code()).isEqualTo(Code.TOKEN_INVALID));
            }
        }
    }

    @Test
    void tokensOutliveARestartWithTheFolder() throws Exception {
        String token;
        try (Door door = open("")) {
            token = issue(door, List.of(), List.of());
        }
        try (Door door = open("")) {
            assertThat(principal(door, token).name()).isEqualTo("alice");
        }
        assertThat(Files.getPosixFilePermissions(folder.resolve(DevelopmentTokens.FILE)))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.delete(folder.resolve(DevelopmentTokens.FILE));
        try (Door door = open("")) {
            assertThat(admission(door, token)).isInstanceOf(Admission.Rejected.class);
        }
    }

    @Test
    void outsideDevelopmentModeThereAreNone() throws Exception {
        try (Door door = open("keys: [{name: a, secret: 0123456789abcdef}]\n")) {
            assertThat(door.developmentTokens()).isNull();
            assertThat(folder.resolve(DevelopmentTokens.FILE)).doesNotExist();
        }
    }

    /** The key of development mode, left behind in the folder, opens nothing in production. */
    @Test
    void aTokenOfDevelopmentModeIsWorthNothingInProduction() throws Exception {
        String token;
        try (Door door = open("")) {
            token = issue(door, List.of(), List.of());
        }
        try (Door door = open("tokens: {keys: [{id: k1, algorithm: HS256, secret: " + Jwt.SECRET + "}]}\n")) {
            assertThat(admission(door, token))
                    .isInstanceOfSatisfying(
                            Admission.Rejected.class,
                            rejected -> assertThat(rejected.code()).isEqualTo(Code.TOKEN_INVALID));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "MDEyMzQ1Njc4OWFiY2RlZg==", "not base64 at all, but a text of some length!"})
    void aDamagedKeyIsRefusedInOneLineThatDoesNotShowIt(String content) throws Exception {
        Files.writeString(folder.resolve(DevelopmentTokens.FILE), content);
        assertThatThrownBy(() -> open(""))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("is damaged")
                .hasMessageNotContainingAny("\n", "MDEy", "not base64");
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(
                        () -> Door.open(TokenRig.configuration("", file.resolve("data")), new SystemClock(), _ -> {}))
                .isInstanceOf(StartException.class)
                .hasMessageContaining(DevelopmentTokens.FILE);
    }

    @Test
    void aTokenThatWouldBeRefusedIsNotIssued() throws Exception {
        try (Door door = open("tokens: {lifetimeMax: 1h, bytes: 512}\n")) {
            DevelopmentTokens tokens = Objects.requireNonNull(door.developmentTokens());
            for (String user : List.of("", "a\nb", "x".repeat(129), "\ud800")) {
                assertThatThrownBy(() -> tokens.issue(user, List.of(), List.of(), Duration.ofHours(1)))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            for (Duration lifetime : List.of(Duration.ofSeconds(3601), Duration.ZERO, Duration.ofSeconds(-1))) {
                assertThatThrownBy(() -> tokens.issue("alice", List.of(), List.of(), lifetime))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            List<Grant> many = java.util.Collections.nCopies(50, CHAT);
            assertThatThrownBy(() -> tokens.issue("alice", List.of(), many, Duration.ofHours(1)))
                    .hasMessageContaining("tokens: bytes");
        }
    }
}
