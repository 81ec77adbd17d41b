package dev.carillon.engine;

import dev.carillon.protocol.ServerMessage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A message for many readers and its encoded forms, each made once for all of them, by the first that needs it. Shared by
 * all event loops.
 *
 * <p>The forms are plain arrays that end with the last reference: a reader costs a queue slot, and nothing has to be
 * counted on the way. Two loops that need a form at the same moment may both make it; either result is right.
 */
public abstract sealed class EncodedMessage permits EncodedPublication, EncodedEvent {

    /** How a transport frames a message. */
    public interface Framing {
        /** Which of the {@link #FRAMINGS_MAX} places is this framing's own. */
        int slot();

        /** The bytes as they go to the socket. */
        byte[] frame(EncodedMessage message);

        /** How many of those bytes are the message, the rest being framing. */
        int messageBytes(EncodedMessage message);
    }

    /** How many framings there can be. */
    public static final int FRAMINGS_MAX = 5;

    private static final VarHandle FORMS = MethodHandles.arrayElementVarHandle(byte[][].class);
    private static final int JSON = FRAMINGS_MAX;

    private final byte @Nullable [][] forms = new byte[FRAMINGS_MAX + 1][];

    /** The message itself. */
    public abstract ServerMessage message();

    /** The node's number for its channel, which stands for the name in the binary form; 0 where the name does. */
    public abstract long channelNumber();

    /** How many bytes of it are what somebody gave, the rest being Carillon's own fields. */
    public abstract int dataBytes();

    /** The JSON form as UTF-8; not to be changed. */
    public final byte[] json() {
        byte[] json = (byte[]) FORMS.getAcquire(forms, JSON);
        if (json == null) {
            json = message().toJson();
            FORMS.setRelease(forms, JSON, json);
        }
        return json;
    }

    /** The framed form; not to be changed. */
    public final byte[] framed(Framing framing) {
        byte[] framed = (byte[]) FORMS.getAcquire(forms, framing.slot());
        if (framed == null) {
            framed = framing.frame(this);
            FORMS.setRelease(forms, framing.slot(), framed);
        }
        return framed;
    }
}
