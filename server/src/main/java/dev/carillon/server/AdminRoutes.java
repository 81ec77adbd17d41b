package dev.carillon.server;

import dev.carillon.gateway.Endpoints;
import dev.carillon.protocol.Code;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The addresses below {@code /admin} (docs/operations.md), for whoever has the admin's own secret. Without one there are no
 * such addresses. On virtual threads.
 */
final class AdminRoutes implements Endpoints {

    private static final String REVOCATIONS = "/admin/revocations";
    private static final int NAME_LENGTH_MAX = 256;
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{22}");
    private static final JsonFactory JSON = new JsonFactory();

    private final @Nullable Secret secret;
    private final Revocations revocations;
    private final TokenLimits limits;

    AdminRoutes(@Nullable Secret secret, Revocations revocations, TokenLimits limits) {
        this.secret = secret;
        this.revocations = revocations;
        this.limits = limits;
    }

    @Override
    public boolean owns(String path) {
        return path.equals("/admin") || path.startsWith("/admin/");
    }

    @Override
    public Reply answer(Request request) {
        if (secret == null) {
            return Reply.refusal(Code.NOT_FOUND, Code.NOT_FOUND.text());
        }
        if (!isAdmin(secret, request.headers().first("Authorization"))) {
            return Reply.refusal(Code.UNAUTHENTICATED, "the admin's secret belongs into Authorization: Bearer");
        }
        if (!request.path().equals(REVOCATIONS)) {
            return Reply.refusal(Code.NOT_FOUND, "there is " + REVOCATIONS);
        }
        return switch (request.method()) {
            case "GET", "HEAD" -> Reply.json(200, list());
            case "POST" -> revoke(request.body());
            default -> Reply.methodRefused("GET, HEAD, POST");
        };
    }

    /** Not by a query or a cookie: a page that others wrote can send those. */
    private static boolean isAdmin(Secret secret, @Nullable String authorization) {
        return authorization != null
                && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                && secret.matches(Secret.hashOf(authorization.substring(7).trim()));
    }

    private byte[] list() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("revocations");
            for (Revocation revocation : revocations.all()) {
                json.writeStartObject();
                json.writeStringProperty(revocation.kind().word(), revocation.name());
                json.writeNumberProperty("at", revocation.atMillis());
                json.writeNumberProperty("until", revocations.untilMillis(revocation));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private Reply revoke(byte[] body) {
        Asked asked = asked(body);
        if (asked == null) {
            return Reply.refusal(
                    Code.BAD_REQUEST,
                    "the body is JSON with exactly one of \"user\", \"token\" (its jti) and \"session\" (22 characters of"
                            + " base64url)");
        }
        return switch (revocations.add(asked.kind(), asked.name())) {
            case KEPT -> Reply.empty();
            case NOT_KEPT ->
                Reply.refusal(
                        Code.STORAGE_FAULT,
                        "it is in force, but could not be written, and would end with the process: send it again");
            case NOT_TOLD ->
                Reply.refusal(
                        Code.BROKER_AWAY,
                        "it is in force on this node, and the others are told once Redis is back: send it again to know");
            case FULL ->
                Reply.refusal(
                        Code.OVERLOADED,
                        "there are " + limits.revocations() + " revocations, as many as tokens.revocations allows");
        };
    }

    private record Asked(Revocation.Kind kind, String name) {}

    private static @Nullable Asked asked(byte[] body) {
        Asked asked = null;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                Revocation.Kind kind = RevocationFile.kindOf(json.currentName());
                if (asked != null || json.nextToken() != JsonToken.VALUE_STRING) {
                    return null;
                }
                asked = new Asked(kind, json.getString());
            }
            if (json.nextToken() != null) {
                return null;
            }
        } catch (JacksonException | IllegalArgumentException e) {
            return null; // the message of either would show a part of the body
        }
        return asked == null || !isName(asked) ? null : asked;
    }

    private static boolean isName(Asked asked) {
        return switch (asked.kind()) {
            case SESSION -> SESSION.matcher(asked.name()).matches();
            case USER, TOKEN -> !asked.name().isEmpty() && asked.name().length() <= NAME_LENGTH_MAX;
        };
    }
}
