package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One WebSocket of a {@link Generator}, from its handshake on. Answers pings by itself. For the generator's thread. */
final class Client implements Frames.Sink {

    /** What happens to a client; on the generator's thread. What it throws ends the measurement. */
    interface Listener {
        /** The handshake is over. */
        void onOpen(Client client) throws BenchException;

        /** A message; its bytes are borrowed for the call. */
        void onMessage(Client client, MemorySegment buffer, long at, int length) throws BenchException;

        /** All messages of one read have been told. */
        void onRead(Client client) throws BenchException;

        /** It has ended, not by us. */
        void onEnd(Client client, String why) throws BenchException;
    }

    private enum State {
        CONNECTING,
        SHAKING_HANDS,
        OPEN,
        ENDED
    }

    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private static final String SUBPROTOCOL = "\r\nSec-WebSocket-Protocol: ";
    private static final String EXTENSIONS = "\r\nSec-WebSocket-Extensions: ";
    private static final String DEFLATE = "permessage-deflate";
    private static final String OFFER =
            EXTENSIONS + DEFLATE + "; server_no_context_takeover; client_no_context_takeover";
    private static final int HEAD_BYTES_MAX = 4096;

    /** What waits for a server that doesn't read; more means that it never will. */
    private static final int UNSENT_BYTES_MAX = 256 << 20;

    private static final ValueLayout.OfShort CODE = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final byte[] NOTHING = {};

    final int number;

    private final Generator generator;
    private final int socket;
    private final Listener listener;
    private final String target;
    private final @Nullable String subprotocol;
    private final boolean deflates;

    private State state = State.CONNECTING;

    /** The beginning of a frame, or of the answer to the handshake, whose rest hasn't come. */
    private byte[] tail = NOTHING;

    /** What the kernel didn't take yet. */
    private byte[] unsent = NOTHING;

    private boolean isPaused;
    private int pings;
    private int payloadBytes;

    // For the listener: which of its clients this is, and how many messages it has yet to answer.
    int place;
    int owed;

    Client(
            Generator generator,
            int socket,
            int number,
            Listener listener,
            String target,
            @Nullable String subprotocol,
            boolean deflates) {
        this.generator = generator;
        this.socket = socket;
        this.number = number;
        this.listener = listener;
        this.target = target;
        this.subprotocol = subprotocol;
        this.deflates = deflates;
    }

    boolean isLive() {
        return state != State.ENDED;
    }

    /** Pings that it has answered. */
    int pings() {
        return pings;
    }

    /** What the message that is being told was on the wire, without its frame's head. */
    int payloadBytes() {
        return payloadBytes;
    }

    void onReady(int told) throws BenchException {
        if (state == State.CONNECTING) {
            onConnected();
            return;
        }
        if ((told & Kernel.OUT) != 0 && unsent.length > 0) {
            byte[] rest = unsent;
            unsent = NOTHING;
            send(MemorySegment.ofArray(rest));
            if (isLive() && unsent.length == 0) {
                watch();
            }
        }
        if ((told & ~Kernel.OUT) != 0 && isLive()) {
            read();
        }
    }

    private void onConnected() throws BenchException {
        int errno = generator.kernel.connected(socket);
        if (errno != 0) {
            end("could not be opened, errno " + errno);
            return;
        }
        state = State.SHAKING_HANDS;
        generator.kernel.change(socket, Kernel.IN, number);
        String request = "GET " + target + " HTTP/1.1\r\nHost: " + generator.host()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                + KEY + (subprotocol == null ? "" : SUBPROTOCOL + subprotocol) + (deflates ? OFFER : "") + "\r\n\r\n";
        send(MemorySegment.ofArray(request.getBytes(StandardCharsets.US_ASCII)));
    }

    private void read() throws BenchException {
        MemorySegment in = generator.in;
        int kept = tail.length;
        int bytes = generator.kernel.receive(socket, in, kept, Generator.READ_BYTES - kept);
        if (bytes == Kernel.AGAIN || bytes == Kernel.INTERRUPTED) {
            return;
        }
        if (bytes <= 0) {
            end(bytes == 0 ? "was ended by the server" : "failed with errno " + -bytes);
            return;
        }
        if (kept > 0) {
            MemorySegment.copy(tail, 0, in, ValueLayout.JAVA_BYTE, 0, kept);
        }
        generator.onRead();
        long end = kept + (long) bytes;
        long done = 0;
        if (state == State.SHAKING_HANDS) {
            done = readHead(in, end);
        }
        if (state == State.OPEN) {
            done = Frames.read(in, done, end, this);
            listener.onRead(this);
        }
        tail = done == end ? NOTHING : in.asSlice(done, end - done).toArray(ValueLayout.JAVA_BYTE);
    }

