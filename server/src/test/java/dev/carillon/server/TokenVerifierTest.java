package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenVerifierTest {

    private static final long NOW = 1_764_000_000_000L;
    private static final long SECOND = NOW / 1000;

    private static final List<TokenKey> KEYS = List.of(
            TokenKey.hs256("k1", Jwt.SECRET.getBytes(StandardCharsets.UTF_8)),
            TokenKey.ofPublicKey("rsa", TokenKey.Algorithm.RS256, Jwt.pem(Jwt.RSA)),
            TokenKey.ofPublicKey("ec", TokenKey.Algorithm.ES256, Jwt.pem(Jwt.EC)),
            TokenKey.ofPublicKey("ed", TokenKey.Algorithm.EDDSA, Jwt.pem(Jwt.ED)));

    private static final Grant CHAT = grant("chat:**", Permission.SUBSCRIBE, Permission.PUBLISH);
    private static final List<Role> ROLES =
            List.of(new Role("user", List.of(CHAT)), new Role("guest", List.of(grant("news", Permission.SUBSCRIBE))));

    private static Grant grant(String pattern, Permission... may) {
        return new Grant(Objects.requireNonNull(ChannelPattern.parse(pattern)), Set.of(may));
    }

    private static Tokens tokens(@Nullable String audience, @Nullable String issuer, List<String> roles) {
        TokenLimits normal = TokenLimits.DEFAULT;
        return new Tokens(
                audience,
                issuer,
                KEYS,
                roles,
                new TokenLimits(
                        2048,
                        normal.cached(),
                        normal.waiting(),
                        normal.revocations(),
                        Duration.ofHours(1),
                        Duration.ofSeconds(5)));
    }

    private static final TokenVerifier PLAIN = new TokenVerifier(tokens(null, null, List.of()), ROLES, List.of());

    private static Admission admission(TokenVerifier verifier, String token) {
        return switch (verifier.parse(token)) {
            case TokenVerifier.Parsed.Refused(Admission.Rejected why) -> why;
            case TokenVerifier.Parsed.Signed signed ->
                switch (verifier.check(signed)) {
                    case TokenVerifier.Outcome.Refused(Admission.Rejected why) -> why;
                    case TokenVerifier.Outcome.Proven proven -> verifier.admit(proven, NOW);
                };
        };
    }

    private static Principal principal(TokenVerifier verifier, String token) {
        Admission admission = admission(verifier, token);
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        return ((Admission.Admitted) admission).principal();
    }

    private static void assertRefused(TokenVerifier verifier, String token, Code code, String why) {
        assertThat(admission(verifier, token)).isInstanceOfSatisfying(Admission.Rejected.class, rejected -> {
            assertThat(rejected.code()).as(rejected.message()).isEqualTo(code);
            assertThat(rejected.message()).contains(why);
        });
    }

    private static void assertRefused(String token, Code code, String why) {
        assertRefused(PLAIN, token, code, why);
    }

    /** What a token says that was issued a minute ago and lasts for another one. */
    private static String payload(String more) {
        return "{\"sub\":\"alice\",\"iat\":" + (SECOND - 60) + ",\"exp\":" + (SECOND + 60)
                + (more.isEmpty() ? "" : "," + more) + "}";
    }

    private static String header(String algorithm, String id) {
        return "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + id + "\"}";
    }

    // ---- right ones

    @Test
    void aTokenOfEachAlgorithmProvesItsUser() {
        for (String token : List.of(
                Jwt.hs256(payload("")),
                Jwt.token(header("RS256", "rsa"), payload(""), Jwt.rsa(Jwt.RSA)),
                Jwt.token(header("ES256", "ec"), payload(""), Jwt.ec(Jwt.EC)),
                Jwt.token(header("EdDSA", "ed"), payload(""), Jwt.ed(Jwt.ED)))) {
            assertThat(principal(PLAIN, token).name()).isEqualTo("alice");
        }
    }

    /** RFC 7515 appendix A.1, with its own key; its token has no kid and has expired long ago. */
    @Test
    void theExampleOfTheRfcHasARightSignature() {
        byte[] key = Base64.getUrlDecoder()
                .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
        TokenVerifier verifier =
                new TokenVerifier(Tokens.NONE.with(List.of(TokenKey.hs256("only", key))), List.of(), List.of());
        String token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
                + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assertRefused(verifier, token, Code.TOKEN_INVALID, "sub");
        assertRefused(verifier, token.replace("dBj", "dBk"), Code.TOKEN_INVALID, "signature");
    }

    @Test
    void whatATokenSaysIsWhatThePrincipalHas() {
        Principal alice = principal(
                PLAIN,
                Jwt.hs256(payload("\"jti\":\"t1\",\"roles\":[\"user\",\"nobody knows\"],"
                        + "\"grants\":[{\"channels\":\"orders:*\",\"may\":[\"signal\",\"presence\"]}]")));
        assertThat(alice.credential()).isEqualTo("token k1");
        assertThat(alice.term()).isEqualTo(new Principal.Term("t1", NOW - 60_000, NOW + 60_000));
        assertThat(alice.grants())
                .containsExactlyInAnyOrder(CHAT, grant("orders:*", Permission.SIGNAL, Permission.PRESENCE));
    }

    @Test
    void rolesOfTheConfigurationAreForThoseThatNameNoneAtAll() {
        TokenVerifier verifier = new TokenVerifier(
                tokens(null, null, List.of("guest")), ROLES, List.of(grant("all", Permission.PUBLISH)));
        assertThat(principal(verifier, Jwt.hs256(payload(""))).grants())
                .containsExactly(grant("news", Permission.SUBSCRIBE));
        assertThat(principal(verifier, Jwt.hs256(payload("\"roles\":[\"user\"]")))
                        .grants())
                .containsExactly(CHAT);
        assertThat(principal(verifier, Jwt.hs256(payload("\"roles\":[]"))).grants())
                .isEmpty();
        assertThat(principal(PLAIN, Jwt.hs256(payload(""))).grants()).isEmpty();
    }

    @Test
    void aTokenWithoutAKidIsTriedByTheOnlyKeyAndByNoneOfSeveral() {
        String token = Jwt.token("{\"alg\":\"HS256\"}", payload(""), Jwt.hmac(Jwt.SECRET));
        TokenVerifier single =
                new TokenVerifier(tokens(null, null, List.of()).with(List.of(KEYS.getFirst())), List.of(), List.of());
        assertThat(principal(single, token).name()).isEqualTo("alice");
        assertRefused(token, Code.TOKEN_INVALID, "no kid");
    }

    @Test
    void timesMayHaveFractionsAndTheIssuersClockMayBeALittleAhead() {
        assertThat(principal(
                                PLAIN,
                                Jwt.hs256("{\"sub\":\"a\",\"iat\":" + (SECOND + 4) + ".5,\"exp\":" + (SECOND + 60)
                                        + ".25}"))
                        .term())
                .isEqualTo(new Principal.Term(null, NOW + 4_500, NOW + 60_250));
    }

    // ---- keys and signatures

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE"})
    void algNoneIsRefusedHoweverItIsWritten(String none) {
        String unsigned = Jwt.base64("{\"alg\":\"" + none + "\"}") + "." + Jwt.base64(payload("")) + ".";
        assertRefused(unsigned, Code.TOKEN_INVALID, "alg");
        String named = Jwt.base64("{\"alg\":\"" + none + "\",\"kid\":\"k1\"}") + "." + Jwt.base64(payload("")) + ".";
        assertRefused(named, Code.TOKEN_INVALID, "alg");
        assertRefused(named + "AAAA", Code.TOKEN_INVALID, "alg");
    }

    /** The public key is no secret: if it were taken for one, anybody could sign. */
    @Test
    void aPublicKeyIsNeverTakenForASharedSecret() {
        for (KeyPair pair : List.of(Jwt.RSA, Jwt.EC, Jwt.ED)) {
            String id = pair == Jwt.RSA ? "rsa" : pair == Jwt.EC ? "ec" : "ed";
            for (byte[] secret : List.of(
                    Jwt.pem(pair).getBytes(StandardCharsets.UTF_8),
                    Jwt.pem(pair).strip().getBytes(StandardCharsets.UTF_8),
                    pair.getPublic().getEncoded())) {
                assertRefused(
                        Jwt.token(header("HS256", id), payload(""), Jwt.hmac(secret)),
                        Code.TOKEN_INVALID,
                        "alg is HS256");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"RS256,k1", "ES256,k1", "EdDSA,k1", "HS256,rsa", "ES256,rsa", "EdDSA,ec", "RS256,ed", "ES256,ed"})
    void aKeyHasOneAlgorithmWhateverTheTokenSays(String algorithm, String id) {
        assertRefused(
                Jwt.token(header(algorithm, id), payload(""), Jwt.rsa(Jwt.RSA)),
                Code.TOKEN_INVALID,
                "alg is " + algorithm);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS384", "HS512", "RS512", "PS256", "ES384", "Ed448", "hs256", "A128KW", ""})
    void anAlgorithmThatNoKeyHasIsRefused(String algorithm) {
        assertRefused(Jwt.token(header(algorithm, "k1"), payload(""), Jwt.hmac(Jwt.SECRET)), Code.TOKEN_INVALID, "alg");
    }

    @Test
    void aSignatureByAnotherKeyIsRefused() {
        for (String token : List.of(
                Jwt.token(header("HS256", "k1"), payload(""), Jwt.hmac(Jwt.SECRET + "!")),
                Jwt.token(header("RS256", "rsa"), payload(""), Jwt.rsa(Jwt.keyPair("RSA", ""))),
                Jwt.token(header("ES256", "ec"), payload(""), Jwt.ec(Jwt.keyPair("EC", "secp256r1"))),
                Jwt.token(header("ES256", "ec"), payload(""), Jwt.by("SHA256withECDSA", Jwt.EC.getPrivate())),
                Jwt.token(header("EdDSA", "ed"), payload(""), Jwt.ed(Jwt.keyPair("Ed25519", ""))),
                Jwt.token(header("RS256", "rsa"), payload(""), Jwt.by("SHA512withRSA", Jwt.RSA.getPrivate())))) {
            assertRefused(token, Code.TOKEN_INVALID, "signature");
        }
    }

    /** CVE-2022-21449: a signature of zeros once fitted everything. */
    @Test
    void emptyAndBlankSignaturesAreRefused() {
        for (String head :
                List.of(header("HS256", "k1"), header("RS256", "rsa"), header("ES256", "ec"), header("EdDSA", "ed"))) {
            for (int length : new int[] {0, 1, 32, 64, 256}) {
                assertRefused(Jwt.token(head, payload(""), _ -> new byte[length]), Code.TOKEN_INVALID, "signature");
            }
        }
    }

    @Test
    void whatIsSignedCannotBeChanged() {
        String token = Jwt.hs256(payload(""));
        String[] parts = token.split("\\.");
        String other = Jwt.base64(payload("").replace("alice", "admin"));
        assertRefused(parts[0] + "." + other + "." + parts[2], Code.TOKEN_INVALID, "signature");
        assertRefused(
                Jwt.base64("{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"x\"}") + "." + parts[1] + "." + parts[2],
                Code.TOKEN_INVALID,
                "signature");
    }

    @Test
    void anUnknownKidIsRefusedAndShownFitForALog() {
        String token = Jwt.token(
                "{\"alg\":\"HS256\",\"kid\":\"../k\\n<" + "x".repeat(200) + "\"}", payload(""), Jwt.hmac(Jwt.SECRET));
        assertThat(admission(PLAIN, token)).isInstanceOfSatisfying(Admission.Rejected.class, rejected -> {
            assertThat(rejected.code()).isEqualTo(Code.TOKEN_INVALID);
            assertThat(rejected.message()).contains("../k?<xxx").hasSizeLessThan(150);
        });
        assertRefused(
                Jwt.token("{\"alg\":\"HS256\",\"kid\":7}", payload(""), Jwt.hmac(Jwt.SECRET)),
                Code.TOKEN_INVALID,
                "kid must be a text");
    }

    /** A key that the token brings along proves nothing: whoever made the token made the key. */
    @Test
    void keysInTheHeaderAreNeverUsed() {
        byte[] own = new byte[32];
        String jwk = "{\"kty\":\"oct\",\"k\":\"" + Base64.getUrlEncoder().encodeToString(own) + "\"}";
        assertRefused(
                Jwt.token("{\"alg\":\"HS256\",\"kid\":\"k1\",\"jwk\":" + jwk + "}", payload(""), Jwt.hmac(own)),
                Code.TOKEN_INVALID,
                "signature");
        assertRefused(
                Jwt.token(
                        "{\"alg\":\"HS256\",\"kid\":\"k2\",\"jku\":\"https://evil.test/keys\",\"jwk\":" + jwk + "}",
                        payload(""),
                        Jwt.hmac(own)),
                Code.TOKEN_INVALID,
                "no key of this server");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"crit\":[\"exp\"]",
                "\"crit\":[]",
                "\"crit\":null",
                "\"crit\":[\"b64\"],\"b64\":false",
                "\"b64\":false",
                "\"zip\":\"DEF\""
            })
    void whatWouldChangeHowTheTokenIsReadIsRefused(String extension) {
        assertRefused(
                Jwt.token("{\"alg\":\"HS256\",\"kid\":\"k1\"," + extension + "}", payload(""), Jwt.hmac(Jwt.SECRET)),
                Code.TOKEN_INVALID,
                "extension");
    }

    @Test
    void anEncryptedTokenIsRefused() {
        assertRefused(
                Jwt.base64("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..AAAA.AAAA.AAAA",
                Code.TOKEN_INVALID,
                "encrypted");
    }

    // ---- times

    @Test
    void aTokenEndsInTheMomentThatItNames() {
        assertRefused(Jwt.hs256("{\"sub\":\"a\",\"exp\":" + SECOND + "}"), Code.TOKEN_EXPIRED, "");
        assertRefused(Jwt.hs256("{\"sub\":\"a\",\"exp\":" + (SECOND - 3600) + "}"), Code.TOKEN_EXPIRED, "");
        assertRefused(Jwt.hs256("{\"sub\":\"a\",\"exp\":0}"), Code.TOKEN_EXPIRED, "");
        assertThat(principal(PLAIN, Jwt.hs256("{\"sub\":\"a\",\"exp\":" + (SECOND + 1) + "}"))
                        .name())
                .isEqualTo("a");
    }

    @Test
    void aTokenBeginsInTheMomentThatItNames() {
        assertRefused(Jwt.hs256(payload("\"nbf\":" + (SECOND + 6))), Code.TOKEN_NOT_YET_VALID, "");
        assertRefused(
                Jwt.hs256("{\"sub\":\"a\",\"iat\":" + (SECOND + 30) + ",\"exp\":" + (SECOND + 60) + "}"),
                Code.TOKEN_NOT_YET_VALID,
                "");
        assertThat(principal(PLAIN, Jwt.hs256(payload("\"nbf\":" + (SECOND + 5))))
                        .name())
                .isEqualTo("alice");
    }

    @Test
    void aTokenWithoutAnEndOrWithOneTooFarAwayIsRefused() {
        assertRefused(Jwt.hs256("{\"sub\":\"a\"}"), Code.TOKEN_INVALID, "no exp");
        assertRefused(Jwt.hs256("{\"sub\":\"a\",\"exp\":null}"), Code.TOKEN_INVALID, "no exp");
        assertRefused(
                Jwt.hs256("{\"sub\":\"a\",\"iat\":" + (SECOND - 1) + ",\"exp\":" + (SECOND + 3600) + "}"),
                Code.TOKEN_INVALID,
                "lifetimeMax");
        assertRefused(
                Jwt.hs256("{\"sub\":\"a\",\"iat\":0,\"exp\":" + (SECOND + 60) + "}"),
                Code.TOKEN_INVALID,
                "lifetimeMax");
        assertRefused(Jwt.hs256("{\"sub\":\"a\",\"exp\":" + (SECOND + 3660) + "}"), Code.TOKEN_INVALID, "lifetimeMax");
    }

    /** So a revocation, which is kept for as long as a token may last, covers every token of before. */
    @Test
    void aTokenThatDoesNotSayWhenItWasIssuedIsAsOldAsItCanBe() {
        assertThat(principal(PLAIN, Jwt.hs256("{\"sub\":\"a\",\"exp\":" + (SECOND + 600) + "}"))
                        .term())
                .isEqualTo(new Principal.Term(null, NOW + 600_000 - 3_600_000, NOW + 600_000));
    }

    // ---- audience and issuer

    @Test
    void theAudienceMustBeNamed() {
        TokenVerifier verifier = new TokenVerifier(tokens("carillon", null, List.of()), ROLES, List.of());
        for (String right : List.of("\"aud\":\"carillon\"", "\"aud\":[\"other\",\"carillon\"]")) {
            assertThat(principal(verifier, Jwt.hs256(payload(right))).name()).isEqualTo("alice");
        }
        for (String wrong : List.of("", "\"aud\":\"other\"", "\"aud\":[]", "\"aud\":\"Carillon\"", "\"aud\":null")) {
            assertRefused(verifier, Jwt.hs256(payload(wrong)), Code.TOKEN_WRONG_AUDIENCE, "aud");
        }
    }

    @Test
    void theIssuerMustBeTheTrustedOne() {
        TokenVerifier verifier = new TokenVerifier(tokens(null, "https://issuer.example", List.of()), ROLES, List.of());
        assertThat(principal(verifier, Jwt.hs256(payload("\"iss\":\"https://issuer.example\"")))
                        .name())
                .isEqualTo("alice");
        assertRefused(verifier, Jwt.hs256(payload("")), Code.TOKEN_WRONG_AUDIENCE, "iss");
        assertRefused(
                verifier,
                Jwt.hs256(payload("\"iss\":\"https://issuer.example.evil\"")),
                Code.TOKEN_WRONG_AUDIENCE,
                "iss");
    }

    // ---- claims that are not what they should be

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"sub\":\"\"",
                "\"sub\":7",
                "\"sub\":\"a\\u0000b\"",
                "\"sub\":\"a\\nb\"",
                "\"sub\":\"a\\u0085b\"",
                "\"sub\":\"\\ud800\"",
                "\"sub\":[\"a\"]"
            })
    void aUserHasANameThatCanBeShown(String sub) {
        assertRefused(Jwt.hs256("{" + sub + ",\"exp\":" + (SECOND + 60) + "}"), Code.TOKEN_INVALID, "sub");
    }

    @Test
    void aUsersNameHasAtMost128Characters() {
        String longest = "ü".repeat(128);
        assertThat(principal(PLAIN, Jwt.hs256("{\"sub\":\"" + longest + "\",\"exp\":" + (SECOND + 60) + "}"))
                        .name())
                .isEqualTo(longest);
        assertRefused(
                Jwt.hs256("{\"sub\":\"" + longest + "x\",\"exp\":" + (SECOND + 60) + "}"), Code.TOKEN_INVALID, "128");
        assertRefused(Jwt.hs256("{\"exp\":" + (SECOND + 60) + "}"), Code.TOKEN_INVALID, "sub");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"nbf\":\"tomorrow\"",
                "\"nbf\":-1",
                "\"nbf\":1e18",
                "\"iat\":true",
                "\"jti\":7",
                "\"jti\":\"\"",
                "\"aud\":7",
                "\"aud\":[7]",
                "\"roles\":\"user\"",
                "\"roles\":[7]",
                "\"grants\":{}",
                "\"grants\":[\"chat\"]",
                "\"grants\":[{\"may\":[\"subscribe\"]}]",
                "\"grants\":[{\"channels\":\"a b\",\"may\":[\"subscribe\"]}]",
                "\"grants\":[{\"channels\":\"**:a\",\"may\":[\"subscribe\"]}]",
                "\"grants\":[{\"channels\":\"a\"}]",
                "\"grants\":[{\"channels\":\"a\",\"may\":[]}]",
                "\"grants\":[{\"channels\":\"a\",\"may\":[\"everything\"]}]",
                "\"grants\":[{\"channels\":\"a\",\"may\":\"subscribe\"}]",
                "\"exp\":1"
            })
    void aClaimThatCannotBeReadIsRefusedAndNotPassedOver(String claim) {
        assertRefused(Jwt.hs256(payload(claim)), Code.TOKEN_INVALID, "the token's ");
    }

    @Test
    void theMessageOfARefusalHoldsNothingThatTheTokenSays() {
        for (String claim : List.of(
                "\"grants\":[{\"channels\":\"se cret\",\"may\":[]}]",
                "\"jti\":{\"se cret\":1}",
                "\"nbf\":\"se cret\"",
                "\"roles\":{\"se cret\":1}")) {
            assertThat(admission(PLAIN, Jwt.hs256(payload(claim))).toString()).doesNotContain("cret");
        }
    }

    // ---- garbage

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "....",
                "a.b.c",
                "e30.e30.e30",
                "e30..",
                "W10.W10.W10",
                "bnVsbA.bnVsbA.",
                "eyJhbGciOiJIUzI1NiJ9.e30.*",
                "eyJhbGciOiJIUzI1NiJ9.e30.AA==AA",
                "eyJhbGciOiJIUzI1NiJ9 .e30.AAAA",
                "\u00e9\u00e9.\u00e9.\u00e9",
                "\u0000.\u0000.\u0000"
            })
    void garbageIsRefused(String garbage) {
        assertRefused(garbage, Code.TOKEN_INVALID, "");
    }

    @Test
    void aTokenThatIsTooLongIsRefusedUnread() {
        assertRefused("a".repeat(1000) + "." + "b".repeat(1000) + "." + "c".repeat(100), Code.TOO_LARGE, "2048");
        assertRefused(Jwt.hs256(payload("\"x\":\"" + "x".repeat(2000) + "\"")), Code.TOO_LARGE, "tokens: bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "7", "\"a\"", "", "{", "{\"sub\":\"a\",\"sub\":\"b\",\"exp\":9}"})
    void aPayloadThatIsNoObjectIsRefused(String payload) {
        assertRefused(Jwt.hs256(payload), Code.TOKEN_INVALID, "the token's ");
    }

    @Test
    void deepNestingIsRefused() {
        assertRefused(
                Jwt.token(
                        "{\"alg\":\"HS256\",\"kid\":\"k1\",\"x\":" + "[".repeat(600) + "]".repeat(600) + "}",
                        "{}",
                        Jwt.hmac(Jwt.SECRET)),
                Code.TOKEN_INVALID,
                "");
    }

    // ---- keys

    @Test
    void aKeyThatCannotBeUsedIsRefusedWithoutBeingShown() {
        assertThatThrownBy(() -> TokenKey.hs256("a", new byte[31]))
                .hasMessage("has 31 bytes; it must have at least 32");
        assertThatThrownBy(() -> TokenKey.hs256("a", Jwt.pem(Jwt.RSA).getBytes(StandardCharsets.UTF_8)))
                .hasMessage("is a PEM key, which is no shared secret");
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.ES256, Jwt.pem(Jwt.RSA)))
                .hasMessage("is no public key for ES256");
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.RS256, Jwt.pem(Jwt.ED)))
                .hasMessage("is no public key for RS256");
        assertThatThrownBy(() ->
                        TokenKey.ofPublicKey("a", TokenKey.Algorithm.ES256, Jwt.pem(Jwt.keyPair("EC", "secp384r1"))))
                .hasMessage("is on another curve than P-256");
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.EDDSA, Jwt.pem(Jwt.keyPair("Ed448", ""))))
                .hasMessage("is no public key for EdDSA");
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.HS256, Jwt.pem(Jwt.RSA)))
                .hasMessage("is a public key, and HS256 needs a shared secret");
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.RS256, "-----BEGIN PUBLIC KEY-----\n*"))
                .hasMessageContaining("must be PEM");
        assertThatThrownBy(() -> TokenKey.ofPublicKey(
                        "a", TokenKey.Algorithm.RS256, "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"))
                .hasMessageContaining("is a private key");
        assertThat(KEYS.getFirst().toString()).doesNotContain(Jwt.SECRET);
    }

    @Test
    void anRsaKeyIsLongEnough() throws Exception {
        var generator = java.security.KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        String pem = Jwt.pem(generator.generateKeyPair());
        assertThatThrownBy(() -> TokenKey.ofPublicKey("a", TokenKey.Algorithm.RS256, pem))
                .hasMessage("has 1024 bits; it must have 2048 to 8192");
    }
}
