package dev.carillon.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one connection into messages and control frames (RFC 6455 §5), in whatever pieces they come. A
 * total function: any bytes give calls on the {@link FrameSink} or one {@link Refusal}, never an exception.
 *
 * <p><b>How it reads.</b> {@link Stage} says which field of a frame comes next. A field that is split over reads is
 * gathered in a long, so between frames, and even within a header, a connection owns no buffer. Every rule is checked
 * with the byte that decides it: the first byte tells the opcode, the second the mask and small lengths, the length is
 * held against the limit before the key is read and before any payload is kept.
 *
 * <p><b>How it keeps.</b> The payload is unmasked where it lies in the read buffer, text being checked as UTF-8 in the
 * same pass. A message that is whole within one read goes on as a slice of it. Only a message that is split, over reads
 * or in fragments, is copied, into one buffer that doubles as bytes really arrive: the cost is linear however small the
 * fragments are, and a peer that declares much and sends little holds little.
 *
 * <p><b>Deflated messages</b> (RFC 7692), where they were negotiated, are kept as they come and inflated when they are whole:
 * so a loop's one inflater serves all its connections, and a peer that sends slowly holds only what it sent.
 *
 * <p>Owned by the connection's event loop. On the hot path: {@code HotPathTest} holds what it allocates.
 */
public final class FrameDecoder {
    /** Largest payload of a control frame, in bytes (RFC 6455 §5.5). */
    public static final int CONTROL_BYTES_MAX = 125;

    /** Which end this is: a server requires masked frames, a client refuses them (RFC 6455 §5.1). */
    public enum Role {
        SERVER,
        CLIENT
    }

    private enum Stage {
        FIRST_BYTE,
        SECOND_BYTE,
        LENGTH_16,
        LENGTH_64,
        KEY,
        PAYLOAD,
        DONE
    }

    private static final int SPLIT_BYTES_MIN = 256;

    /** RSV1: the message is deflated (RFC 7692 §6). */
    private static final int DEFLATED = 0x40;

    private static final int RESERVED = 0x70;

    private static final Refusal RESERVED_BITS =
            Refusal.protocolError("reserved bits are set, no extension in use allows it", "RFC 6455 §5.2");
    private static final Refusal RESERVED_OPCODE = Refusal.protocolError("reserved opcode", "RFC 6455 §5.2");
    private static final Refusal SPLIT_CONTROL = Refusal.protocolError("fragmented control frame", "RFC 6455 §5.5");
    private static final Refusal LONG_CONTROL =
            Refusal.protocolError("control frame longer than 125 bytes", "RFC 6455 §5.5");
    private static final Refusal NOTHING_TO_CONTINUE =
            Refusal.protocolError("continuation without a first fragment", "RFC 6455 §5.4");
    private static final Refusal UNFINISHED =
            Refusal.protocolError("new message inside a fragmented one", "RFC 6455 §5.4");
    private static final Refusal NOT_MASKED =
            Refusal.protocolError("frame from a client is not masked", "RFC 6455 §5.1");
    private static final Refusal MASKED = Refusal.protocolError("frame from a server is masked", "RFC 6455 §5.1");
    private static final Refusal LONG_LENGTH =
            Refusal.protocolError("length not in its shortest form", "RFC 6455 §5.2");
    private static final Refusal NEGATIVE_LENGTH = Refusal.protocolError("length above 63 bits", "RFC 6455 §5.2");
    private static final Refusal CLOSE_OF_ONE = Refusal.protocolError("close frame of one byte", "RFC 6455 §5.5.1");
    private static final Refusal CLOSE_CODE = Refusal.protocolError("close code that may not be sent", "RFC 6455 §7.4");
    private static final Refusal NOT_UTF8 =
            new Refusal(CloseCode.INVALID_PAYLOAD, "text is not UTF-8", "RFC 6455 §8.1");
    private static final Refusal REASON_NOT_UTF8 =
            new Refusal(CloseCode.INVALID_PAYLOAD, "close reason is not UTF-8", "RFC 6455 §5.5.1");

