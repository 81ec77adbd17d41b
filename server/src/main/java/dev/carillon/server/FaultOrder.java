package dev.carillon.server;

import dev.carillon.testkit.Direction;
import dev.carillon.testkit.Fault;
import dev.carillon.testkit.Lane;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What {@code POST /network/lanes/…} asks a lane to suffer.
 *
 * @param lasting how long; null for until something else is asked for
 */
record FaultOrder(Fault fault, @Nullable Duration lasting) {

    private static final List<String> MEMBERS = List.of("fault", "direction", "millis", "bytesPerSecond");
    private static final List<String> FAULTS =
            List.of("none", "cut", "hang", "half-open", "one-way", "delay", "throttle", "split", "refuse");
    private static final int NUMBER_LENGTH_MAX = 12;
    private static final JsonFactory JSON = new JsonFactory();

    /** It can't be done; the text is a sentence for whoever asked. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String sentence) {
            super(sentence, null, false, false);
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    /** Reads an order: a JSON object of texts and whole numbers. */
    static FaultOrder read(byte[] body) throws Refused {
        Map<String, String> members = members(body);
        String word = members.get("fault");
        if (word == null || !FAULTS.contains(word)) {
            throw new Refused("fault is " + shown(word) + "; there are " + String.join(", ", FAULTS));
        }
        try {
            Fault fault = fault(word, members);
            return new FaultOrder(fault, fault instanceof Fault.Delay ? null : lasting(members));
        } catch (IllegalArgumentException e) {
            throw new Refused(String.valueOf(e.getMessage()));
        }
    }

    private static Fault fault(String word, Map<String, String> members) throws Refused {
        return switch (word) {
            case "cut" -> new Fault.Cut();
            case "hang" -> new Fault.Hang(direction(members, Direction.BOTH));
            case "half-open" -> new Fault.HalfOpen(direction(members, Direction.DOWN));
            case "one-way" -> new Fault.OneWay(direction(members, Direction.UP));
            case "delay" ->
                new Fault.Delay(direction(members, Direction.BOTH), Duration.ofMillis(number(members, "millis")));
            case "throttle" ->
                new Fault.Throttle(direction(members, Direction.BOTH), number(members, "bytesPerSecond"));
            case "split" -> new Fault.Split(direction(members, Direction.BOTH));
            case "refuse" -> new Fault.Refuse();
            default -> new Fault.None();
        };
    }

    private static @Nullable Duration lasting(Map<String, String> members) throws Refused {
        if (!members.containsKey("millis")) {
            return null;
        }
        long millis = number(members, "millis");
        if (millis < 1 || millis > Lane.LASTING_MAX.toMillis()) {
            throw new Refused(
                    "millis is " + millis + "; a fault lasts from 1 to " + Lane.LASTING_MAX.toMillis() + " ms");
        }
        return Duration.ofMillis(millis);
    }

    private static Direction direction(Map<String, String> members, Direction otherwise) throws Refused {
        String word = members.get("direction");
        if (word == null) {
            return otherwise;
        }
        for (Direction direction : Direction.values()) {
            if (wordOf(direction).equals(word)) {
                return direction;
            }
        }
        throw new Refused("direction is " + shown(word) + "; there are up, down and both");
    }

    private static long number(Map<String, String> members, String name) throws Refused {
        String text = members.get(name);
        if (text == null || !text.matches("\\d{1," + NUMBER_LENGTH_MAX + "}")) {
            throw new Refused(name + " is " + shown(text) + "; it must be a whole number");
        }
        return Long.parseLong(text);
    }

    private static String shown(@Nullable String text) {
        return text == null ? "missing" : text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static Map<String, String> members(byte[] body) throws Refused {
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Refused("the body is one JSON object, such as {\"fault\":\"cut\",\"millis\":3000}");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                if (!MEMBERS.contains(name) || members.containsKey(name)) {
                    throw new Refused("a fault has " + String.join(", ", MEMBERS) + ", each once at most");
                }
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT) {
                    members.put(name, parser.getString());
                } else if (value != JsonToken.VALUE_NULL) {
                    throw new Refused(name + " must be a text or a whole number");
                }
            }
            if (parser.nextToken() != null) {
                throw new Refused("the body is one JSON object, and nothing behind it");
            }
            return members;
        } catch (JacksonException e) {
            throw new Refused("the body is not JSON");
        }
    }

    /** The fault as the same members say it, without the braces. */
    static String toJson(Fault fault) {
        return switch (fault) {
            case Fault.None _ -> json("none");
            case Fault.Cut _ -> json("cut");
            case Fault.Hang(Direction direction) -> json("hang", direction);
            case Fault.HalfOpen(Direction direction) -> json("half-open", direction);
            case Fault.OneWay(Direction passing) -> json("one-way", passing);
            case Fault.Delay(Direction direction, Duration by) ->
                json("delay", direction) + ",\"millis\":" + by.toMillis();
            case Fault.Throttle(Direction direction, long bytesPerSecond) ->
                json("throttle", direction) + ",\"bytesPerSecond\":" + bytesPerSecond;
            case Fault.Split(Direction direction) -> json("split", direction);
            case Fault.Refuse _ -> json("refuse");
        };
    }

    private static String json(String word) {
        return "\"fault\":\"" + word + "\"";
    }

    private static String json(String word, Direction direction) {
        return json(word) + ",\"direction\":\"" + wordOf(direction) + "\"";
    }

    private static String wordOf(Direction direction) {
        return direction.name().toLowerCase(Locale.ROOT);
    }
}
