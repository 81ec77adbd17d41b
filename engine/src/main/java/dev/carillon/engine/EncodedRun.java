package dev.carillon.engine;

import dev.carillon.protocol.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Publications of one channel that follow each other without a hole, for many readers, and their framed forms behind each
 * other, made once for all of them: a reader that is not behind is given all of it in one piece. Owned by one loop.
 */
public final class EncodedRun {

    /** A run ends with the publication that brings it so far, in bytes of data: so much a reader may be given beyond its bound. */
    static final int BYTES_MAX = 16 << 10;

    private final List<EncodedPublication> publications;
    private final byte[] @Nullable [] forms = new byte[EncodedMessage.FRAMINGS_MAX][];
    private long jsonBytes = -1;
    private long dataBytes;

    private EncodedRun(List<EncodedPublication> publications) {
        this.publications = publications;
    }

    /** Publications in the order in which they were published, as the fewest runs. */
    static List<EncodedRun> of(List<EncodedPublication> publications) {
        List<EncodedRun> runs = new ArrayList<>(1);
        int begin = 0;
        int bytes = 0;
        for (int i = 0; i < publications.size(); i++) {
            boolean isNext = i == begin || follows(publications.get(i - 1), publications.get(i));
            if (!isNext || bytes >= BYTES_MAX) {
                runs.add(new EncodedRun(publications.subList(begin, i)));
                begin = i;
                bytes = 0;
            }
            bytes += publications.get(i).bytes();
        }
        runs.add(new EncodedRun(publications.subList(begin, publications.size())));
        return runs;
    }

    private static boolean follows(EncodedPublication previous, EncodedPublication next) {
        Position before = previous.publication().position();
        Position after = next.publication().position();
        return after.epoch() == before.epoch() && after.offset() == before.offset() + 1;
    }

    /** What is left of it behind its first ones. */
    EncodedRun after(int count) {
        return new EncodedRun(publications.subList(count, publications.size()));
    }

    /** At least one, each the next of the one before it. */
    public List<EncodedPublication> publications() {
        return publications;
    }

    /** How many there are. */
    public int size() {
        return publications.size();
    }

    /** The framed forms behind each other; not to be changed. */
    public byte[] framed(EncodedMessage.Framing framing) {
        if (publications.size() == 1) {
            return publications.getFirst().framed(framing);
        }
        byte[] form = forms[framing.slot()];
        if (form == null) {
            form = join(framing);
            forms[framing.slot()] = form;
        }
        return form;
    }

    private byte[] join(EncodedMessage.Framing framing) {
        int length = 0;
        for (EncodedPublication publication : publications) {
            length += publication.framed(framing).length;
        }
        byte[] joined = new byte[length];
        int at = 0;
        for (EncodedPublication publication : publications) {
            byte[] framed = publication.framed(framing);
            System.arraycopy(framed, 0, joined, at, framed.length);
            at += framed.length;
        }
        return joined;
    }

    /** How many bytes of JSON are in it, without framing. */
    public long jsonBytes() {
        count();
        return jsonBytes;
    }

    /** How many bytes of it are what publishers gave. */
    public long dataBytes() {
        count();
        return dataBytes;
    }

    private void count() {
        if (jsonBytes >= 0) {
            return;
        }
        long json = 0;
        for (EncodedPublication publication : publications) {
            int length = publication.json().length;
            json += length;
            dataBytes += Math.min(publication.dataBytes(), length);
        }
        jsonBytes = json;
    }
}
