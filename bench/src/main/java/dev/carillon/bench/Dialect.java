package dev.carillon.bench;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a server is spoken to over WebSocket: the few messages that the workloads need. Data is always a JSON string. */
enum Dialect {

    /** What the peers in {@code bench/peers} speak, which have no protocol of their own; deliveries are the bare data. */
    PLAIN("plain") {
        @Override
        String target(boolean isEcho) {
            return isEcho ? "/echo" : "/live";
        }

        @Override
        Reply read(String message) {
            return message.startsWith("s ") ? Reply.SUBSCRIBED : Reply.OTHER;
        }

        @Override
        String subscribe(String channel, @Nullable String after) {
            return "s " + channel;
        }

        @Override
        String publish(String channel, String data) {
            return "p " + channel + " " + data;
        }
    },

    /** PROTOCOL.md. */
    CARILLON("carillon") {
        @Override
        String target(boolean isEcho) {
            return isEcho ? "/echo" : "/live";
        }

        @Override
        boolean waitsForGreeting() {
            return true;
        }

        @Override
        Reply read(String message) {
            return switch (typeOf(message)) {
                case "hello" -> Reply.GREETED;
                case "subscribed" -> message.contains("\"gap\":") ? Reply.REFUSED : Reply.SUBSCRIBED;
                case "error", "gap", "unsubscribed", "reconnect" -> Reply.REFUSED;
                default -> Reply.OTHER;
            };
        }

        private String typeOf(String message) {
            int end = message.indexOf('"', TYPE.length());
            return message.startsWith(TYPE) && end > 0 ? message.substring(TYPE.length(), end) : "";
        }

        @Override
        String subscribe(String channel, @Nullable String after) {
            String position = after == null ? "" : ",\"after\":\"" + after + "\"";
            return TYPE + "subscribe\",\"channel\":\"" + channel + "\"" + position + "}";
        }

        @Override
        String publish(String channel, String data) {
            return TYPE + "publish\",\"channel\":\"" + channel + "\",\"data\":" + data + "}";
        }

        @Override
        @Nullable
        String position(String delivery) {
            Matcher position = POSITION.matcher(delivery);
            return position.find() ? position.group(1) : null;
        }
    },

    /** PROTOCOL.md §11. Its strings hold a byte in each character. */
    CARILLON_BINARY("carillon-bin") {
        @Override
        String target(boolean isEcho) {
            return CARILLON.target(isEcho);
        }

        @Override
        String subprotocol() {
            return "carillon.v1.bin";
        }

        @Override
        boolean waitsForGreeting() {
            return true;
        }

        @Override
        Reply read(String message) {
            return switch (message.charAt(0)) {
                case 16 -> Reply.GREETED;
                case 17 -> (message.charAt(1) & 4) != 0 ? Reply.REFUSED : Reply.SUBSCRIBED;
                case 18, 20, 23, 25 -> Reply.REFUSED;
                default -> Reply.OTHER;
            };
        }

        @Override
        String subscribe(String channel, @Nullable String after) {
            return "\1\0" + text(channel);
        }

        @Override
        String publish(String channel, String data) {
            return "\3\0" + text(channel) + data;
        }

        private String text(String ascii) {
            assert ascii.length() < 128 : ascii;
            return (char) ascii.length() + ascii;
        }
    },

    /** Socket.IO 5 over Engine.IO 4, WebSocket from the start; the events of {@code bench/peers/js/socketio.mjs}. */
    SOCKET_IO("socketio") {
        @Override
        String target(boolean isEcho) {
            return "/socket.io/?EIO=4&transport=websocket";
        }

        @Override
        boolean waitsForGreeting() {
            return true;
        }

        @Override
        @Nullable
        String answer(String message) {
            return message.startsWith("0{") ? "40" : message.equals("2") ? "3" : null;
        }

        @Override
        Reply read(String message) {
            if (message.startsWith("40{")) {
                return Reply.GREETED;
            }
            if (message.startsWith("44") || message.startsWith("41")) {
                return Reply.REFUSED;
            }
            return message.startsWith("42[\"subscribed\"") ? Reply.SUBSCRIBED : Reply.OTHER;
        }

        @Override
        String subscribe(String channel, @Nullable String after) {
            return "42[\"subscribe\",\"" + channel + "\"]";
        }

        @Override
        String publish(String channel, String data) {
            return "42[\"publish\",\"" + channel + "\"," + data + "]";
        }

        @Override
        String echo(String data) {
            return "42[\"echo\"," + data + "]";
        }
    },

