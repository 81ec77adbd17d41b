package dev.carillon.apps;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import org.jspecify.annotations.Nullable;

/** What may be published in a room of the chat. {@code of} is the idempotency key of the message that it is about. */
sealed interface ChatPayload {

    /** The longest text of a message, in UTF-16 units. */
    int TEXT_MAX = 4000;

    /** The longest {@code tab}, {@code of} and {@code emoji}, in UTF-16 units. */
    int TAB_MAX = 32;

    int OF_MAX = 64;
    int EMOJI_MAX = 16;

    /** The largest number that every reader's arithmetic can hold. */
    long NUMBER_MAX = (1L << 53) - 1;

    /**
     * Somebody says something.
     *
     * @param tab the sender's tab, which counts what it sends
     * @param n how many messages that tab has sent to this room, this one included
     */
    record Message(String text, String tab, long n) implements ChatPayload {}

    /** Its author says it otherwise. */
    record Edit(String of, String text) implements ChatPayload {}

    /** Its author takes it back. */
    record Delete(String of) implements ChatPayload {}

    /** Somebody adds a reaction, or takes it away again. */
    record Reaction(String of, String emoji, boolean on) implements ChatPayload {}

    /** What came of reading. */
    sealed interface Outcome {
        /** A payload. */
        record Read(ChatPayload payload) implements Outcome {}

        /** None; the message is a sentence for its sender. */
        record Refused(Code code, String message) implements Outcome {}
    }

    /** Reads what somebody wants to publish in a room. */
    static Outcome read(Data data) {
        Json json = Json.read(data);
        String kind = json == null ? null : json.text("kind");
        if (json == null || kind == null) {
            return malformed("what is published in a room is an object with a \"kind\"");
        }
        return switch (kind) {
            case "message" -> message(json);
            case "edit" -> edit(json);
            case "delete" -> delete(json);
            case "reaction" -> reaction(json);
            default -> malformed("a room takes the kinds message, edit, delete and reaction");
        };
    }

    private static Outcome message(Json json) {
        String text = json.text("text");
        String tab = json.text("tab");
        long n = json.number("n");
        if (text == null || tab == null || !json.hasExactly("kind", "text", "tab", "n")) {
            return malformed("a message has text, tab and n");
        }
        if (!isPlain(tab, TAB_MAX) || n < 1 || n > NUMBER_MAX) {
            return malformed("tab is 1 to " + TAB_MAX + " letters, digits, - and _, and n counts from 1");
        }
        Outcome.Refused refused = refusedText(text);
        return refused == null ? new Outcome.Read(new Message(text, tab, n)) : refused;
    }

    private static Outcome edit(Json json) {
        String of = json.text("of");
        String text = json.text("text");
        if (of == null || text == null || isNoKey(of) || !json.hasExactly("kind", "of", "text")) {
            return malformed("an edit has of, which is a message's idempotency key, and text");
        }
        Outcome.Refused refused = refusedText(text);
        return refused == null ? new Outcome.Read(new Edit(of, text)) : refused;
    }

    private static Outcome delete(Json json) {
        String of = json.text("of");
        if (of == null || isNoKey(of) || !json.hasExactly("kind", "of")) {
            return malformed("a delete has of, which is a message's idempotency key, and nothing else");
        }
        return new Outcome.Read(new Delete(of));
    }

    private static Outcome reaction(Json json) {
        String of = json.text("of");
        String emoji = json.text("emoji");
        Boolean on = json.truth("on");
        if (of == null || emoji == null || on == null || isNoKey(of) || !json.hasExactly("kind", "of", "emoji", "on")) {
            return malformed(
                    "a reaction has of, which is a message's idempotency key, emoji, and on, which is true or false");
        }
        if (emoji.isEmpty()
                || emoji.length() > EMOJI_MAX
                || !emoji.codePoints().allMatch(ChatPayload::mayStandInEmoji)) {
            return malformed("emoji is one sign of at most " + EMOJI_MAX + " UTF-16 units");
        }
        return new Outcome.Read(new Reaction(of, emoji, on));
    }

    private static Outcome.@Nullable Refused refusedText(String text) {
        if (text.isBlank()) {
            return malformed("text must say something");
        }
        return text.length() <= TEXT_MAX
                ? null
                : new Outcome.Refused(
                        Code.TOO_LARGE,
                        "text has " + text.length() + " UTF-16 units; at most " + TEXT_MAX + " are taken");
    }

    private static Outcome.Refused malformed(String message) {
        return new Outcome.Refused(Code.MALFORMED, message);
    }

    private static boolean isNoKey(String of) {
        return of.isEmpty() || of.length() > OF_MAX;
    }

    private static boolean isPlain(String text, int lengthMax) {
        return !text.isEmpty() && text.length() <= lengthMax && text.chars().allMatch(ChatNames::isPlain);
    }

    /** A reaction is a picture: with letters and spaces allowed it would be a second, unedited kind of message. */
    private static boolean mayStandInEmoji(int codePoint) {
        return !Character.isLetter(codePoint)
                && !Character.isWhitespace(codePoint)
                && !Character.isISOControl(codePoint);
    }
}
