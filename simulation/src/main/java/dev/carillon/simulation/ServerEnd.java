package dev.carillon.simulation;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.EncodedPublication;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The node's end of a connection: a session on a bounded outbox, as over a WebSocket. What it says is checked as it leaves. */
final class ServerEnd implements Wire, Link.End {

    /** What a client says last that leaves for good. */
    record Goodbye() {}

    /** What the node says last. */
    record Closing(Code code) {}

    private static final long SILENCE_MAX = 4 * Agenda.SECOND;

    private final World world;
    private final Machine machine;
    private final Loop loop;
    private final Link link;
    private final Forms forms;
    private final Spoken spoken;
    private final int bytesMax;
    private @Nullable Session session;
    private int held;
    private boolean wantsRoom;
    private boolean isPaused;
    private boolean isOver;
    private long heardAt;

    ServerEnd(World world, Machine machine, Loop loop, Link link) {
        this.world = world;
        this.machine = machine;
        this.loop = loop;
        this.link = link;
        this.forms = new Forms(world.scenario().form());
        this.spoken = new Spoken(world, machine.excuses);
        this.heardAt = world.agenda().now();
        Scenario scenario = world.scenario();
        // Beside what it holds for many readers: one page of history, one list, and an answer for each command.
        this.bytesMax = scenario.outboxBytes()
                + 4 * scenario.limits().historyBytesMax()
                + 256 * scenario.limits().outstandingMax()
                + 16_384;
    }

    void begin(Node node, Principal principal, String id) {
        spoken.begin(id);
        loop.mailbox().post(() -> {
            Session begun = new Session(node, loop, this, id, principal);
            session = begun;
            begun.greet(SILENCE_MAX / Agenda.MILLI);
        });
        watch();
    }

    private Session session() {
        return Objects.requireNonNull(session, "not begun yet");
    }

    /** Whoever was silent for too long is taken for dead, unless it is the node that does not listen. */
    private void watch() {
        world.agenda().afterUncounted(SILENCE_MAX / 2, () -> {
            if (isOver || !machine.isCurrent(loop)) {
                return;
            }
            if (!isPaused && world.agenda().now() - heardAt > SILENCE_MAX) {
                loop.mailbox().post(() -> session().end(Code.HEARTBEAT_MISSED));
            } else {
                watch();
            }
        });
    }

    // ---- what the client says

    @Override
    public void onFrame(Object message, int bytes) {
        heardAt = world.agenda().now();
        loop.mailbox().post(() -> take(message));
    }

    private void take(Object message) {
        if (isOver) {
            return;
        }
        if (message instanceof Goodbye) {
            isOver = true;
            link.vanish();
            session().onGoodbye();
            return;
        }
        ClientMessage command = forms.heard(message);
        spoken.onCommand(command);
        session().onMessage(command);
    }

    @Override
    public void onClosed() {
        loop.mailbox().post(() -> {
            isOver = true;
            session().onClosed();
        });
    }

    // ---- what the node says

    @Override
    public boolean hasRoom() {
        boolean hasRoom = held < world.scenario().outboxBytes();
        wantsRoom |= !hasRoom;
        if (!hasRoom) {
            spoken.onNoRoom();
        }
        return hasRoom;
    }

    @Override
    public void deliver(EncodedMessage message) {
        boolean isForRoomOnly =
                message instanceof EncodedPublication || message.message() instanceof ServerMessage.Signalled;
        Lineage.require(
                !isForRoomOnly || held < world.scenario().outboxBytes(),
                Invariant.OUTBOX_BOUND,
                () -> message.message() + " is delivered where there is no room");
        say(message.message(), message.channelNumber());
    }

    @Override
    public void send(ServerMessage message) {
        say(message, 0);
    }

    private void say(ServerMessage message, long channelNumber) {
        world.trace().add("tells", link, message);
        if (wantsRoom) {
            spoken.onFull();
        }
        spoken.onTold(message);
        int bytes = Forms.bytesOf(message);
        held += bytes;
        Lineage.require(
                held <= bytesMax, Invariant.OUTBOX_BOUND, () -> held + " bytes are held where " + bytesMax + " may be");
        link.down.send(forms.told(message, channelNumber), bytes);
    }

    /** The client has taken a message: what is held is what it has not. */
    void onTaken(int bytes) {
        held -= bytes;
        if (wantsRoom && held < world.scenario().outboxBytes() / 2) {
            wantsRoom = false;
            loop.mailbox().post(() -> session().onRoom());
        }
    }

    @Override
    public void read(boolean wanted) {
        isPaused = !wanted;
        heardAt = world.agenda().now();
        link.up.hold(!wanted);
    }

    @Override
    public void close(Code code, String reason) {
        isOver = true;
        spoken.onRefused(code, null);
        link.down.send(new Closing(code), 0);
    }
}
