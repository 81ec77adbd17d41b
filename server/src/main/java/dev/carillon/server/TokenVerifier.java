package dev.carillon.server;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Code;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what a JSON Web Token in compact form proves (RFC 7519, RFC 7515 §3.1), or why it proves nothing. Pure; from any
 * thread.
 *
 * <p><b>In this order.</b> The header only says by which of our keys to check, never how: a key has one algorithm, and a
 * header that names another one is refused, as are {@code none}, every {@code crit} and whatever else would change how the
 * token is read (RFC 8725 §2.1, §3.1). Nothing that the payload says is looked at before the signature was found to be right.
 * Keys that a header brings along ({@code jwk}, {@code jku}, {@code x5c}) are never used.
 */
final class TokenVerifier {

    /** A token as far as it can be read without trusting it. */
    sealed interface Parsed {
        /** It needs no further look. */
        record Refused(Admission.Rejected why) implements Parsed {}

        /** Somebody signed it, perhaps the key. */
        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        record Signed(TokenKey key, byte[] signed, byte[] signature, String payload) implements Parsed {
            @Override
            public String toString() {
                return "Signed[" + key + "]";
            }
        }
    }

    /** What came of a check. */
    sealed interface Outcome {
        /** The signature is right, and the claims can be used once {@link TokenVerifier#admit} finds their times right. */
        record Proven(Principal principal, long notBeforeMillis) implements Outcome {}

        /** It proves nothing. */
        record Refused(Admission.Rejected why) implements Outcome {}
    }

    private static final int ID_SHOWN_MAX = 64;

    private final Tokens tokens;
    private final Map<String, List<Grant>> roles = new HashMap<>();
    /** What a token may do that names neither roles nor grants, where no roles are set for it either. */
    private final List<Grant> otherwise;

    TokenVerifier(Tokens tokens, List<Role> roles, List<Grant> otherwise) {
        this.tokens = tokens;
        roles.forEach(role -> this.roles.put(role.name(), role.grants()));
        this.otherwise = otherwise;
    }

    /** Whether a text is meant to be a token: three parts, or the five of an encrypted one. */
    static boolean isMeantAsToken(String text) {
        long dots = text.chars().filter(c -> c == '.').count();
        return dots == 2 || dots == 4;
    }

    /** Reads a token without trusting it. */
    Parsed parse(String token) {
        if (token.length() > tokens.limits().bytes()) {
            return refused(
                    Code.TOO_LARGE,
                    "the token has " + token.length() + " bytes; it may have "
                            + tokens.limits().bytes() + " (tokens: bytes)");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length == 5) {
            return invalid("an encrypted token is not taken");
        }
        if (parts.length != 3) {
            return invalid("this is no token: it has not three parts");
        }
        Map<String, Object> header;
        byte[] signature;
        String payload;
        try {
            header = object(decoded(parts[0]));
            payload = decoded(parts[1]);
            signature = Base64.getUrlDecoder().decode(parts[2]);
        } catch (ParseException | IllegalArgumentException e) {
            return invalid("the token is not JSON in base64url");
        }
        byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        return parse(header, signed, signature, payload);
    }

    private Parsed parse(Map<String, Object> header, byte[] signed, byte[] signature, String payload) {
        if (header.containsKey("crit") || header.containsKey("b64") || header.containsKey("zip")) {
            return invalid("the token's header asks for an extension (crit, b64, zip) that is not taken");
        }
        Object id = header.get("kid");
        if (id != null && !(id instanceof String)) {
            return invalid("the token's kid must be a text");
        }
        Object algorithm = header.get("alg");
        if (!(algorithm instanceof String word) || TokenKey.Algorithm.of(word) == null) {
            return invalid("the token's alg is none of " + TokenKey.Algorithm.words());
        }
        TokenKey key = TokenKey.find(tokens.keys(), (String) id);
        if (key == null) {
            return invalid(
                    id == null
                            ? "the token has no kid, and there is not exactly one key"
                            : "the token's kid " + shown((String) id) + " is no key of this server");
        }
        if (!key.algorithm().word().equals(word)) {
            return invalid("the token's alg is " + word + ", and its key is for "
                    + key.algorithm().word());
        }
        return new Parsed.Signed(key, signed, signature, payload);
    }