    private final Role role;
    private final int messageBytesMax;
    private final ByteBufAllocator allocator;
    private final FrameSink sink;
    private final @Nullable FrameObserver observer;

    /** Null unless permessage-deflate was negotiated. */
    private final @Nullable DeflatedMessages deflate;

    private Stage stage = Stage.FIRST_BYTE;
    private @Nullable Refusal refusal;

    /** The bytes so far of a length or key that is split over reads, and how many they are. */
    private long field;

    private int fieldBytes;

    // The frame at hand: valid from its header to its last byte.
    private boolean fin;
    /** The reserved bits of its first byte. */
    private int reserved;

    private Opcode opcode = Opcode.CONTINUATION;
    private int frameBytes;
    private int frameBytesLeft;
    private int frameKey;
    /** {@link #frameKey} turned to the next byte of the payload. */
    private int key;

    // The message at hand. Control frames come between its fragments and touch none of this.
    /** Text or binary while a message is unfinished at a frame border, null otherwise. */
    private @Nullable Opcode unfinished;

    private boolean isText;
    private boolean isDeflated;
    private int utf8;
    /** Declared payload of this message up to and with the frame at hand. */
    private int messageBytes;

    /** Bytes of a data message that is split; null as long as nothing had to be kept. */
    private @Nullable ByteBuf split;

    /** Bytes of a control frame that is split over reads; null otherwise. */
    private @Nullable ByteBuf splitControl;

    private long frames;
    private long payloadBytes;

    /**
     * @param role which end this is
     * @param messageBytesMax largest message in bytes, all fragments together
     * @param allocator gives the buffer of a split message
     * @param sink gets what was decoded
     * @param observer gets every whole frame, or null
     */
    public FrameDecoder(
            Role role,
            int messageBytesMax,
            ByteBufAllocator allocator,
            FrameSink sink,
            @Nullable FrameObserver observer) {
        this(role, messageBytesMax, allocator, sink, observer, null);
    }

    /**
     * As the other, for a connection that may have negotiated permessage-deflate.
     *
     * @param deflate inflates its messages; null where that was not negotiated
     */
    public FrameDecoder(
            Role role,
            int messageBytesMax,
            ByteBufAllocator allocator,
            FrameSink sink,
            @Nullable FrameObserver observer,
            @Nullable DeflatedMessages deflate) {
        this.role = role;
        this.messageBytesMax = messageBytesMax;
        this.allocator = allocator;
        this.sink = sink;
        this.observer = observer;
        this.deflate = deflate;
    }

    /**
     * Reads all of {@code in}, which stays the caller's and is unmasked in place (one that cannot be, read-only or in
     * several parts, is copied first). After a close frame or a refusal the rest is skipped.
     *
     * @return null, or why this connection must be failed; the same again on every later call
     */
    public @Nullable Refusal decode(ByteBuf in) {
        if (in.isReadOnly() || in.nioBufferCount() != 1) {
            return decodeCopyOf(in);
        }
        while (stage != Stage.DONE && in.isReadable()) {
            step(in);
        }
        in.readerIndex(in.writerIndex());
        return refusal;
    }

    private @Nullable Refusal decodeCopyOf(ByteBuf in) {
        ByteBuf copy = allocator.buffer(in.readableBytes());
        try {
            return decode(copy.writeBytes(in));
        } finally {
            copy.release();
        }
    }

    /** Gives back what was kept and ignores all further bytes. May be called from within the sink. */
    public void dispose() {
        stage = Stage.DONE;
        releaseSplit();
        ByteBuf control = splitControl;
        splitControl = null;
        if (control != null) {
            control.release();
        }
    }

    /** Whole frames read so far, control frames included. */
    public long frames() {
        return frames;
    }

    /** Payload bytes of data frames read so far; everything else on the wire was framing. */
    public long payloadBytes() {
        return payloadBytes;
    }

    /** Bytes kept for a message or frame that is not complete. */
    int keptBytes() {
        return (split == null ? 0 : split.capacity()) + (splitControl == null ? 0 : splitControl.capacity());
    }

