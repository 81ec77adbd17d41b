package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Clock;
import dev.carillon.engine.Principal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevocationsTest {

    private static final String SESSION = "0123456789abcdefghijkl";

    @TempDir
    private Path folder = Path.of("");

    private final List<Revocation> told = new ArrayList<>();
    private long now = 1_764_000_000_000L;

    private final Clock clock = new Clock() {
        @Override
        public long millis() {
            return now;
        }

        @Override
        public long nanos() {
            return now * 1_000_000;
        }
    };

    private Revocations open(@Nullable Path at, int max) throws StartException {
        TokenLimits normal = TokenLimits.DEFAULT;
        TokenLimits limits = new TokenLimits(
                normal.bytes(), normal.cached(), normal.waiting(), max, Duration.ofHours(1), Duration.ofSeconds(5));
        return new Revocations(limits, clock, at == null ? null : new RevocationFile(at), told::add);
    }

    private Revocations open() throws StartException {
        return open(folder, 100);
    }

    private Principal user(String name, @Nullable String id, long issuedMillisAgo) {
        return new Principal(
                name, "token k1", List.of(), new Principal.Term(id, now - issuedMillisAgo, now + 3_600_000));
    }

    @Test
    void aUsersTokensOfBeforeAreCoveredAndThoseOfAfterAreNot() throws Exception {
        Revocations revocations = open();
        Principal before = user("alice", "t1", 1_000);
        Principal sameMoment = user("alice", "t2", 0);
        assertThat(revocations.covers(before, "")).isFalse();
        assertThat(revocations.add(Revocation.Kind.USER, "alice")).isEqualTo(Revocations.Added.KEPT);
        assertThat(revocations.covers(before, "")).isTrue();
        assertThat(revocations.covers(sameMoment, "")).isTrue();
        now += 1_000;
        assertThat(revocations.covers(user("alice", "t3", 0), "")).isFalse();
        assertThat(revocations.covers(before, "")).isTrue();
        assertThat(revocations.covers(user("bob", "t1", 5_000), "")).isFalse();
        assertThat(told).containsExactly(new Revocation(Revocation.Kind.USER, "alice", now - 1_000));
    }

    /** {@code tokens.skew} lets in a token that says it was issued in the future. */
    @Test
    void aUsersSessionEndsEvenIfTheIssuersClockIsAhead() throws Exception {
        Revocations revocations = open();
        revocations.add(Revocation.Kind.USER, "alice");
        Revocation revocation = told.getFirst();
        assertThat(revocation.ends(user("alice", "t1", -4_000), SESSION)).isTrue();
        assertThat(revocation.ends(user("alice", "t2", 4_000), SESSION)).isTrue();
        assertThat(revocation.ends(user("bob", "t3", -4_000), SESSION)).isFalse();
        assertThat(revocation.ends(new Principal("alice", "key alice", List.of(), null), SESSION))
                .isFalse();
    }

    @Test
    void aTokenIsCoveredByItsIdAndASessionByItsOwn() throws Exception {
        Revocations revocations = open();
        revocations.add(Revocation.Kind.TOKEN, "t1");
        revocations.add(Revocation.Kind.SESSION, SESSION);
        assertThat(revocations.covers(user("alice", "t1", 0), "")).isTrue();
        assertThat(revocations.covers(user("alice", "t2", 0), "")).isFalse();
        assertThat(revocations.covers(user("alice", null, 0), "")).isFalse();
        assertThat(revocations.covers(user("alice", "t2", 0), SESSION)).isTrue();
        assertThat(revocations.covers(Principal.ANONYMOUS, SESSION)).isTrue();
        assertThat(revocations.covers(Principal.ANONYMOUS, SESSION.replace('0', '1')))
                .isFalse();
    }

    /** A user may be called as a token is, or as a session. */
    @Test
    void kindsAreNotTakenForOneAnother() throws Exception {
        Revocations revocations = open();
        revocations.add(Revocation.Kind.USER, "x");
        assertThat(revocations.covers(user("alice", "x", 1), "x")).isFalse();
        revocations.add(Revocation.Kind.TOKEN, "alice");
        assertThat(revocations.covers(user("alice", "y", 1), "alice")).isFalse();
    }

    @Test
    void aKeyIsNotAToken() throws Exception {
        Revocations revocations = open();
        revocations.add(Revocation.Kind.USER, "backend");
        assertThat(revocations.covers(new Principal("backend", "key backend"), ""))
                .isFalse();
    }

    @Test
    void theyOutliveARestart() throws Exception {
        Revocations before = open();
        before.add(Revocation.Kind.USER, "alice \"the\\ \n first\" ü");
        now += 5;
        before.add(Revocation.Kind.TOKEN, "t1");
        before.add(Revocation.Kind.SESSION, SESSION);
        Revocations after = open();
        assertThat(after.all()).hasSize(3).isEqualTo(before.all());
        assertThat(after.covers(user("alice \"the\\ \n first\" ü", null, 1_000), ""))
                .isTrue();
        assertThat(Files.getPosixFilePermissions(folder.resolve(RevocationFile.NAME)))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void oneEndsOnceNoTokenCanOutliveIt() throws Exception {
        Revocations revocations = open(folder, 2);
        revocations.add(Revocation.Kind.TOKEN, "t1");
        revocations.add(Revocation.Kind.TOKEN, "t2");
        Principal covered = user("alice", "t1", 0);
        now += 3_604_999;
        assertThat(revocations.covers(covered, "")).isTrue();
        assertThat(revocations.add(Revocation.Kind.TOKEN, "t3")).isEqualTo(Revocations.Added.FULL);
        now += 1;
        assertThat(revocations.covers(covered, "")).isFalse();
        assertThat(revocations.all()).isEmpty();
        assertThat(revocations.add(Revocation.Kind.TOKEN, "t3")).isEqualTo(Revocations.Added.KEPT);
        assertThat(revocations.size()).isOne();
        assertThat(open().all()).hasSize(1);
    }

    @Test
    void thereAreAsManyAsTheLimitAllowsAndTheSameOneMayComeAgain() throws Exception {
        Revocations revocations = open(folder, 2);
        revocations.add(Revocation.Kind.USER, "alice");
        revocations.add(Revocation.Kind.USER, "bob");
        assertThat(revocations.add(Revocation.Kind.USER, "carol")).isEqualTo(Revocations.Added.FULL);
        assertThat(revocations.covers(user("carol", null, 1), "")).isFalse();
        now += 1_000;
        assertThat(revocations.add(Revocation.Kind.USER, "alice")).isEqualTo(Revocations.Added.KEPT);
        assertThat(revocations.covers(user("alice", null, 500), "")).isTrue();
        assertThat(revocations.size()).isEqualTo(2);
        assertThat(told).hasSize(3);
    }

    @Test
    void aClockThatWasSetBackTakesNothingBack() throws Exception {
        Revocations revocations = open();
        revocations.add(Revocation.Kind.USER, "alice");
        Principal covered = user("alice", null, 0);
        now -= 60_000;
        revocations.add(Revocation.Kind.USER, "alice");
        assertThat(revocations.covers(covered, "")).isTrue();
        now += 60_000;
        assertThat(revocations.covers(covered, "")).isTrue();
    }

    @Test
    void oneThatCannotBeWrittenIsInForceAllTheSame() throws Exception {
        Revocations revocations = open();
        Files.createDirectories(folder.resolve(RevocationFile.NAME + ".new").resolve("in the way"));
        assertThat(revocations.add(Revocation.Kind.USER, "alice")).isEqualTo(Revocations.Added.NOT_KEPT);
        assertThat(revocations.covers(user("alice", null, 1), "")).isTrue();
        assertThat(told).hasSize(1);
        Files.delete(folder.resolve(RevocationFile.NAME + ".new").resolve("in the way"));
        assertThat(revocations.add(Revocation.Kind.USER, "alice")).isEqualTo(Revocations.Added.KEPT);
        assertThat(open().all()).hasSize(1);
    }

    @Test
    void whatAProcessLeftThatWasKilledWhileItWroteIsPassedOver() throws Exception {
        open().add(Revocation.Kind.USER, "alice");
        Files.writeString(folder.resolve(RevocationFile.NAME + ".new"), "{\"revocations\":1}\n{\"us");
        assertThat(open().all()).hasSize(1);
        assertThat(open().add(Revocation.Kind.USER, "bob")).isEqualTo(Revocations.Added.KEPT);
        assertThat(open().all()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "{\"revocations\":2}\n",
                "{\"revocations\":1}\n{\"user\":\"alice\",\"at\":1",
                "{\"revocations\":1}\n{\"user\":\"alice\"}",
                "{\"revocations\":1}\n{\"at\":1}",
                "{\"revocations\":1}\n{\"who\":\"alice\",\"at\":1}",
                "{\"revocations\":1}\n{\"user\":\"alice\",\"at\":-1}",
                "{\"revocations\":1}\n[]",
                "{\"revocations\":1}\n\n",
                "\u0000\u0000\u0000\u0000"
            })
    void aDamagedFileIsRefusedInOneLineThatShowsNothingOfIt(String content) throws Exception {
        Files.writeString(folder.resolve(RevocationFile.NAME), content);
        assertThatThrownBy(this::open)
                .isInstanceOf(StartException.class)
                .hasMessageContaining("is damaged at line ")
                .hasMessageNotContainingAny("\n", "alice");
        assertThat(folder.resolve(RevocationFile.NAME)).hasContent(content);
    }

    @Test
    void withoutAFolderTheyEndWithTheProcess() throws Exception {
        Revocations revocations = open(null, 10);
        assertThat(revocations.add(Revocation.Kind.USER, "alice")).isEqualTo(Revocations.Added.KEPT);
        assertThat(revocations.covers(user("alice", null, 1), "")).isTrue();
        assertThat(open(null, 10).all()).isEmpty();
    }
}
