package dev.carillon.server;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.protocol.ChannelPattern;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token says (RFC 7519 §4.1), read after its signature was checked. Times are milliseconds since 1970; a claim that
 * is null counts as absent.
 *
 * @param user {@code sub}
 * @param id {@code jti}
 * @param audience {@code aud}; empty without
 * @param issuer {@code iss}
 * @param issuedAtMillis {@code iat}; null without
 * @param notBeforeMillis {@code nbf}; {@link Long#MIN_VALUE} without
 * @param expiresAtMillis {@code exp}
 * @param roles {@code roles}; null without, which is another thing than none
 * @param grants {@code grants}
 */
record TokenClaims(
        String user,
        @Nullable String id,
        List<String> audience,
        @Nullable String issuer,
        @Nullable Long issuedAtMillis,
        long notBeforeMillis,
        long expiresAtMillis,
        @Nullable List<String> roles,
        List<Grant> grants) {

    /** The most characters of a user's name. */
    static final int USER_LENGTH_MAX = 128;

    private static final int ID_LENGTH_MAX = 256;
    private static final int LIST_MAX = 1000;
    /** The end of the year 9999. */
    private static final double SECONDS_MAX = 253_402_300_799.0;

    /** A claim is not what it should be; the text is a sentence for whoever presents the token, and holds no value of it. */
    static final class BadClaim extends Exception {
        private static final long serialVersionUID = 1;

        BadClaim(String message) {
            super(message, null, false, false);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    static TokenClaims of(Map<String, Object> claims) throws BadClaim {
        String user = text(claims, "sub", USER_LENGTH_MAX);
        if (user == null || !isName(user)) {
            throw new BadClaim("the token's sub must be the user: 1 to " + USER_LENGTH_MAX
                    + " characters, none of them a control character");
        }
        Long expiresAt = time(claims, "exp");
        if (expiresAt == null) {
            throw new BadClaim("the token has no exp: one without an end is not taken");
        }
        Long notBefore = time(claims, "nbf");
        Object audience = claims.get("aud");
        return new TokenClaims(
                user,
                text(claims, "jti", ID_LENGTH_MAX),
                audience instanceof String one ? List.of(one) : absentAsEmpty(texts(audience, "aud")),
                text(claims, "iss", Integer.MAX_VALUE),
                time(claims, "iat"),
                notBefore == null ? Long.MIN_VALUE : notBefore,
                expiresAt,
                texts(claims.get("roles"), "roles"),
                grants(claims.get("grants")));
    }

    /** Whether a name can be shown and compared: no control characters, no half of a surrogate pair. */
    static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= USER_LENGTH_MAX
                && text.codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    private static @Nullable String text(Map<String, Object> claims, String name, int lengthMax) throws BadClaim {
        Object value = claims.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && !text.isEmpty() && text.length() <= lengthMax) {
            return text;
        }
        throw new BadClaim("the token's " + name + " must be a text"
                + (lengthMax == Integer.MAX_VALUE ? "" : " of 1 to " + lengthMax + " characters"));
    }

    /** A NumericDate (RFC 7519 §2): seconds, which may have a fraction. */
    private static @Nullable Long time(Map<String, Object> claims, String name) throws BadClaim {
        Object value = claims.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number seconds && seconds.doubleValue() >= 0 && seconds.doubleValue() <= SECONDS_MAX) {
            return (long) (seconds.doubleValue() * 1000);
        }
        throw new BadClaim("the token's " + name + " must be seconds since 1970");
    }

    private static List<String> absentAsEmpty(@Nullable List<String> texts) {
        return texts == null ? List.of() : texts;
    }

    private static @Nullable List<String> texts(@Nullable Object value, String name) throws BadClaim {
        if (value == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list(value, name)) {
            if (!(item instanceof String text)) {
                throw new BadClaim("the token's " + name + " must hold texts only");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    private static List<?> list(Object value, String name) throws BadClaim {
        if (value instanceof List<?> list && list.size() <= LIST_MAX) {
            return list;
        }
        throw new BadClaim("the token's " + name + " must be a list of at most " + LIST_MAX);
    }

    private static List<Grant> grants(@Nullable Object value) throws BadClaim {
        if (value == null) {
            return List.of();
        }
        List<Grant> grants = new ArrayList<>();
        for (Object item : list(value, "grants")) {
            String name = "grants[" + grants.size() + "]";
            if (!(item instanceof Map<?, ?> grant)) {
                throw new BadClaim("the token's " + name + " must be an object with channels and may");
            }
            ChannelPattern channels = grant.get("channels") instanceof String text ? ChannelPattern.parse(text) : null;
            if (channels == null) {
                throw new BadClaim("the token's " + name + ".channels is no pattern of channel names");
            }
            grants.add(new Grant(channels, permissions(grant.get("may"), name + ".may")));
        }
        return List.copyOf(grants);
    }

    private static Set<Permission> permissions(@Nullable Object value, String name) throws BadClaim {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        List<String> words = texts(value, name);
        for (String word : absentAsEmpty(words)) {
            Permission permission = permissionOf(word);
            if (permission == null) {
                throw new BadClaim("the token's " + name + " may hold subscribe, publish, signal,"
                        + " presence, purge and redact");
            }
            permissions.add(permission);
        }
        if (permissions.isEmpty()) {
            throw new BadClaim("the token's " + name
                    + " must hold one or more of subscribe, publish, signal, presence, purge," + " redact");
        }
        return permissions;
    }

    private static @Nullable Permission permissionOf(String word) {
        for (Permission permission : Permission.values()) {
            if (permission.name().toLowerCase(Locale.ROOT).equals(word)) {
                return permission;
            }
        }
        return null;
    }
}