    private void step(ByteBuf in) {
        switch (stage) {
            case FIRST_BYTE -> onFirstByte(in.readByte());
            case SECOND_BYTE -> onSecondByte(in);
            case LENGTH_16 -> {
                if (gather(in, Short.BYTES)) {
                    onLength(in, field, CONTROL_BYTES_MAX + 1);
                }
            }
            case LENGTH_64 -> {
                if (gather(in, Long.BYTES)) {
                    onLength(in, field, 0x1_0000);
                }
            }
            case KEY -> {
                if (gather(in, Integer.BYTES)) {
                    onKey(in, (int) field);
                }
            }
            case PAYLOAD -> onPayload(in);
            case DONE -> throw new AssertionError("a decoder that is done reads nothing");
        }
    }

    /** Reads a big-endian field of {@code bytes} bytes into {@link #field}; false when more of it must come. */
    private boolean gather(ByteBuf in, int bytes) {
        if (fieldBytes == 0 && in.readableBytes() >= bytes) {
            field = switch (bytes) {
                case Short.BYTES -> in.readUnsignedShort();
                case Integer.BYTES -> in.readInt();
                default -> in.readLong();
            };
            return true;
        }
        if (fieldBytes == 0) {
            field = 0;
        }
        while (fieldBytes < bytes && in.isReadable()) {
            field = field << 8 | in.readUnsignedByte();
            fieldBytes++;
        }
        if (fieldBytes < bytes) {
            return false;
        }
        fieldBytes = 0;
        return true;
    }

    private void onFirstByte(int first) {
        Opcode code = Opcode.of(first);
        fin = (first & 0x80) != 0;
        reserved = first & RESERVED;
        if (reserved != 0 && !mayBeDeflated(code)) {
            refuse(RESERVED_BITS);
        } else if (code == null) {
            refuse(RESERVED_OPCODE);
        } else if (code.isControl() && !fin) {
            refuse(SPLIT_CONTROL);
        } else if (code == Opcode.CONTINUATION && unfinished == null) {
            refuse(NOTHING_TO_CONTINUE);
        } else if (!code.isControl() && code != Opcode.CONTINUATION && unfinished != null) {
            refuse(UNFINISHED);
        } else {
            opcode = code;
            stage = Stage.SECOND_BYTE;
        }
    }

    /** RFC 7692 §6: where it was negotiated, RSV1 may be set on the first frame of a data message, and nowhere else. */
    private boolean mayBeDeflated(@Nullable Opcode code) {
        return deflate != null && reserved == DEFLATED && (code == Opcode.TEXT || code == Opcode.BINARY);
    }

    private void onSecondByte(ByteBuf in) {
        int second = in.readByte();
        int length = second & 0x7F;
        if (second >= 0 && role == Role.SERVER) {
            refuse(NOT_MASKED);
        } else if (second < 0 && role == Role.CLIENT) {
            refuse(MASKED);
        } else if (opcode.isControl() && length > CONTROL_BYTES_MAX) {
            refuse(LONG_CONTROL);
        } else if (opcode == Opcode.CLOSE && length == 1) {
            refuse(CLOSE_OF_ONE);
        } else if (length > CONTROL_BYTES_MAX) {
            stage = length == CONTROL_BYTES_MAX + 1 ? Stage.LENGTH_16 : Stage.LENGTH_64;
        } else {
            onLength(in, length, 0);
        }
    }

    /**
     * The declared length is known.
     *
     * @param shortest the smallest length that needs this form (RFC 6455 §5.2: the minimal number of bytes)
     */
    private void onLength(ByteBuf in, long length, int shortest) {
        if (length < 0) {
            refuse(NEGATIVE_LENGTH);
            return;
        }
        if (length < shortest) {
            refuse(LONG_LENGTH);
            return;
        }
        if (!opcode.isControl() && !beginData(length)) {
            return;
        }
        frameBytes = (int) length;
        frameBytesLeft = frameBytes;
        if (role == Role.SERVER) {
            stage = Stage.KEY;
        } else {
            onKey(in, 0);
        }
    }

