package dev.carillon.apps;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule;
import dev.carillon.server.PublishRule.Ruling;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who may publish what in the chat, whatever a page or a stranger's program says. */
final class ChatRules {

    private static final Ruling ACCEPT = new Ruling.Accept();

    private final Rooms rooms;
    private final Authors authors;

    ChatRules(Rooms rooms, Authors authors) {
        this.rooms = rooms;
        this.authors = authors;
    }

    /**
     * The rules by channels.
     *
     * @param inRooms decides in the rooms
     */
    static List<PublishRule> all(PublishRule.Rule inRooms) {
        ChannelPattern list = Objects.requireNonNull(ChannelPattern.parse(ChatNames.LIST.value()));
        return List.of(
                new PublishRule(ChatNames.ROOMS, inRooms),
                new PublishRule(ChatNames.USERS, ChatRules::amongTabs),
                new PublishRule(list, (_, _, _) -> refuse(Code.NOT_PERMITTED, "only the app itself lists the rooms")));
    }

    Ruling inRoom(@Nullable String user, ChannelName channel, Data data) {
        if (user == null) {
            return refuse(
                    Code.UNAUTHENTICATED,
                    "in a room of the chat one publishes under a name: POST /apps/login gives a token");
        }
        if (!rooms.has(channel.value().substring(ChatNames.ROOM.length()))) {
            return refuse(Code.NOT_PERMITTED, "there is no such room; POST /apps/chat/rooms makes one");
        }
        return switch (ChatPayload.read(data)) {
            case ChatPayload.Outcome.Refused(Code code, String message) -> refuse(code, message);
            case ChatPayload.Outcome.Read(ChatPayload payload) ->
                switch (payload) {
                    case ChatPayload.Message _ -> ACCEPT;
                    case ChatPayload.Edit edit -> byItsAuthor(user, channel, edit.of(), "edit");
                    case ChatPayload.Delete delete -> byItsAuthor(user, channel, delete.of(), "delete");
                    case ChatPayload.Reaction reaction -> toAMessage(channel, reaction.of());
                };
        };
    }

    private Ruling byItsAuthor(String user, ChannelName channel, String of, String what) {
        return switch (authors.of(channel, of)) {
            case Authors.Answer.By(String author) ->
                author.equals(user)
                        ? ACCEPT
                        : refuse(Code.NOT_PERMITTED, "only who wrote a message may " + what + " it");
            case Authors.Answer.Unknown _ -> unknownMessage();
            case Authors.Answer.Unread(Code code, String message) -> refuse(code, message);
        };
    }

    private Ruling toAMessage(ChannelName channel, String of) {
        return switch (authors.of(channel, of)) {
            case Authors.Answer.By _ -> ACCEPT;
            case Authors.Answer.Unknown _ -> unknownMessage();
            case Authors.Answer.Unread(Code code, String message) -> refuse(code, message);
        };
    }

    private static Ruling unknownMessage() {
        return refuse(Code.NOT_PERMITTED, "this room keeps no message under that key");
    }

    /** A user's own channel carries one thing: how far the user has read in which room. */
    static Ruling amongTabs(@Nullable String user, ChannelName channel, Data data) {
        if (user == null || !channel.value().equals(ChatNames.USER + user)) {
            return refuse(Code.NOT_PERMITTED, "only its own user publishes here");
        }
        Json json = Json.read(data);
        Json read = json == null ? null : json.object("rooms");
        boolean isReadState = json != null
                && read != null
                && json.hasExactly("kind", "rooms")
                && "read".equals(json.text("kind"))
                && read.members().size() <= Rooms.MAX
                && read.members().entrySet().stream().allMatch(ChatRules::isPlaceInRoom);
        return isReadState
                ? ACCEPT
                : refuse(
                        Code.MALFORMED,
                        "a user's channel takes the kind read, with rooms: the offset read up to, by room");
    }

    private static boolean isPlaceInRoom(Map.Entry<String, Object> entry) {
        return ChatNames.isRoom(entry.getKey())
                && entry.getValue() instanceof Long offset
                && offset >= 0
                && offset <= ChatPayload.NUMBER_MAX;
    }

    private static Ruling refuse(Code code, String message) {
        return new Ruling.Refuse(code, message);
    }
}
