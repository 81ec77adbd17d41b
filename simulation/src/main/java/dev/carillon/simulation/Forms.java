package dev.carillon.simulation;

import dev.carillon.protocol.BinaryFeed;
import dev.carillon.protocol.BinaryReader;
import dev.carillon.protocol.BinaryWriter;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.JsonReader;
import dev.carillon.protocol.JsonWriter;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import java.util.Arrays;

/** The form in which one connection's messages cross the network: what is read is what was written, or it is a violation. */
final class Forms {

    private final Scenario.Form form;
    private final BinaryFeed feed = new BinaryFeed();

    Forms(Scenario.Form form) {
        this.form = form;
    }

    /** What a client writes. */
    static Object said(Scenario.Form form, ClientMessage message) {
        return switch (form) {
            case NONE -> message;
            case BINARY -> BinaryWriter.of(message);
            case JSON -> {
                JsonWriter json = new JsonWriter();
                message.writeTo(json);
                yield json.toBytes();
            }
        };
    }

    /** What the node reads. */
    ClientMessage heard(Object said) {
        return switch (form) {
            case NONE -> (ClientMessage) said;
            case BINARY -> read(BinaryReader.clientMessage((byte[]) said), said);
            case JSON -> read(JsonReader.clientMessage((byte[]) said), said);
        };
    }

    /** What comes of the node's message at the client; on each connection in the order in which they are said. */
    ServerMessage told(ServerMessage message, long channelNumber) {
        return switch (form) {
            case NONE -> message;
            case BINARY -> {
                ServerMessage read = read(feed.read(BinaryWriter.of(message, channelNumber)), message);
                Lineage.require(read.equals(message), Invariant.FORMS_AGREE, () -> message + " is read as " + read);
                yield read;
            }
            case JSON -> {
                byte[] json = message.toJson();
                ServerMessage read = read(JsonReader.serverMessage(json), message);
                Lineage.require(
                        Arrays.equals(read.toJson(), json),
                        Invariant.FORMS_AGREE,
                        () -> message + " is read as " + read);
                yield read;
            }
        };
    }

    private static <T> T read(JsonReader.Outcome<T> outcome, Object written) {
        if (outcome instanceof JsonReader.Outcome.Read<T>(T value)) {
            return value;
        }
        throw new Violation(Invariant.FORMS_AGREE, written + " is read as " + outcome);
    }

    /** About how long a message is. */
    static int bytesOf(ServerMessage message) {
        if (message instanceof ServerMessage.Delivery(Publication publication)) {
            return 64 + publication.data().length();
        }
        if (message instanceof ServerMessage.HistoryPage page) {
            int bytes = 64;
            for (Publication publication : page.publications()) {
                bytes += 64 + publication.data().length();
            }
            return bytes;
        }
        return message instanceof ServerMessage.PresenceList list
                ? 64 + 16 * list.users().size()
                : 64;
    }
}