    /** Holds the declared length against the limit; false when it is refused. */
    private boolean beginData(long length) {
        int before = 0;
        if (opcode == Opcode.CONTINUATION) {
            before = messageBytes;
        } else {
            isText = opcode == Opcode.TEXT;
            isDeflated = reserved != 0;
            utf8 = Utf8.ACCEPT;
        }
        if (length > declaredBytesMax() - before) {
            refuse(new Refusal(
                    CloseCode.MESSAGE_TOO_BIG,
                    "message is larger than the limit of " + messageBytesMax + " bytes",
                    "RFC 6455 §7.4.1"));
            return false;
        }
        messageBytes = before + (int) length;
        return true;
    }

    /** What does not deflate may come in stored blocks: five bytes for at most some KiB (RFC 1951 §3.2.4). */
    private int declaredBytesMax() {
        return isDeflated ? messageBytesMax + (messageBytesMax >>> 10) + 64 : messageBytesMax;
    }

    private void onKey(ByteBuf in, int maskKey) {
        frameKey = maskKey;
        key = maskKey;
        stage = Stage.PAYLOAD;
        if (frameBytes == 0) {
            onPayload(in);
        }
    }

    private void onPayload(ByteBuf in) {
        int bytes = Math.min(in.readableBytes(), frameBytesLeft);
        boolean isData = !opcode.isControl();
        if (bytes > 0) {
            boolean asText = isData && isText && !isDeflated;
            unmask(in, bytes, asText);
            if (asText && utf8 == Utf8.REJECT) {
                refuse(NOT_UTF8);
                return;
            }
        }
        frameBytesLeft -= bytes;
        if (isData) {
            payloadBytes += bytes;
            onData(in, bytes);
        } else {
            onControl(in, bytes);
        }
    }

    private void unmask(ByteBuf in, int bytes, boolean asText) {
        // Asked for anew with each payload: whoever read the last one may have moved this buffer's own limits.
        ByteBuffer raw = in.internalNioBuffer(in.readerIndex(), bytes);
        int from = raw.position();
        if (asText) {
            utf8 = Masking.applyToText(raw, from, from + bytes, key, utf8);
        } else {
            Masking.apply(raw, from, from + bytes, key);
        }
        key = Masking.turn(key, bytes);
    }

    private void onData(ByteBuf in, int bytes) {
        boolean isWhole = bytes == frameBytes;
        if (isWhole && fin && split == null) {
            ByteBuf payload = in.readSlice(bytes);
            endOfFrame(payload);
            endOfMessage(payload);
            return;
        }
        if (isWhole) {
            endOfFrame(observer == null ? in : in.slice(in.readerIndex(), bytes));
        }
        if (bytes > 0) {
            keep(in, bytes);
        }
        if (frameBytesLeft > 0) {
            return;
        }
        if (!isWhole) {
            endOfFrame(
                    observer == null || split == null ? in : split.slice(split.writerIndex() - frameBytes, frameBytes));
        }
        if (fin) {
            endOfSplitMessage();
        } else if (unfinished == null) {
            unfinished = opcode;
        }
    }

    /** The payload only matters when there is an observer. */
    private void endOfFrame(ByteBuf payload) {
        stage = Stage.FIRST_BYTE;
        frames++;
        if (observer != null) {
            showFrame(observer, payload);
        }
    }

    private void endOfMessage(ByteBuf payload) {
        unfinished = null;
        if (isDeflated) {
            endOfDeflated(payload);
        } else if (!isText) {
            sink.onBinary(payload);
        } else if (utf8 == Utf8.ACCEPT) {
            sink.onText(payload);
        } else {
            refuse(NOT_UTF8);
        }
    }