    /** Centrifugo's JSON protocol. A message can hold several replies, each on a line of its own. */
    CENTRIFUGO("centrifugo") {
        @Override
        String target(boolean isEcho) {
            return "/connection/websocket";
        }

        @Override
        boolean waitsForGreeting() {
            return true;
        }

        @Override
        String greeting() {
            return "{\"id\":1,\"connect\":{}}";
        }

        @Override
        boolean isBatched() {
            return true;
        }

        @Override
        @Nullable
        String answer(String message) {
            return message.equals("{}") ? "{}" : null;
        }

        @Override
        Reply read(String message) {
            if (message.contains("\"error\":") || message.contains("\"disconnect\":")) {
                return Reply.REFUSED;
            }
            if (message.contains("\"subscribe\":")) {
                return Reply.SUBSCRIBED;
            }
            return message.contains("\"connect\":") ? Reply.GREETED : Reply.OTHER;
        }

        @Override
        String subscribe(String channel, @Nullable String after) {
            return "{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}";
        }

        @Override
        String publish(String channel, String data) {
            return "{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":" + data + "}}";
        }
    };

    /** What a message that carries no data says. */
    enum Reply {
        /** The client may begin. */
        GREETED,
        /** A subscription stands, with nothing lost. */
        SUBSCRIBED,
        /** Something that the measurement can't do without was refused, or is lost. */
        REFUSED,
        OTHER
    }

    private static final String TYPE = "{\"type\":\"";
    private static final Pattern POSITION = Pattern.compile("\"position\":\"([^\"]+)\"");

    private final String word;

    Dialect(String word) {
        this.word = word;
    }

    static Dialect of(String word) throws BenchException {
        for (Dialect dialect : values()) {
            if (dialect.word.equals(word)) {
                return dialect;
            }
        }
        throw new BenchException("there is no dialect " + word + ", but "
                + Arrays.stream(values()).map(known -> known.word).collect(Collectors.joining(", ")));
    }

    /** The path and query of the handshake. */
    abstract String target(boolean isEcho);

    /** Whether a client is told that it may begin; otherwise the handshake's end says so. */
    boolean waitsForGreeting() {
        return false;
    }

    /** What its WebSockets ask for, whose messages are then binary; null for none, and text. */
    @Nullable
    String subprotocol() {
        return null;
    }

    /** A message as it is sent. */
    byte[] bytes(String message) {
        return message.getBytes(charset());
    }

    /** A message as it came. */
    String text(byte[] message) {
        return new String(message, charset());
    }

    private Charset charset() {
        return subprotocol() == null ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    }

    /** What a client says first. */
    @Nullable
    String greeting() {
        return null;
    }

    /** Whether a message can hold several deliveries. */
    boolean isBatched() {
        return false;
    }

    /** What must be said to a message without data at once, for the connection to live. */
    @Nullable
    String answer(String message) {
        return null;
    }

    abstract Reply read(String message);

    /** Messages without data that came as one, each by itself. */
    List<String> parts(String message) {
        return isBatched() ? message.lines().toList() : List.of(message);
    }

    /** @param after the position to go on from, where the dialect has any */
    abstract String subscribe(String channel, @Nullable String after);

    abstract String publish(String channel, String data);

    /** What is sent back as it is. */
    String echo(String data) {
        return data;
    }

    /** The position that a delivery carries, where the dialect has any. */
    @Nullable
    String position(String delivery) {
        return null;
    }

    @Override
    public String toString() {
        return word;
    }
}
