package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/** What a client says and expects, in order; the last step is an ending. Made by chained calls, by one thread. */
public final class Script {
    private final List<Step> steps = new ArrayList<>();
    private boolean opensInOctets;

    Script() {}

    /** The opening request goes out octet by octet. */
    Script openInOctets() {
        opensInOctets = true;
        return this;
    }

    boolean opensInOctets() {
        return opensInOctets;
    }

    /** All of it in one write. */
    Script send(Octets... parts) {
        return add(new Step.Send(Octets.join(parts), 0));
    }

    /** Each in a write of its own. */
    Script sendEach(Octets... parts) {
        for (Octets part : parts) {
            send(part);
        }
        return this;
    }

    /** Each octet in a write of its own. */
    Script sendOctets(Octets... parts) {
        return sendPieces(1, parts);
    }

    Script sendPieces(int octets, Octets... parts) {
        return add(new Step.Send(Octets.join(parts), octets));
    }

    Script sendBy(Chop chop, Octets... parts) {
        return switch (chop) {
            case NONE -> send(parts);
            case FRAMES -> sendEach(parts);
            case OCTETS -> sendOctets(parts);
        };
    }

    Script sendCompressed(boolean isText, Octets payload, int fragmentOctets) {
        return add(new Step.SendCompressed(isText, payload, fragmentOctets));
    }

    Script hearText(Octets payload) {
        return add(new Step.Hear(new Heard.Message(true, payload)));
    }

    Script hearText(String payload) {
        return hearText(Octets.of(payload));
    }

    Script hearBinary(Octets payload) {
        return add(new Step.Hear(new Heard.Message(false, payload)));
    }

    Script hearPong(Octets payload) {
        return add(new Step.Hear(new Heard.Pong(payload)));
    }

    Script rounds(int messages, boolean isText, IntFunction<Octets> payload, int fragmentOctets) {
        return add(new Step.Rounds(messages, isText, payload, fragmentOctets));
    }

    Script compressed() {
        return add(new Step.Compressed());
    }

    Script leave() {
        return add(new Step.Leave());
    }

    Script answered(Integer... codes) {
        return add(new Step.Answered(Set.of(codes)));
    }

    Script fails(Integer... codes) {
        return add(new Step.Fails(Set.of(codes)));
    }

    Script failsAtOnce(int code, Octets rest) {
        return add(new Step.FailsAtOnce(Set.of(code), rest));
    }

    private Script add(Step step) {
        if (!steps.isEmpty() && steps.getLast() instanceof Step.Ending) {
            throw new IllegalStateException("nothing comes behind an ending");
        }
        steps.add(step);
        return this;
    }

    List<Step> steps() {
        return steps;
    }

    Step.Ending ending() {
        if (!steps.isEmpty() && steps.getLast() instanceof Step.Ending ending) {
            return ending;
        }
        throw new IllegalStateException("a script has an ending");
    }

    /** Where a client cuts what it sends. */
    enum Chop {
        NONE,
        FRAMES,
        OCTETS
    }
}
