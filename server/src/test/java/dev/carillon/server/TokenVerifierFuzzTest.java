package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.carillon.engine.Decisions.Admission;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any bytes give a proof or a coded refusal, as a token, as its header, and as its payload under a right signature. */
class TokenVerifierFuzzTest {

    private static final TokenVerifier VERIFIER = new TokenVerifier(
            Tokens.NONE.with(List.of(TokenKey.hs256("k1", Jwt.SECRET.getBytes(StandardCharsets.UTF_8)))),
            List.of(),
            List.of());

    @FuzzTest
    void anyBytesGiveAProofOrARefusal(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(isAdmitted(text)).isFalse();
        isAdmitted(Jwt.token(text, "{\"sub\":\"a\",\"exp\":9999999999}", Jwt.hmac(Jwt.SECRET)));
        isAdmitted(Jwt.hs256(text));
    }

    private static boolean isAdmitted(String token) {
        if (VERIFIER.parse(token) instanceof TokenVerifier.Parsed.Signed signed
                && VERIFIER.check(signed) instanceof TokenVerifier.Outcome.Proven proven) {
            return VERIFIER.admit(proven, 1_764_000_000_000L) instanceof Admission.Admitted;
        }
        return false;
    }
}
