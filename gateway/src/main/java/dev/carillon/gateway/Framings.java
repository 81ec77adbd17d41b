package dev.carillon.gateway;

import dev.carillon.engine.EncodedPublication;
import dev.carillon.protocol.Publication;
import dev.carillon.websocket.FrameEncoder;
import java.nio.charset.StandardCharsets;

/** How each transport frames a publication's JSON. */
enum Framings implements EncodedPublication.Framing {
    /** A text frame. */
    WEBSOCKET {
        @Override
        public byte[] frame(Publication publication, byte[] json) {
            return FrameEncoder.textFrame(json);
        }
    },
    /** An event of the default type, whose id is the position. */
    EVENT_STREAM {
        @Override
        public byte[] frame(Publication publication, byte[] json) {
            return event("id: " + publication.position() + "\ndata: ", json);
        }
    },
    /** An event of the default type without an id, for streams of many channels. */
    LIVE_STREAM {
        @Override
        public byte[] frame(Publication publication, byte[] json) {
            return event("data: ", json);
        }
    };

    @Override
    public int slot() {
        return switch (this) {
            case WEBSOCKET -> 0;
            case EVENT_STREAM -> 1;
            case LIVE_STREAM -> 2;
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
