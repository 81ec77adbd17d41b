package dev.carillon.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * One JSON object whose members are known by where they stand in the text. Jackson checks the whole text against the
 * grammar; this class keeps each member's bytes, so that {@code data} is passed on as it was written.
 *
 * <p>Two members of one name are refused, since two readers of such a text may see two messages.
 */
final class JsonObject {

    /** The deepest nesting that is taken. */
    static final int DEPTH_MAX = 200;

    private static final int FEW = 16;

    // Without charset detection: a text in UTF-16 or UTF-32 is refused, and never kept as if it were UTF-8.
    private static final JsonFactory JACKSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxNumberLength(1000)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** A message is not what it should be; the text is a sentence for its sender. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;
        private final Code code;

        Malformed(Code code, String message) {
            super(message, null, false, false);
            this.code = code;
        }

        Malformed(String message) {
            this(Code.MALFORMED, message);
        }

        Code code() {
            return code;
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    private final byte[] json;
    private final List<String> names = new ArrayList<>(6);
    private final List<JsonToken> tokens = new ArrayList<>(6);
    private int[] bounds = new int[12];
    /** The names once more, where they are more than {@link #FEW}. */
    private @Nullable Set<String> manyNames;

    private JsonObject(byte[] json) {
        this.json = json;
    }

    /** Reads an object from UTF-8 text, which is checked to be UTF-8 if {@code utf8Known} is false. */
    static JsonObject parse(byte[] json, boolean utf8Known) throws Malformed {
        requireUtf8(json, utf8Known);
        JsonObject object = new JsonObject(json);
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), json, 0, json.length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Malformed("a message is one JSON object");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                object.readMember(parser);
            }
            requireEnd(parser);
        } catch (JacksonException e) {
            throw notJson(e);
        }
        return object;
    }

    /** Checks that the text is one JSON value and gives it without the white space between its tokens. */
    static Data parseValue(byte[] json, boolean utf8Known) throws Malformed {
        requireUtf8(json, utf8Known);
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), json, 0, json.length)) {
            if (parser.nextToken() == null) {
                throw new Malformed("the body is empty, and JSON never is");
            }
            skipValue(parser);
            requireEnd(parser);
        } catch (JacksonException e) {
            throw notJson(e);
        }
        return Data.own(Data.Form.JSON, compact(json, 0, json.length));
    }

    private static void requireUtf8(byte[] json, boolean utf8Known) throws Malformed {
        if (!utf8Known) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
            } catch (CharacterCodingException e) {
                throw new Malformed("the text is not UTF-8");
            }
        }
    }

    private static void requireEnd(JsonParser parser) throws Malformed {
        if (parser.nextToken() != null) {
            throw new Malformed("something follows the JSON value");
        }
    }

    private static Malformed notJson(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        return new Malformed(
                at == null
                        ? "this is not JSON"
                        : "this is not JSON from byte " + Math.max(0, at.getByteOffset()) + " on");
    }

    private void readMember(JsonParser parser) throws Malformed {
        String name = parser.currentName();
        if (isRepeated(name)) {
            throw new Malformed("\"" + abridged(name) + "\" is given twice");
        }
        JsonToken token = parser.nextToken();
        int from = (int) parser.currentTokenLocation().getByteOffset();
        skipValue(parser);
        int index = names.size();
        if (bounds.length < 2 * index + 2) {
            bounds = Arrays.copyOf(bounds, bounds.length * 2);
        }
        names.add(name);
        tokens.add(token);
        bounds[2 * index] = from;
        bounds[2 * index + 1] = (int) parser.currentLocation().getByteOffset();
    }

    /** A message has a handful of members; one that has thousands is not to cost their square. */
    private boolean isRepeated(String name) {
        if (names.size() < FEW) {
            return names.contains(name);
        }
        if (manyNames == null) {
            manyNames = new HashSet<>(names);
        }
        return !manyNames.add(name);
    }

    /** Goes to the end of the value that the parser stands on, reading strings to their end so that they are checked. */
    private static void skipValue(JsonParser parser) {
        parser.skipChildren();
        parser.finishToken();
    }

    private static String abridged(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    private int indexOf(String name) {
        int index = names.indexOf(name);
        return index >= 0 && tokens.get(index) == JsonToken.VALUE_NULL ? -1 : index;
    }

    /** The text that it was read from. */
    byte[] source() {
        return json;
    }

    /** Whether there is such a member that is not null. */
    boolean has(String name) {
        return indexOf(name) >= 0;
    }

    @Nullable
    String text(String name) throws Malformed {
        int index = indexOf(name);
        if (index < 0) {
            return null;
        }
        if (tokens.get(index) != JsonToken.VALUE_STRING) {
            throw new Malformed("\"" + name + "\" must be a string");
        }
        try (JsonParser parser = parserOf(index)) {
            parser.nextToken();
            return parser.getString();
        }
    }

    String requiredText(String name) throws Malformed {
        String text = text(name);
        if (text == null) {
            throw new Malformed("\"" + name + "\" is missing");
        }
        return text;
    }

    /** A whole number from {@code min} to {@code max}, or {@code absent} where there is none. */
    long number(String name, long min, long max, long absent) throws Malformed {
        int index = indexOf(name);
        if (index < 0) {
            return absent;
        }
        if (tokens.get(index) == JsonToken.VALUE_NUMBER_INT) {
            String digits = raw(index);
            if (digits.length() <= 18) {
                long number = Long.parseLong(digits);
                if (number >= min && number <= max) {
                    return number;
                }
            }
        }
        throw new Malformed("\"" + name + "\" must be a whole number from " + min + " to " + max);
    }

    /** Whether the member is there, and a string. */
    boolean isText(String name) {
        int index = indexOf(name);
        return index >= 0 && tokens.get(index) == JsonToken.VALUE_STRING;
    }

    /** Whether the member is there, and true or false. */
    boolean isFlag(String name) {
        int index = indexOf(name);
        return index >= 0 && (tokens.get(index) == JsonToken.VALUE_TRUE || tokens.get(index) == JsonToken.VALUE_FALSE);
    }

    boolean flag(String name) throws Malformed {
        int index = indexOf(name);
        if (index >= 0 && !isFlag(name)) {
            throw new Malformed("\"" + name + "\" must be true or false");
        }
        return index >= 0 && tokens.get(index) == JsonToken.VALUE_TRUE;
    }

    @Nullable
    RequestId id() throws Malformed {
        int index = indexOf("id");
        if (index < 0) {
            return null;
        }
        JsonToken token = tokens.get(index);
        if (token == JsonToken.VALUE_NUMBER_INT && bounds[2 * index + 1] - bounds[2 * index] <= RequestId.LENGTH_MAX) {
            return new RequestId(raw(index));
        }
        String text = token == JsonToken.VALUE_STRING ? text("id") : null;
        if (text == null || text.length() > RequestId.LENGTH_MAX) {
            throw new Malformed(
                    "\"id\" must be a whole number or a string of at most " + RequestId.LENGTH_MAX + " characters");
        }
        return new RequestId(JsonWriter.quote(text));
    }

    ChannelName channel() throws Malformed {
        String text = requiredText("channel");
        ChannelName name = ChannelName.parse(text);
        if (name == null) {
            throw new Malformed(Code.INVALID_CHANNEL, Code.INVALID_CHANNEL.text());
        }
        return name;
    }

    @Nullable
    Position position(String name) throws Malformed {
        String text = text(name);
        if (text == null) {
            return null;
        }
        Position position = Position.parse(text);
        if (position == null) {
            throw new Malformed(Code.INVALID_POSITION, "\"" + name + "\" is no position that this server can read");
        }
        return position;
    }

    @Nullable
    String idempotencyKey() throws Malformed {
        String key = text("idempotencyKey");
        if (key != null && !IdempotencyKey.isValid(key)) {
            throw new Malformed(Code.INVALID_IDEMPOTENCY_KEY, Code.INVALID_IDEMPOTENCY_KEY.text());
        }
        return key;
    }

    /** {@code data} or {@code data64}, of which exactly one must be there; {@code data} may be null. */
    Data data() throws Malformed {
        int index = names.indexOf("data");
        String base64 = text("data64");
        if ((index >= 0) == (base64 != null)) {
            throw new Malformed("exactly one of \"data\" and \"data64\" must be given");
        }
        if (base64 == null) {
            return Data.own(Data.Form.JSON, compact(json, bounds[2 * index], bounds[2 * index + 1]));
        }
        try {
            return Data.own(Data.Form.BYTES, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new Malformed("\"data64\" is not base64");
        }
    }

    @Nullable
    JsonObject object(String name) throws Malformed {
        int index = indexOf(name);
        if (index < 0) {
            return null;
        }
        if (tokens.get(index) != JsonToken.START_OBJECT) {
            throw new Malformed("\"" + name + "\" must be an object");
        }
        return parse(Arrays.copyOfRange(json, bounds[2 * index], bounds[2 * index + 1]), true);
    }

    /** The objects of an array; empty where there is no such member. */
    List<JsonObject> objects(String name, int countMax) throws Malformed {
        int index = indexOf(name);
        List<JsonObject> objects = new ArrayList<>();
        if (index < 0) {
            return objects;
        }
        if (tokens.get(index) != JsonToken.START_ARRAY) {
            throw new Malformed("\"" + name + "\" must be an array");
        }
        int start = bounds[2 * index];
        try (JsonParser parser = parserOf(index)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                int from = start + (int) parser.currentTokenLocation().getByteOffset();
                skipValue(parser);
                int to = start + (int) parser.currentLocation().getByteOffset();
                objects.add(parse(Arrays.copyOfRange(json, from, to), true));
                if (objects.size() > countMax) {
                    throw new Malformed("\"" + name + "\" has more than " + countMax + " elements");
                }
            }
            if (parser.currentToken() != JsonToken.END_ARRAY) {
                throw new Malformed("\"" + name + "\" must be an array of objects");
            }
        }
        return objects;
    }

    /** The texts of an array, each a key or a tag; null where there is no such member. */
    @Nullable
    List<String> keys(String name, int countMax) throws Malformed {
        int index = indexOf(name);
        if (index < 0) {
            return null;
        }
        List<String> keys = new ArrayList<>();
        try (JsonParser parser = parserOf(index)) {
            boolean isArray = parser.nextToken() == JsonToken.START_ARRAY;
            while (isArray && parser.nextToken() == JsonToken.VALUE_STRING) {
                keys.add(Change.requireText(name, parser.getString()));
                if (keys.size() > countMax) {
                    throw new Malformed("\"" + name + "\" has more than " + countMax + " elements");
                }
            }
            if (!isArray || parser.currentToken() != JsonToken.END_ARRAY) {
                throw new Malformed("\"" + name + "\" must be an array of strings");
            }
        }
        return keys;
    }

    /** {@code keys} or {@code tags}, not both; null for neither. */
    @Nullable
    Selection selection() throws Malformed {
        List<String> keys = keys("keys", Selection.NAMES_MAX);
        List<String> tags = keys("tags", Selection.NAMES_MAX);
        if (keys != null && tags != null) {
            throw new Malformed("\"keys\" and \"tags\" exclude each other");
        }
        return keys != null ? new Selection(false, keys) : tags != null ? new Selection(true, tags) : null;
    }

    /** {@code key}, {@code tag} and {@code removed}; null without any of them. */
    @Nullable
    Change change() throws Malformed {
        return Change.of(text("key"), text("tag"), flag("removed"));
    }

    /** The data of what may have none: then there must be neither {@code data} nor {@code data64}. */
    Data data(boolean hasNone) throws Malformed {
        if (!hasNone) {
            return data();
        }
        if (names.contains("data") || has("data64")) {
            throw new Malformed("what is removed or redacted has no data");
        }
        return Data.NONE;
    }

    private String raw(int index) {
        int from = bounds[2 * index];
        return new String(json, from, bounds[2 * index + 1] - from, StandardCharsets.US_ASCII);
    }

    private JsonParser parserOf(int index) {
        int from = bounds[2 * index];
        return JACKSON.createParser(ObjectReadContext.empty(), json, from, bounds[2 * index + 1] - from);
    }

    /** The bytes of valid JSON without the white space between its tokens. */
    private static byte[] compact(byte[] json, int from, int to) {
        byte[] compact = new byte[to - from];
        int length = 0;
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte b = json[i];
            if (inString) {
                if (b == '\\') {
                    compact[length++] = b;
                    b = json[++i];
                } else if (b == '"') {
                    inString = false;
                }
            } else if (b == ' ' || b == '\n' || b == '\r' || b == '\t') {
                continue;
            } else if (b == '"') {
                inString = true;
            }
            compact[length++] = b;
        }
        return length == compact.length ? compact : Arrays.copyOf(compact, length);
    }
}
