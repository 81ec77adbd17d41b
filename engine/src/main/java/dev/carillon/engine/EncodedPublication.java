package dev.carillon.engine;

import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A publication and its encoded forms, each made once for all its readers, by the first that needs it. Shared by all event
 * loops.
 *
 * <p>The forms are plain arrays that end with the last reference: a subscriber costs a queue slot, and nothing has to be
 * counted on the way. Two loops that need a form at the same moment may both make it; either result is right.
 */
public final class EncodedPublication {

    /** How a transport frames a publication's JSON. */
    public interface Framing {
        /** Which of the {@link #FRAMINGS_MAX} places is this framing's own. */
        int slot();

        /** The bytes as they go to the socket. */
        byte[] frame(Publication publication, byte[] json);
    }

    /** How many framings there can be. */
    public static final int FRAMINGS_MAX = 4;

    private static final VarHandle FORMS = MethodHandles.arrayElementVarHandle(byte[][].class);
    private static final int JSON = FRAMINGS_MAX;

    private final Publication publication;
    private final byte @Nullable [][] forms = new byte[FRAMINGS_MAX + 1][];

    public EncodedPublication(Publication publication) {
        this.publication = publication;
    }

    public Publication publication() {
        return publication;
    }

    /** The JSON form as UTF-8; not to be changed. */
    public byte[] json() {
        byte[] json = (byte[]) FORMS.getAcquire(forms, JSON);
        if (json == null) {
            json = new ServerMessage.Delivery(publication).toJson();
            FORMS.setRelease(forms, JSON, json);
        }
        return json;
    }

    /** The framed form; not to be changed. */
    public byte[] framed(Framing framing) {
        byte[] framed = (byte[]) FORMS.getAcquire(forms, framing.slot());
        if (framed == null) {
            framed = framing.frame(publication, json());
            FORMS.setRelease(forms, framing.slot(), framed);
        }
        return framed;
    }

    /** What it counts for in a page or a tail. */
    int bytes() {
        return publication.data().length() + LogRecord.OVERHEAD_BYTES;
    }
}
