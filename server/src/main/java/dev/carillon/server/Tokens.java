package dev.carillon.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens are taken (RFC 7519).
 *
 * @param audience what {@code aud} must contain; null where it does not matter
 * @param issuer what {@code iss} must be; null where it does not matter
 * @param keys who may have signed them
 * @param roles the roles of a token that names none
 */
public record Tokens(
        @Nullable String audience,
        @Nullable String issuer,
        List<TokenKey> keys,
        List<String> roles,
        TokenLimits limits) {

    /** None but those of development mode. */
    public static final Tokens NONE = new Tokens(null, null, List.of(), List.of(), TokenLimits.DEFAULT);

    public Tokens {
        keys = List.copyOf(keys);
        roles = List.copyOf(roles);
    }

    /** The same with other keys. */
    Tokens with(List<TokenKey> otherKeys) {
        return new Tokens(audience, issuer, otherKeys, roles, limits);
    }
}
