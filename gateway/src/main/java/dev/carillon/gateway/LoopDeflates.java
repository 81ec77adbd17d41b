package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.DeflateCounters;
import dev.carillon.websocket.DeflateSettings;
import dev.carillon.websocket.LoopDeflate;
import dev.carillon.websocket.Opcode;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.Objects;

/** permessage-deflate on each event loop. The map is fixed; what is in it belongs to its loop. */
final class LoopDeflates {

    private final IdentityHashMap<EventLoop, Member> members = new IdentityHashMap<>();

    LoopDeflates(DeflateSettings settings, DeflateCounters counters, EventLoops loops) {
        for (EventExecutor loop : loops.group()) {
            members.put((EventLoop) loop, new Member(new LoopDeflate(settings, counters)));
        }
    }

    Member of(EventLoop loop) {
        return Objects.requireNonNull(members.get(loop), "a loop of another group");
    }

    /** Frees what the loops hold, each on its own thread, without waiting for it. */
    void close() {
        members.forEach((loop, member) -> loop.execute(member.deflate()::close));
    }

    /**
     * What belongs to one loop, and how a message for many is framed there for those who take it deflated by itself. The form
     * is shared by all loops: each deflates alike.
     */
    record Member(LoopDeflate deflate) implements EncodedMessage.Framing {

        @Override
        public int slot() {
            return Framings.DEFLATED_SLOT;
        }

        @Override
        public byte[] frame(ServerMessage message, byte[] json) {
            return deflate.sharedFrame(Opcode.TEXT, json);
        }
    }
}
