package dev.carillon.gateway;

import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.EncodedPublication;
import dev.carillon.engine.EncodedRun;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.DeflateCounters;
import dev.carillon.websocket.DeflateSettings;
import dev.carillon.websocket.DeflatedMessages;
import dev.carillon.websocket.FrameEncoder;
import dev.carillon.websocket.LoopDeflate;
import dev.carillon.websocket.Opcode;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** permessage-deflate on each event loop. The map is fixed; what is in it belongs to its loop. */
final class LoopDeflates {

    private final IdentityHashMap<EventLoop, Member> members = new IdentityHashMap<>();

    LoopDeflates(DeflateSettings settings, DeflateCounters counters, EventLoops loops) {
        for (EventExecutor loop : loops.group()) {
            members.put((EventLoop) loop, new Member(new LoopDeflate(settings, counters), counters));
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
     * What belongs to one loop: how messages are gathered for connections that negotiated deflate. As a framing it is for
     * those who take each message deflated by itself; that form is shared by all loops, because each deflates alike.
     *
     * <p>What is counted is what messages say, before they are deflated; what that saved is told beside it.
     */
    @SuppressWarnings("ReferenceEquality") // encoded forms are made once, so they are known by identity
    static final class Member implements EncodedMessage.Framing {

        private final LoopDeflate deflate;
        private final DeflateCounters counters;

        /** The run that was gathered last, and what of its JSON went deflated, before and after: many readers get the same. */
        private byte @Nullable [] newest;

        private long newestPlain;
        private long newestDeflated;

        Member(LoopDeflate deflate, DeflateCounters counters) {
            this.deflate = deflate;
            this.counters = counters;
        }

        LoopDeflate deflate() {
            return deflate;
        }

        @Override
        public int slot() {
            return Framings.DEFLATED_SLOT;
        }

        @Override
        public byte[] frame(ServerMessage message, byte[] json) {
            return deflate.sharedFrame(Opcode.TEXT, json);
        }

        /** A message for many readers. */
        void gather(Gathered into, DeflatedMessages by, EncodedMessage message) {
            byte[] json = message.json();
            long data = Math.min(message.dataBytes(), json.length);
            if (by.takesShared(json.length)) {
                byte[] frame = message.framed(this);
                into.addShared(frame, json.length, data);
                count(into, frame, json.length);
            } else {
                byte[] frame = by.frame(Opcode.TEXT, json);
                into.add(frame, json.length, data);
                count(into, frame, json.length);
            }
        }

        /** A message for one reader. */
        void gather(Gathered into, DeflatedMessages by, ServerMessage message) {
            byte[] json = message.toJson();
            byte[] frame = by.frame(Opcode.TEXT, json);
            into.add(frame, json.length, 0);
            count(into, frame, json.length);
        }

        private void count(Gathered into, byte[] frame, int json) {
            if (FrameEncoder.isDeflated(frame)) {
                int deflated = FrameEncoder.payloadBytes(frame);
                counters.sent(json, deflated);
                into.save(json - deflated);
            }
        }

        /** Whether a connection may be given a run in one piece: whether it takes each of its messages deflated by itself. */
        boolean isShared(DeflatedMessages by, EncodedRun run) {
            return by.takesShared((int) Math.min(run.jsonBytes(), Integer.MAX_VALUE));
        }

        /** A run, for a connection for which {@link #isShared}. */
        void gather(Gathered into, EncodedRun run) {
            byte[] frames = run.framed(this);
            into.addShared(frames, run.jsonBytes(), run.dataBytes());
            if (frames != newest) {
                newest = frames;
                newestPlain = 0;
                newestDeflated = 0;
                for (EncodedPublication publication : run.publications()) {
                    byte[] frame = publication.framed(this);
                    if (FrameEncoder.isDeflated(frame)) {
                        newestPlain += publication.json().length;
                        newestDeflated += FrameEncoder.payloadBytes(frame);
                    }
                }
            }
            if (newestPlain > 0) {
                counters.sent(newestPlain, newestDeflated);
                into.save(newestPlain - newestDeflated);
            }
        }
    }
}
