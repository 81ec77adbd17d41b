package dev.carillon.gateway;

import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Puts the name that somebody has proven into what it says of itself: {@code user.name} is the server's word. */
final class DocumentUser {

    private static final JsonFactory JSON = new JsonFactory();

    private static final String USER = "user";
    private static final String NAME = "name";

    private DocumentUser() {}

    /**
     * What a client says of itself, under its own name.
     *
     * @param json valid; where it is no object, it can name nobody
     * @param name null for one who has proven none, and says what it likes
     */
    static String named(String json, @Nullable String name) {
        if (name == null) {
            return json;
        }
        try {
            return renamed(json, name);
        } catch (JacksonException e) {
            return renamed("{}", name); // a number of a thousand digits, or the like
        }
    }

    private static String renamed(String json, String name) {
        StringWriter out = new StringWriter(json.length() + name.length() + 32);
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json);
                JsonGenerator to = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                return json;
            }
            to.writeStartObject();
            boolean isNamed = false;
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                if (!in.currentName().equals(USER)) {
                    to.copyCurrentStructure(in);
                    continue;
                }
                in.nextToken();
                // JSON may say it twice, and of two the last counts: so the first is taken and no other.
                if (isNamed) {
                    in.skipChildren();
                } else {
                    to.writeName(USER);
                    user(in, to, name);
                    isNamed = true;
                }
            }
            if (!isNamed) {
                to.writeName(USER);
                to.writeStartObject();
                to.writeStringProperty(NAME, name);
                to.writeEndObject();
            }
            to.writeEndObject();
        }
        return out.toString();
    }

    private static void user(JsonParser in, JsonGenerator to, String name) {
        to.writeStartObject();
        to.writeStringProperty(NAME, name);
        if (in.currentToken() == JsonToken.START_OBJECT) {
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                if (in.currentName().equals(NAME)) {
                    in.nextToken();
                    in.skipChildren();
                } else {
                    to.copyCurrentStructure(in);
                }
            }
        } else {
            in.skipChildren();
        }
        to.writeEndObject();
    }
}
