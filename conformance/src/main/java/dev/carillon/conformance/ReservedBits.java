package dev.carillon.conformance;

import dev.carillon.conformance.Script.Chop;

/** Chapter 3: reserved bits without an extension that defines them. Stateless. */
final class ReservedBits {
    private static final String SECTION = "RFC 6455 §5.2";
    private static final Octets HELLO = Octets.of("Hello, world!");

    private ReservedBits() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        questions.ask(
                "3.1",
                "A text with RSV1 fails the connection.",
                SECTION,
                () -> new Script().send(frame(Wire.TEXT, 4)).fails(1002));
        questions.ask(
                "3.2",
                "A text comes back, one with RSV2 behind it fails the connection, and a ping behind that gets no pong.",
                SECTION,
                () -> behindText(Chop.NONE, frame(Wire.TEXT, 2)));
        questions.ask(
                "3.3",
                "As 3.2 with RSV2 and RSV3, frame by frame.",
                SECTION,
                () -> behindText(Chop.FRAMES, frame(Wire.TEXT, 3)));
        questions.ask(
                "3.4",
                "As 3.2 with RSV1, octet by octet.",
                SECTION,
                () -> behindText(Chop.OCTETS, frame(Wire.TEXT, 4)));
        questions.ask(
                "3.5",
                "A binary message with RSV1 and RSV3 fails the connection.",
                SECTION,
                () -> new Script().send(frame(Wire.BINARY, 5)).fails(1002));
        questions.ask(
                "3.6",
                "A ping with RSV1 and RSV2 fails the connection.",
                SECTION,
                () -> new Script().send(frame(Wire.PING, 6)).fails(1002));
        questions.ask(
                "3.7",
                "A close frame with all three reserved bits fails the connection.",
                SECTION,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | 7 << 4 | Wire.CLOSE, Octets.hex("03e8")))
                        .fails(1002));
        return questions.chapter("3", "Reserved bits");
    }

    private static Octets frame(int opcode, int reserved) {
        return Wire.frame(Wire.FIN | reserved << 4 | opcode, HELLO);
    }

    /** A text that comes back, then a frame that must fail the connection, then a ping that must not be seen. */
    static Script behindText(Chop chop, Octets wrong) {
        return new Script()
                .sendBy(chop, Wire.text(HELLO), wrong, Wire.ping(Octets.of("late")))
                .hearText(HELLO)
                .fails(1002);
    }
}