    private void endOfDeflated(ByteBuf payload) {
        if (deflate == null) {
            throw new AssertionError("a deflated message where that was not negotiated");
        }
        switch (deflate.inflate(payload, isText, messageBytesMax, allocator)) {
            case Inflated.Message(ByteBuf message) -> {
                try {
                    if (isText) {
                        sink.onText(message);
                    } else {
                        sink.onBinary(message);
                    }
                } finally {
                    message.release();
                }
            }
            case Inflated.Refused(Refusal why) -> refuse(why);
        }
    }

    private void endOfSplitMessage() {
        ByteBuf message = split;
        if (message == null) {
            return; // disposed of by the observer
        }
        split = null;
        try {
            endOfMessage(message);
        } finally {
            message.release();
        }
    }

    /** Copies bytes of a split message. Growing by doubling makes the copies linear in the message's length. */
    private void keep(ByteBuf in, int bytes) {
        ByteBuf kept = split;
        int needed = (kept == null ? 0 : kept.writerIndex()) + bytes;
        if (kept == null || kept.capacity() < needed) {
            int mostWanted = fin ? messageBytes : declaredBytesMax();
            int wanted = (int) Math.min(Math.max(SPLIT_BYTES_MIN, 2L * needed), mostWanted);
            if (kept == null) {
                kept = allocator.buffer(wanted, declaredBytesMax());
                split = kept;
            } else {
                kept.capacity(wanted);
            }
        }
        kept.writeBytes(in, bytes);
    }

    private void onControl(ByteBuf in, int bytes) {
        if (bytes == frameBytes) {
            endOfControl(in.readSlice(bytes));
            return;
        }
        ByteBuf kept = splitControl;
        if (kept == null) {
            kept = allocator.buffer(frameBytes, frameBytes);
            splitControl = kept;
        }
        kept.writeBytes(in, bytes);
        if (frameBytesLeft == 0) {
            splitControl = null;
            try {
                endOfControl(kept);
            } finally {
                kept.release();
            }
        }
    }

    private void endOfControl(ByteBuf payload) {
        endOfFrame(payload);
        switch (opcode) {
            case PING -> sink.onPing(payload);
            case PONG -> sink.onPong(payload);
            case CLOSE -> onClose(payload);
            case CONTINUATION, TEXT, BINARY -> throw new AssertionError(opcode + " is not a control frame");
        }
    }

    /** RFC 6455 §5.5.1 and §7.4. */
    private void onClose(ByteBuf payload) {
        int bytes = payload.readableBytes();
        if (bytes == 0) {
            dispose();
            sink.onClose(CloseCode.NO_CODE, "");
            return;
        }
        int code = payload.getUnsignedShort(payload.readerIndex());
        if (!CloseCode.mayBeSent(code)) {
            refuse(CLOSE_CODE);
            return;
        }
        ByteBuffer raw = payload.internalNioBuffer(payload.readerIndex() + Short.BYTES, bytes - Short.BYTES);
        if (!Utf8.isValid(raw, raw.position(), raw.limit())) {
            refuse(REASON_NOT_UTF8);
            return;
        }
        String reason =
                payload.toString(payload.readerIndex() + Short.BYTES, bytes - Short.BYTES, StandardCharsets.UTF_8);
        dispose();
        sink.onClose(code, reason);
    }

    private void refuse(Refusal why) {
        refusal = why;
        dispose();
    }

    private void releaseSplit() {
        ByteBuf message = split;
        split = null;
        if (message != null) {
            message.release();
        }
    }

    /** Lengths are refused unless minimal, so the header that was read can be written again from its fields. */
    private void showFrame(FrameObserver shown, ByteBuf payload) {
        ByteBuf header = allocator.buffer(14);
        try {
            if (role == Role.SERVER) {
                FrameEncoder.writeMaskedHeader(header, opcode, fin, frameBytes, frameKey);
            } else {
                FrameEncoder.writeHeader(header, opcode, fin, frameBytes);
            }
            header.setByte(0, header.getByte(0) | reserved);
            shown.onFrame(FrameObserver.Direction.IN, header, frameKey, payload.duplicate(), System.nanoTime());
        } finally {
            header.release();
        }
    }
}
