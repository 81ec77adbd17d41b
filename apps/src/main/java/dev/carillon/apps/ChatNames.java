package dev.carillon.apps;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The chat's names of users, rooms and channels. */
final class ChatNames {

    static final int USER_MAX = 40;
    static final int ROOM_MAX = 32;

    /** Carries what is said in a room. */
    static final String ROOM = "chat:room:";

    /** Carries what one user's tabs tell each other. */
    static final String USER = "chat:user:";

    static final ChannelPattern ROOMS = pattern(ROOM + "*");
    static final ChannelPattern USERS = pattern(USER + "*");

    /** Carries the list of rooms. */
    static final ChannelName LIST = new ChannelName("chat:rooms");

    private ChatNames() {}

    private static ChannelPattern pattern(String text) {
        return Objects.requireNonNull(ChannelPattern.parse(text), text);
    }

    /** The name that somebody gave, fit for a channel's name and for {@code @name} in a text; null where it is none. */
    static @Nullable String user(String given) {
        String name = given.strip();
        boolean isUser = !name.isEmpty()
                && name.length() <= USER_MAX
                && name.chars().allMatch(c -> isPlain(c) || c == '.')
                && isLetterOrDigit(name.charAt(name.length() - 1));
        return isUser ? name : null;
    }

    /** Whether it is a room's name: lower-case letters and digits, parted by single hyphens. */
    static boolean isRoom(String name) {
        return name.length() <= ROOM_MAX && name.matches("[a-z0-9]+(-[a-z0-9]+)*");
    }

    /** A letter, a digit, a hyphen or an underscore, of ASCII. */
    static boolean isPlain(int c) {
        return isLetterOrDigit(c) || c == '-' || c == '_';
    }

    private static boolean isLetterOrDigit(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    static ChannelName channelOfUser(String user) {
        return new ChannelName(USER + user);
    }
}
