package dev.carillon.server;

import dev.carillon.protocol.Action;
import dev.carillon.protocol.BinaryFeed;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One of very many readers: a socket and a virtual thread. It follows a channel whose publications are numbered from 1 on, comes
 * back with its position when it was told to or cut, through a proxy or not, and notes whatever is not the number that is due.
 */
final class CrowdReader {

    enum Delivery {
        WEBSOCKET,
        WEBSOCKET_BINARY,
        EVENT_STREAM,
        LONG_POLL
    }

    /** What a client adds to the wait that it is told, at most. */
    private static final int JITTER_MILLIS = 100;

    /** Where nobody listens, or nobody has told when to come. */
    private static final int RETRY_MILLIS = 200;

    private static final int SILENCE_MILLIS_MAX = 60_000;
    private static final int BUFFER_BYTES = 1024;
    private static final String OK = " 200 ";
    private static final String SWITCHED = " 101 ";
    private static final Pattern PROXY_ALONE = Pattern.compile(" (502|503|504) ");
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private final int port;
    private final String channel;
    private final Delivery delivery;
    private final Thread thread;

    private String position = "0";

    /** How long it waits before the next connection. */
    private long waitMillis = RETRY_MILLIS;

    /** Whether this connection was told how its subscription stands, and whether it was refused. */
    private boolean isSubscribed;

    private boolean isRefused;

    /** True exactly when this connection is open and has no subscription, since the log was away. */
    private boolean isLeftAlone;

    private volatile boolean isOver;
    private volatile @Nullable Socket socket;

    /** The newest number. */
    volatile int last;

    /** The first thing that was not as it should be; null while there was none. */
    volatile @Nullable String problem;

    /** Whether it was told that its channel is stale, ever. */
    volatile boolean stale;

    /** How often it was let in, or answered. */
    volatile int served;

    /** When it is to come back, as it was first told, by {@link System#nanoTime}; 0 before. */
    volatile long dueNanos;

    /** When the server that came after the first one served it; 0 before. */
    volatile long backNanos;

    private volatile boolean isFirstGone;

    /** Whether the connection that it has, or makes, can only lead to the second server. */
    private boolean isOnSecond;

