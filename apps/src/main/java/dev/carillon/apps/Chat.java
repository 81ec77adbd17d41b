package dev.carillon.apps;

import dev.carillon.protocol.Code;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the chat's page asks for over HTTP: a token for a name, and new rooms. Thread-safe; waits. */
final class Chat {

    private final Passes passes;
    private final Rooms rooms;

    Chat(Passes passes, Rooms rooms) {
        this.passes = passes;
        this.rooms = rooms;
    }

    /** {@code {"name", "seconds"?}}: a token for whoever says a name. */
    HttpReply login(HttpCall call) {
        Json asked = Json.read(call.body());
        String given = asked == null ? null : asked.text("name");
        if (asked == null || given == null) {
            return HttpReply.refusal(Code.MALFORMED, "to log in, POST an object with a name");
        }
        String user = ChatNames.user(given);
        if (user == null) {
            return HttpReply.refusal(
                    Code.MALFORMED,
                    "a name has 1 to " + ChatNames.USER_MAX
                            + " letters, digits, dots, hyphens and underscores, and ends with a letter or digit");
        }
        Duration lifetime = lifetime(asked);
        if (lifetime == null) {
            return HttpReply.refusal(
                    Code.MALFORMED,
                    "a token lives from " + Passes.LIFETIME_MIN.toSeconds() + " to " + Passes.LIFETIME.toSeconds()
                            + " seconds");
        }
        rooms.refresh();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("user", user);
        answer.put("token", passes.issue(user, lifetime));
        answer.put("expires", lifetime.toMillis());
        return json(200, answer);
    }

    /** Null where another was asked for than may be had. */
    private static @Nullable Duration lifetime(Json asked) {
        if (!asked.members().containsKey("seconds")) {
            return Passes.LIFETIME;
        }
        long seconds = asked.number("seconds");
        return seconds < Passes.LIFETIME_MIN.toSeconds() || seconds > Passes.LIFETIME.toSeconds()
                ? null
                : Duration.ofSeconds(seconds);
    }

    /** {@code {"name", "topic"?}} of somebody with a name: 201 with the room, or 200 where there is one of that name. */
    HttpReply newRoom(HttpCall call) {
        if (call.user() == null) {
            return HttpReply.refusal(
                    Code.UNAUTHENTICATED, "a room is made by somebody: POST /apps/login gives a token");
        }
        Json asked = Json.read(call.body());
        String name = asked == null ? null : asked.text("name");
        if (asked == null || name == null || !ChatNames.isRoom(name)) {
            return HttpReply.refusal(
                    Code.MALFORMED,
                    "a room's name has 1 to " + ChatNames.ROOM_MAX
                            + " lower-case letters and digits, and single hyphens between them");
        }
        String topic = asked.members().containsKey("topic") ? asked.text("topic") : "";
        if (topic == null || topic.length() > Rooms.TOPIC_MAX || topic.chars().anyMatch(Character::isISOControl)) {
            return HttpReply.refusal(
                    Code.MALFORMED, "a topic is one line of at most " + Rooms.TOPIC_MAX + " characters");
        }
        return switch (rooms.create(name, topic.strip())) {
            case Rooms.Outcome.There(Rooms.Room room, boolean isNew) ->
                json(isNew ? 201 : 200, Map.of("name", room.name(), "topic", room.topic()));
            case Rooms.Refused(Code code, String message) -> HttpReply.refusal(code, message);
        };
    }

    private static HttpReply json(int status, Map<String, ?> object) {
        return HttpReply.json(status, Json.write(object).getBytes(StandardCharsets.UTF_8));
    }
}
