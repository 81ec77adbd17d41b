package dev.carillon.apps;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule;
import dev.carillon.server.PublishRule.Ruling;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who may publish what into an inbox, {@code inbox:<user>}: notes come from its user or from a back end, which in development
 * mode is whoever has no name; what was read and put away, only its user says.
 */
final class InboxRules {

    /** The longest title of a note, in UTF-16 units. */
    static final int TITLE_MAX = 120;

    /** The longest text of a note, in UTF-16 units. */
    static final int BODY_MAX = 1000;

    private static final String INBOX = "inbox:";
    private static final Ruling ACCEPT = new Ruling.Accept();
    private static final Ruling MALFORMED = new Ruling.Refuse(
            Code.MALFORMED,
            "an inbox takes the kinds note (title, body), read (of or upTo, an offset), unread and archive (of, an offset)");

    private InboxRules() {}

    static PublishRule rule() {
        return new PublishRule(
                Objects.requireNonNull(ChannelPattern.parse(INBOX + "*")),
                (user, channel, data) -> decide(user, channel, data));
    }

    /** The one channel of a user. */
    static String channelOf(String user) {
        return INBOX + user;
    }

    static Ruling decide(@Nullable String user, ChannelName channel, Data data) {
        Json event = Json.read(data);
        String kind = event == null ? null : event.text("kind");
        if (event == null || kind == null) {
            return MALFORMED;
        }
        boolean isOwn = user != null && channel.value().equals(channelOf(user));
        boolean isNote = kind.equals("note");
        if (!isOwn && (!isNote || user != null)) {
            return new Ruling.Refuse(Code.NOT_PERMITTED, "only its own user publishes here");
        }
        return isShaped(event, kind) ? ACCEPT : MALFORMED;
    }

    private static boolean isShaped(Json event, String kind) {
        return switch (kind) {
            case "note" ->
                event.hasExactly("kind", "title", "body")
                        && isText(event.text("title"), TITLE_MAX)
                        && isNoLonger(event.text("body"), BODY_MAX);
            case "read" ->
                (event.hasExactly("kind", "of") && isOffset(event, "of"))
                        || (event.hasExactly("kind", "upTo") && isOffset(event, "upTo"));
            case "unread", "archive" -> event.hasExactly("kind", "of") && isOffset(event, "of");
            default -> false;
        };
    }

    private static boolean isText(@Nullable String text, int max) {
        return text != null && !text.isBlank() && text.length() <= max;
    }

    private static boolean isNoLonger(@Nullable String text, int max) {
        return text != null && text.length() <= max;
    }

    private static boolean isOffset(Json event, String name) {
        return event.number(name) >= 0 && event.number(name) <= ChatPayload.NUMBER_MAX;
    }
}
