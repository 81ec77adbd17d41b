package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.FrameEncoder;
import java.nio.charset.StandardCharsets;

/** How each transport frames a message. */
enum Framings implements EncodedMessage.Framing {
    /** A text frame. */
    WEBSOCKET {
        @Override
        public byte[] frame(EncodedMessage message) {
            return FrameEncoder.textFrame(message.json());
        }
    },
    /** A binary frame. */
    WEBSOCKET_BINARY {
        @Override
        public byte[] frame(EncodedMessage message) {
            return FrameEncoder.binaryFrame(BinaryWriter.of(message.message(), message.channelNumber()));
        }

        @Override
        public int messageBytes(EncodedMessage message) {
            return FrameEncoder.payloadBytes(message.framed(this));
        }
    },
    /** A publication is an event of the default type whose id is the position; a signal or news of presence have types of their own. */
    EVENT_STREAM {
        @Override
        public byte[] frame(EncodedMessage message) {
            return event(headOf(message.message()) + "data: ", message.json());
        }
    },
    /** An event of the default type without an id, for streams of many channels. */
    LIVE_STREAM {
        @Override
        public byte[] frame(EncodedMessage message) {
            return event("data: ", message.json());
        }
    };

    /** The place of the text frame that is deflated by itself, which each loop makes with a deflater of its own. */
    static final int DEFLATED_SLOT = 4;

    @Override
    public int slot() {
        return switch (this) {
            case WEBSOCKET -> 0;
            case EVENT_STREAM -> 1;
            case LIVE_STREAM -> 2;
            case WEBSOCKET_BINARY -> 3;
        };
    }

    @Override
    public int messageBytes(EncodedMessage message) {
        return message.json().length;
    }

    private static String headOf(ServerMessage message) {
        return switch (message) {
            case ServerMessage.Delivery delivery ->
                "id: " + delivery.publication().position() + "\n";
            case ServerMessage.Signalled _ -> "event: signal\n";
            case ServerMessage.PresenceList _ -> "event: presence\n";
            case ServerMessage.PresenceCount _ -> "event: count\n";
            case ServerMessage.Join _ -> "event: join\n";
            case ServerMessage.Leave _ -> "event: leave\n";
            case ServerMessage.Hello _,
                    ServerMessage.Subscribed _,
                    ServerMessage.Gapped _,
                    ServerMessage.Reset _,
                    ServerMessage.Tracked _,
                    ServerMessage.Current _,
                    ServerMessage.Redacted _,
                    ServerMessage.Published _,
                    ServerMessage.Abandoned _,
                    ServerMessage.Unsubscribed _,
                    ServerMessage.HistoryPage _,
                    ServerMessage.Authenticated _,
                    ServerMessage.Refusal _,
                    ServerMessage.Pong _,
                    ServerMessage.Reconnect _ -> throw new IllegalArgumentException("not for many readers: " + message);
        };
    }

    /** An event whose last line begins with {@code head} and ends with the JSON, which has no line ends. */
    static byte[] event(String head, byte[] json) {
        byte[] lines = head.getBytes(StandardCharsets.US_ASCII);
        byte[] event = new byte[lines.length + json.length + 2];
        System.arraycopy(lines, 0, event, 0, lines.length);
        System.arraycopy(json, 0, event, lines.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }
}