    private long readHead(MemorySegment in, long end) throws BenchException {
        String head = new String(
                in.asSlice(0, Math.min(end, HEAD_BYTES_MAX)).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
        int length = head.indexOf("\r\n\r\n");
        if (length < 0 && end < HEAD_BYTES_MAX) {
            return 0;
        }
        if (length < 0 || !head.startsWith("HTTP/1.1 101 ") || !head.contains(ACCEPT)) {
            throw new BenchException("the handshake was answered with "
                    + head.lines().findFirst().orElse("nothing"));
        }
        if (subprotocol != null
                && !head.toLowerCase(Locale.ROOT).contains((SUBPROTOCOL + subprotocol).toLowerCase(Locale.ROOT))) {
            throw new BenchException("the server did not agree to " + subprotocol);
        }
        String agreed = EXTENSIONS + DEFLATE;
        if (deflates && !head.toLowerCase(Locale.ROOT).contains(agreed.toLowerCase(Locale.ROOT))) {
            throw new BenchException("the server did not agree to " + DEFLATE);
        }
        state = State.OPEN;
        listener.onOpen(this);
        return length + 4L;
    }

    @Override
    public void onFrame(int opcode, boolean fin, boolean deflated, MemorySegment buffer, long at, int length)
            throws BenchException {
        switch (opcode) {
            case Frames.TEXT, Frames.BINARY, Frames.CONTINUATION -> {
                if (!fin || opcode == Frames.CONTINUATION) {
                    throw new BenchException("the server sends messages in fragments, which the bench doesn't count");
                }
                payloadBytes = length;
                if (deflated) {
                    Inflation inflation = generator.inflation();
                    int bytes = inflation.inflate(buffer, at, length);
                    listener.onMessage(this, inflation.inflated(), 0, bytes);
                } else {
                    listener.onMessage(this, buffer, at, length);
                }
            }
            case Frames.PING -> {
                pings++;
                byte[] answer = buffer.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
                send(MemorySegment.ofArray(Frames.masked(Frames.PONG, answer)));
            }
            case Frames.CLOSE -> {
                end("was closed by the server with " + (length < 2 ? "no code" : buffer.get(CODE, at)));
            }
            default -> {}
        }
    }

    /** Sends a message in one frame: a binary one exactly where it asked for a subprotocol. */
    void say(byte[] message) throws BenchException {
        send(MemorySegment.ofArray(Frames.masked(subprotocol == null ? Frames.TEXT : Frames.BINARY, message)));
    }

    /** Sends whole frames; what the kernel doesn't take follows when it does. On the heap or off it. */
    void send(MemorySegment frames) throws BenchException {
        send(frames, frames.byteSize());
    }

    /** As {@link #send(MemorySegment)}, of the first bytes. */
    void send(MemorySegment frames, long length) throws BenchException {
        if (!isLive()) {
            return;
        }
        long sent = 0;
        if (unsent.length == 0) {
            MemorySegment direct = frames.isNative() ? frames : generator.toNative(frames, length);
            int taken = generator.kernel.send(socket, direct, 0, Math.min(length, direct.byteSize()));
            if (taken < 0 && taken != Kernel.AGAIN) {
                end("failed with errno " + -taken);
                return;
            }
            sent = Math.max(0, taken);
        }
        if (sent < length) {
            keepUnsent(frames, sent, length);
        }
    }

    private void keepUnsent(MemorySegment frames, long from, long length) throws BenchException {
        int before = unsent.length;
        if (before + length - from > UNSENT_BYTES_MAX) {
            throw new BenchException("the server hasn't read " + before + " bytes of one connection");
        }
        unsent = Arrays.copyOf(unsent, before + (int) (length - from));
        MemorySegment.copy(frames, ValueLayout.JAVA_BYTE, from, unsent, before, (int) (length - from));
        watch();
    }

    /** Stops reading: the peer of a reader that has gone to sleep. */
    void pause() throws BenchException {
        isPaused = true;
        watch();
    }

    private void watch() throws BenchException {
        int interest = (isPaused ? 0 : Kernel.IN) | (unsent.length > 0 ? Kernel.OUT : 0);
        generator.kernel.change(socket, interest, number);
    }

    /** Data segments received so far ({@link Kernel#segmentsReceived}). */
    long segments() throws BenchException {
        return isLive() ? generator.kernel.segmentsReceived(socket) : 0;
    }

    private void end(String why) throws BenchException {
        reset();
        listener.onEnd(this, why);
    }

    /** Ends it without a word. */
    void reset() throws BenchException {
        if (isLive()) {
            state = State.ENDED;
            tail = NOTHING;
            unsent = NOTHING;
            generator.kernel.reset(socket);
            generator.onEnd();
        }
    }
}
