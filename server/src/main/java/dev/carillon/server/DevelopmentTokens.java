package dev.carillon.server;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import dev.carillon.engine.Clock;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Issues the tokens of development mode, signed with a key of this server's own, so that an application's pages go the same
 * way as in production. From any thread.
 */
final class DevelopmentTokens {

    /** The {@code kid} of the key. */
    static final String KEY_ID = "development";

    /** The file that the key is kept in, so that tokens outlive a restart. */
    static final String FILE = "development.key";

    private static final int KEY_BYTES = 32;

    private final byte[] key;
    private final Tokens tokens;
    private final Clock clock;

    private DevelopmentTokens(byte[] key, Tokens tokens, Clock clock) {
        this.key = key;
        this.tokens = tokens;
        this.clock = clock;
    }

    /**
     * Reads the key of a folder, or makes it.
     *
     * @param folder null to keep it in memory
     * @param tokens whose audience, issuer and bounds hold for these tokens too
     */
    static DevelopmentTokens open(@Nullable Path folder, Tokens tokens, Clock clock) throws StartException {
        return new DevelopmentTokens(folder == null ? newKey() : keyIn(folder), tokens, clock);
    }

    private static byte[] newKey() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    private static byte[] keyIn(Path folder) throws StartException {
        SmallFile file = new SmallFile(folder.resolve(FILE));
        try {
            byte[] content = file.read(1 << 10);
            if (content == null) {
                byte[] key = newKey();
                file.replace((Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII));
                return key;
            }
            byte[] key = Base64.getDecoder().decode(new String(content, StandardCharsets.ISO_8859_1).strip());
            if (key.length == KEY_BYTES) {
                return key;
            }
        } catch (IOException e) {
            throw new StartException(
                    file + " cannot be read or written (" + Listening.oneLine(e)
                            + "): give this user the right to, or name another data folder, or none",
                    e);
        } catch (IllegalArgumentException e) {
            // Not base64; the message would show a part of what it holds.
        }
        throw new StartException(file + " is damaged: delete it, and a new one is made; its tokens end with it");
    }

    /** The key that verifies them. */
    TokenKey key() {
        return TokenKey.hs256(KEY_ID, key);
    }

    /**
     * Issues a token.
     *
     * @param user whom it names: 1 to 128 characters, no control characters
     * @param roles roles of the configuration; may be empty
     * @param grants what it allows beside them; with neither roles nor grants, what peers without a token may do
     * @param lifetime at most as long as {@code tokens.lifetimeMax}
     * @throws IllegalArgumentException if the token would be refused; the message says why
     */
    String issue(String user, List<String> roles, List<Grant> grants, Duration lifetime) {
        if (!TokenClaims.isName(user)) {
            throw new IllegalArgumentException("a user's name has 1 to " + TokenClaims.USER_LENGTH_MAX
                    + " characters, none of them a control character");
        }
        Duration max = tokens.limits().lifetimeMax();
        if (lifetime.compareTo(max) > 0 || lifetime.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "a token lasts 1 s to " + Quantity.ofTime(max) + " (tokens: lifetimeMax), not " + lifetime);
        }
        String token = signed(claims(user, roles, grants, lifetime));
        if (token.length() > tokens.limits().bytes()) {
            throw new IllegalArgumentException("the token would have " + token.length() + " bytes; it may have "
                    + tokens.limits().bytes() + " (tokens: bytes)");
        }
        return token;
    }

    private Map<String, Object> claims(String user, List<String> roles, List<Grant> grants, Duration lifetime) {
        long now = Math.floorDiv(clock.millis(), 1000);
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub", user);
        claims.put("iat", now);
        claims.put("exp", now + lifetime.toSeconds());
        claims.put("jti", UUID.randomUUID().toString());
        if (tokens.audience() != null) {
            claims.put("aud", tokens.audience());
        }
        if (tokens.issuer() != null) {
            claims.put("iss", tokens.issuer());
        }
        if (!roles.isEmpty()) {
            claims.put("roles", List.copyOf(roles));
        }
        if (!grants.isEmpty()) {
            claims.put("grants", grants.stream().map(DevelopmentTokens::claim).toList());
        }
        return claims;
    }

    private static Map<String, Object> claim(Grant grant) {
        List<String> may = new ArrayList<>();
        for (Permission permission : Permission.values()) {
            if (grant.may().contains(permission)) {
                may.add(permission.name().toLowerCase(Locale.ROOT));
            }
        }
        return Map.of("channels", grant.channels().toString(), "may", may);
    }

    private String signed(Map<String, Object> claims) {
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(KEY_ID).build();
        JWSObject token = new JWSObject(header, new Payload(claims));
        try {
            token.sign(new MACSigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
        return token.serialize();
    }
}
