package dev.carillon.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server sends, and holds every frame against RFC 6455 §5 and RFC 7692 §6. Blocks as long as the socket's own
 * timeout says; for one thread.
 */
final class FrameReader {
    private static final int CONTROL_OCTETS_MAX = 125;
    private static final int MASKED = 0x80;
    private static final int OPCODE = 0x0F;
    private static final int RESERVED = 0x70;

    private final DataInputStream in;
    private final @Nullable Inflater inflater;

    /** The opcode of the message whose fragments are coming; 0 when none is. */
    private int unfinished;

    private boolean isCompressed;
    private boolean hasCompressed;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    /** @param inflater null when no compression was agreed */
    FrameReader(InputStream in, @Nullable Inflater inflater) {
        this.in = new DataInputStream(in);
        this.inflater = inflater;
    }

    /** True when a message came that was compressed. */
    boolean hasCompressed() {
        return hasCompressed;
    }

    /** The next whole thing. Pings are passed over: an echo has no reason to send one, and every server the right. */
    Heard next() throws Violation {
        try {
            Heard heard = null;
            while (heard == null) {
                heard = frame();
            }
            return heard;
        } catch (SocketTimeoutException e) {
            return new Heard.Silence();
        } catch (EOFException e) {
            return new Heard.End(false);
        } catch (IOException e) {
            return new Heard.End(true);
        }
    }

    /** What a frame completes; null if nothing. */
    private @Nullable Heard frame() throws IOException, Violation {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if ((second & MASKED) != 0) {
            throw new Violation("it masks a frame (RFC 6455 §5.1)");
        }
        int opcode = first & OPCODE;
        boolean isFin = (first & Wire.FIN) != 0;
        int length = length(second);
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new EOFException();
        }
        return opcode >= Wire.CLOSE ? control(first, opcode, payload) : data(first, opcode, isFin, payload);
    }

    private int length(int second) throws IOException, Violation {
        long length = second;
        long shortest = 0;
        if (second == 126) {
            length = in.readUnsignedShort();
            shortest = 126;
        } else if (second == 127) {
            length = in.readLong();
            shortest = 0x1_0000;
        }
        if (length < shortest) {
            throw new Violation("it sends a length that is not in its shortest form (RFC 6455 §5.2)");
        }
        if (length > Target.MESSAGE_OCTETS_MAX) {
            throw new Violation("it sends a frame of " + length + " octets");
        }
        return (int) length;
    }

    private Heard control(int first, int opcode, byte[] payload) throws IOException, Violation {
        if ((first & Wire.FIN) == 0 || payload.length > CONTROL_OCTETS_MAX || (first & RESERVED) != 0) {
            throw new Violation("it sends a control frame that is split, long or has reserved bits (RFC 6455 §5.5)");
        }
        return switch (opcode) {
            case Wire.CLOSE -> close(payload);
            case Wire.PONG -> new Heard.Pong(Octets.of(payload));
            case Wire.PING -> {
                Heard next = null;
                while (next == null) {
                    next = frame();
                }
                yield next;
            }
            default -> throw new Violation("it sends a frame of the reserved opcode " + opcode + " (RFC 6455 §5.2)");
        };
    }

    private static Heard close(byte[] payload) throws Violation {
        if (payload.length == 0) {
            return new Heard.Close(Heard.Close.NO_CODE, "");
        }
        if (payload.length == 1) {
            throw new Violation("it sends a close frame of one octet (RFC 6455 §5.5.1)");
        }
        ByteBuffer body = ByteBuffer.wrap(payload);
        int code = Short.toUnsignedInt(body.getShort());
        boolean mayBeSent = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
                || (code >= 3000 && code <= 4999);
        if (!mayBeSent) {
            throw new Violation("it sends the close code " + code + " (RFC 6455 §7.4)");
        }
        try {
            return new Heard.Close(code, UTF_8.newDecoder().decode(body).toString());
        } catch (CharacterCodingException e) {
            throw new Violation("it sends a close reason that is not UTF-8 (RFC 6455 §5.5.1)");
        }
    }

    private @Nullable Heard data(int first, int opcode, boolean isFin, byte[] payload) throws Violation {
        if (opcode != Wire.CONTINUATION) {
            if (opcode > Wire.BINARY || unfinished != 0) {
                throw new Violation("it begins a message where none may begin (RFC 6455 §5.4)");
            }
            unfinished = opcode;
            isCompressed = (first & Wire.RSV1) != 0;
        } else if (unfinished == 0 || (first & Wire.RSV1) != 0) {
            throw new Violation("it sends a continuation where there is none, or with RSV1 (RFC 6455 §5.4)");
        }
        if ((first & RESERVED & ~Wire.RSV1) != 0 || (isCompressed && inflater == null)) {
            throw new Violation("it sets reserved bits (RFC 6455 §5.2)");
        }
        message.writeBytes(payload);
        if (!isFin) {
            return null;
        }
        Octets whole = Octets.of(message.toByteArray());
        message.reset();
        boolean isText = unfinished == Wire.TEXT;
        unfinished = 0;
        if (isCompressed && inflater != null) {
            hasCompressed = true;
            whole = inflater.inflate(whole, Target.MESSAGE_OCTETS_MAX);
        }
        return new Heard.Message(isText, whole);
    }
}
