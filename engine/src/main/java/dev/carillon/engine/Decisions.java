package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Port: answers who may do what. Each method is called on an owner's thread and returns at once; the answer comes exactly
 * once, before the method returns or later, from any thread. An answer that is later than the limit is taken for a
 * refusal with {@link Code#DECISION_LATE}.
 */
public interface Decisions {

    /**
     * Who is this, and may they come in.
     *
     * @param token what the peer presented; null for nothing
     */
    void onConnect(@Nullable String token, Consumer<Admission> answer);

    /**
     * Whether what a principal proved was taken back. Asked when a session begins, on its loop, and answered at once.
     *
     * @param session the id of the session that begins
     */
    boolean isRevoked(Principal principal, String session);

    /** Whether the principal may read the channel and be given its signals. */
    void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer);

    /** Whether the principal may publish this. Not asked for a publish whose idempotency key was used before. */
    void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer);

    /** Whether the principal may send this signal. */
    void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer);

    /** Whether the principal may be listed as present on the channel, and see who is. */
    void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer);

    /**
     * Whether the principal may erase what others have published.
     *
     * @param asked {@link Permission#PURGE} or {@link Permission#REDACT}
     */
    default void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Refuse(Code.NOT_PERMITTED, Code.NOT_PERMITTED.text()));
    }

    /** The answer to a connect. */
    sealed interface Admission {
        /** Come in; as {@link Principal#STRANGER}, to prove on a session who it is. */
        record Admitted(Principal principal) implements Admission {}

        /** Stay out. */
        record Rejected(Code code, String message) implements Admission {}
    }

    /** The answer to what a principal wants to do. */
    sealed interface Verdict {
        /** As it is. */
        record Accept() implements Verdict {}

        /** With other data; where there is none, the same as {@link Accept}. */
        record Rewrite(Data data) implements Verdict {}

        /** No. */
        record Refuse(Code code, String message) implements Verdict {}
    }
}
