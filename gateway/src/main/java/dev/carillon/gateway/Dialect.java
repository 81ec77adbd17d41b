package dev.carillon.gateway;

import dev.carillon.protocol.BinaryReader;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.FrameEncoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The form that messages have on a WebSocket, as its subprotocol says (PROTOCOL.md §2, §11). */
enum Dialect {
    /** JSON in text frames. */
    JSON("carillon.v1", Framings.WEBSOCKET, "messages are JSON in text frames; bytes go into data64") {
        @Override
        byte[] frame(ServerMessage message) {
            return FrameEncoder.textFrame(message.toJson());
        }

        @Override
        JsonReader.Outcome<ClientMessage> read(byte[] message) {
            return JsonReader.clientMessage(message);
        }
    },
    /** The binary form in binary frames. */
    BINARY("carillon.v1.bin", Framings.WEBSOCKET_BINARY, "messages are in binary frames, as carillon.v1.bin says") {
        @Override
        byte[] frame(ServerMessage message) {
            return FrameEncoder.binaryFrame(BinaryWriter.of(message, 0));
        }

        @Override
        JsonReader.Outcome<ClientMessage> read(byte[] message) {
            return BinaryReader.clientMessage(message);
        }
    };

    /** The subprotocols that are spoken, the one liked best first. */
    static final List<String> SUBPROTOCOLS = List.of(BINARY.subprotocol, JSON.subprotocol);

    /** How a message for many readers is framed. */
    final Framings framing;

    /** A sentence for a peer that sends frames of the other kind. */
    final String otherFrames;

    private final String subprotocol;

    Dialect(String subprotocol, Framings framing, String otherFrames) {
        this.subprotocol = subprotocol;
        this.framing = framing;
        this.otherFrames = otherFrames;
    }

    /** @param subprotocol the one that was agreed upon; null for none */
    static Dialect of(@Nullable String subprotocol) {
        return BINARY.subprotocol.equals(subprotocol) ? BINARY : JSON;
    }

    /** The frame of a message for one reader. */
    abstract byte[] frame(ServerMessage message);

    /** A client's message. */
    abstract JsonReader.Outcome<ClientMessage> read(byte[] message);
}