    CrowdReader(int port, String channel, Delivery delivery) {
        this.port = port;
        this.channel = channel;
        this.delivery = delivery;
        this.thread = Thread.ofVirtual().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    String channel() {
        return channel;
    }

    Delivery delivery() {
        return delivery;
    }

    /** The first server has ended: whoever answers from now on is the second one. */
    void onFirstGone() {
        isFirstGone = true;
    }

    void stop() throws IOException {
        isOver = true;
        LockSupport.unpark(thread);
        Socket open = socket;
        if (open != null) {
            open.close();
        }
    }

    private void run() {
        while (!isOver) {
            waitMillis = RETRY_MILLIS;
            isSubscribed = false;
            isRefused = false;
            isLeftAlone = false;
            isOnSecond = isFirstGone;
            try (Socket connected = new Socket(InetAddress.getLoopbackAddress(), port)) {
                connected.setTcpNoDelay(true);
                connected.setSoTimeout(SILENCE_MILLIS_MAX);
                socket = connected;
                follow(connected, new BufferedInputStream(connected.getInputStream(), BUFFER_BYTES));
            } catch (IOException e) {
                // Nobody is there, or the connection broke: it comes back with its position.
            } catch (RuntimeException | Error e) {
                noteProblem(String.valueOf(e));
                return;
            }
            long until = System.nanoTime()
                    + TimeUnit.MILLISECONDS.toNanos(
                            waitMillis + ThreadLocalRandom.current().nextLong(JITTER_MILLIS));
            while (!isOver && System.nanoTime() - until < 0) {
                LockSupport.parkNanos(until - System.nanoTime());
            }
        }
    }

    /** Follows until the connection ends. */
    private void follow(Socket connected, InputStream in) throws IOException {
        switch (delivery) {
            case WEBSOCKET -> frames(connected, in, null);
            case WEBSOCKET_BINARY -> frames(connected, in, new BinaryFeed());
            case EVENT_STREAM -> events(connected, in);
            case LONG_POLL -> polls(connected, in);
        }
    }

    private void ask(Socket connected, String query, String headers) throws IOException {
        String request = "GET /channels/" + channel + "?after=" + position + query + " HTTP/1.1\r\nHost: localhost\r\n"
                + headers + "\r\n";
        connected.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    // ---- WebSocket

    private void frames(Socket connected, InputStream in, @Nullable BinaryFeed feed) throws IOException {
        ask(
                connected,
                "",
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        + (feed == null ? "" : "Sec-WebSocket-Protocol: carillon.v1.bin\r\n"));
        head(in, SWITCHED);
        while (true) {
            int opcode = octet(in) & 0x0F;
            byte[] payload = in.readNBytes(length(in));
            if (opcode == PING) {
                answer(connected, PING + 1, payload);
            } else if (opcode == CLOSE) {
                answer(connected, CLOSE, payload);
                return;
            } else if (feed == null) {
                onMessage(Peer.message(new String(payload, StandardCharsets.UTF_8)));
            } else if (feed.read(payload) instanceof JsonReader.Outcome.Read<ServerMessage>(ServerMessage read)) {
                onMessage(read);
            } else {
                noteProblem("unreadable: " + HexFormat.of().formatHex(payload));
            }
            if (isLeftAlone) {
                return;
            }
        }
    }

    private static int length(InputStream in) throws IOException {
        int length = octet(in);
        if (length < 126) {
            return length;
        }
        long number = 0;
        for (int i = length == 126 ? 2 : 8; i > 0; i--) {
            number = number << 8 | octet(in);
        }
        return Math.toIntExact(number);
    }

    /** Masked with zeros, which changes nothing. */
    private static void answer(Socket connected, int opcode, byte[] payload) throws IOException {
        byte[] frame = new byte[payload.length + 6];
        frame[0] = (byte) (0x80 | opcode);
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(payload, 0, frame, 6, payload.length);
        connected.getOutputStream().write(frame);
    }

    // ---- event stream

    private void events(Socket connected, InputStream in) throws IOException {
        ask(connected, "", "Accept: text/event-stream\r\n");
        boolean isChunked = "chunked".equals(head(in, OK).get("transfer-encoding"));
        InputStream text = isChunked ? new Chunks(in) : in;
        String data = "";
        try {
            for (String line = line(text); ; line = line(text)) {
                if (line.startsWith("data: {\"type\"")) {
                    data = line.substring("data: ".length());
                } else if (line.isEmpty() && !data.isEmpty()) {
                    onMessage(Peer.message(data));
                    data = "";
                }
            }
        } catch (EOFException e) {
            return;
        }
    }

    /** The body of an answer in chunks (RFC 9112 §7.1). */
    private static final class Chunks extends InputStream {
        private final InputStream in;
        private int left;

        Chunks(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                left = Integer.parseInt(line(in), 16);
                if (left == 0) {
                    return -1;
                }
                left += 2; // and the end of its line
            }
            left--;
            int octet = in.read();
            if (left == 2) {
                line(in);
                left = 0;
            }
            return octet;
        }
    }

    // ---- long poll

    private void polls(Socket connected, InputStream in) throws IOException {
        while (true) {
            ask(connected, "&wait=20s", "");
            Map<String, String> head = head(in, OK);
            byte[] body = in.readNBytes(Integer.parseInt(head.getOrDefault("content-length", "0")));
            onMessage(Peer.message(new String(body, StandardCharsets.UTF_8)));
            String retryAfter = head.get("retry-after");
            if (isRefused) {
                return; // its body has said when, in milliseconds
            }
            if (retryAfter != null) {
                onTold(TimeUnit.SECONDS.toMillis(Long.parseLong(retryAfter)));
                return;
            }
            if ("close".equals(head.get("connection"))) {
                waitMillis = 0;
                return;
            }
        }
    }

    // ---- what it is told

    private void onMessage(ServerMessage message) {
        switch (message) {
            case ServerMessage.Subscribed subscribed -> {
                onServed();
                isSubscribed = true;
                if (subscribed.gap() != null) {
                    noteProblem("a gap: " + message);
                }
            }
            case ServerMessage.Delivery(Publication publication) -> onPublication(publication);
            case ServerMessage.HistoryPage page -> {
                onServed();
                if (page.gap() != null) {
                    noteProblem("a gap: " + message);
                }
                page.publications().forEach(this::onPublication);
            }
            case ServerMessage.Reconnect reconnect -> onTold(reconnect.afterMillis());
            case ServerMessage.Gapped _ -> noteProblem("a gap: " + message);
            case ServerMessage.Refusal refusal when isSubscribed && refusal.isAboutLog() -> stale = true;
            case ServerMessage.Refusal refusal -> {
                isRefused = true;
                isLeftAlone = refusal.code() == Code.BROKER_AWAY;
                if (refusal.code().action() == Action.STOP) {
                    noteProblem(message.toString());
                } else {
                    onTold(refusal.retryMillis());
                }
            }
            case ServerMessage.Hello _ -> {}
            default -> noteProblem(message.toString());
        }
    }

    private void onServed() {
        served = served + 1;
        waitMillis = RETRY_MILLIS;
        if (isOnSecond && backNanos == 0) {
            backNanos = System.nanoTime();
        }
    }

    private void onTold(long millis) {
        waitMillis = millis;
        if (dueNanos == 0) {
            dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        }
    }

    private void onPublication(Publication publication) {
        int number = Integer.parseInt(publication.data().text().replaceAll("\\D", ""));
        if (number != last + 1) {
            noteProblem("number " + number + " after " + last + (number <= last ? ": twice" : ": lost"));
        }
        last = number;
        position = publication.position().toString();
    }

    private void noteProblem(String what) {
        if (problem == null) {
            problem = delivery + ": " + what;
        }
    }

    // ---- HTTP

    /**
     * The headers, in lower case. Where it is another status than this, that is told in our words if anywhere; what a proxy
     * says that has found no node is as good as nobody there.
     */
    private Map<String, String> head(InputStream in, String status) throws IOException {
        Map<String, String> head = new HashMap<>();
        String first = line(in);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            head.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim().toLowerCase(Locale.ROOT));
        }
        boolean isOurs = head.getOrDefault("content-type", "").startsWith("application/json");
        if (!first.contains(status) && !(isOurs && status.equals(OK))) {
            if (!PROXY_ALONE.matcher(first).find()) {
                noteProblem(first);
            }
            throw new IOException(first);
        }
        return head;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(128);
        for (int octet = octet(in); octet != '\n'; octet = octet(in)) {
            if (octet != '\r') {
                line.append((char) octet);
            }
        }
        return line.toString();
    }

    private static int octet(InputStream in) throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw new EOFException();
        }
        return octet;
    }
}