    /** Checks the signature and then reads what the token says; takes up to a millisecond, unless the key is quick. */
    Outcome check(Parsed.Signed token) {
        if (!token.key().hasSigned(token.signed(), token.signature())) {
            return new Outcome.Refused(rejected(Code.TOKEN_INVALID, "the token's signature is not by its key"));
        }
        try {
            return proof(token.key(), TokenClaims.of(object(token.payload())));
        } catch (ParseException e) {
            return new Outcome.Refused(rejected(Code.TOKEN_INVALID, "the token's payload is no JSON object"));
        } catch (TokenClaims.BadClaim e) {
            return new Outcome.Refused(rejected(Code.TOKEN_INVALID, e.sentence()));
        }
    }

    private Outcome proof(TokenKey key, TokenClaims claims) {
        if (tokens.audience() != null && !claims.audience().contains(tokens.audience())) {
            return new Outcome.Refused(
                    rejected(Code.TOKEN_WRONG_AUDIENCE, "the token's aud does not name this server's audience"));
        }
        if (tokens.issuer() != null && !tokens.issuer().equals(claims.issuer())) {
            return new Outcome.Refused(
                    rejected(Code.TOKEN_WRONG_AUDIENCE, "the token's iss is not the issuer that this server trusts"));
        }
        long lifeMax = tokens.limits().lifetimeMax().toMillis();
        Long issuedAt = claims.issuedAtMillis();
        if (issuedAt != null && claims.expiresAtMillis() - issuedAt > lifeMax) {
            return new Outcome.Refused(tooLong());
        }
        // One that doesn't say when it was issued is taken for as old as it can be.
        Principal.Term term = new Principal.Term(
                claims.id(),
                issuedAt == null ? claims.expiresAtMillis() - lifeMax : issuedAt,
                claims.expiresAtMillis());
        return new Outcome.Proven(
                new Principal(claims.user(), "token " + key.id(), grantsOf(claims), term),
                Math.max(claims.notBeforeMillis(), issuedAt == null ? Long.MIN_VALUE : issuedAt));
    }

    private List<Grant> grantsOf(TokenClaims claims) {
        List<String> named = claims.roles() == null ? tokens.roles() : claims.roles();
        if (claims.roles() == null && named.isEmpty() && claims.grants().isEmpty()) {
            return otherwise;
        }
        List<Grant> grants = new ArrayList<>(claims.grants());
        named.forEach(name -> grants.addAll(roles.getOrDefault(name, List.of())));
        return grants;
    }

    /** Whether a proof holds at a time. */
    Admission admit(Outcome.Proven proven, long nowMillis) {
        Principal.Term term = proven.principal().term();
        if (term == null || term.expiresAtMillis() <= nowMillis) {
            return rejected(Code.TOKEN_EXPIRED, Code.TOKEN_EXPIRED.text());
        }
        if (proven.notBeforeMillis() > nowMillis + tokens.limits().skew().toMillis()) {
            return rejected(Code.TOKEN_NOT_YET_VALID, Code.TOKEN_NOT_YET_VALID.text());
        }
        if (term.expiresAtMillis() - nowMillis
                > tokens.limits().lifetimeMax().plus(tokens.limits().skew()).toMillis()) {
            return tooLong();
        }
        return new Admission.Admitted(proven.principal());
    }

    private Admission.Rejected tooLong() {
        return rejected(
                Code.TOKEN_INVALID,
                "the token lasts longer than " + Quantity.ofTime(tokens.limits().lifetimeMax())
                        + " (tokens: lifetimeMax)");
    }

    /** The library refuses repeated members, and gives null for the text {@code null}. */
    private static Map<String, Object> object(String json) throws ParseException {
        @Nullable Map<String, Object> object = JSONObjectUtils.parse(json);
        if (object == null) {
            throw new ParseException("null is no object", 0);
        }
        return object;
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String shown(String id) {
        String plain = id.replaceAll("[^\\x21-\\x7e]", "?");
        return plain.length() <= ID_SHOWN_MAX ? plain : plain.substring(0, ID_SHOWN_MAX) + "…";
    }

    private static Parsed invalid(String message) {
        return refused(Code.TOKEN_INVALID, message);
    }

    private static Parsed refused(Code code, String message) {
        return new Parsed.Refused(rejected(code, message));
    }

    private static Admission.Rejected rejected(Code code, String message) {
        return new Admission.Rejected(code, message);
    }
}
