package dev.carillon.conformance;

import dev.carillon.conformance.Script.Chop;

/** Chapter 4: the ten opcodes that are reserved. Stateless. */
final class Opcodes {
    private static final String SECTION = "RFC 6455 §5.2";

    private Opcodes() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        ask(questions, "4.1.", "data", 0x3);
        ask(questions, "4.2.", "control", 0xB);
        return questions.chapter("4", "Opcodes");
    }

    private static void ask(Questions questions, String group, String kind, int first) {
        questions.ask(
                group + 1,
                "A frame of the reserved " + kind + " opcode " + first + " without a payload fails the connection.",
                SECTION,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | first, Octets.of("")))
                        .fails(1002));
        questions.ask(
                group + 2,
                "A frame of the reserved " + kind + " opcode " + (first + 1) + " with a payload fails the connection.",
                SECTION,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | first + 1, Octets.of("reserved")))
                        .fails(1002));
        String behind = "A text comes back, a frame of the reserved " + kind
                + " opcode %d%s fails the connection, and a " + "ping behind it gets no pong%s.";
        questions.ask(
                group + 3,
                behind.formatted(first + 2, "", ""),
                SECTION,
                () -> ReservedBits.behindText(Chop.NONE, Wire.frame(Wire.FIN | first + 2, Octets.of(""))));
        questions.ask(
                group + 4,
                behind.formatted(first + 3, " with a payload", ""),
                SECTION,
                () -> ReservedBits.behindText(Chop.NONE, Wire.frame(Wire.FIN | first + 3, Octets.of("reserved"))));
        questions.ask(
                group + 5,
                behind.formatted(first + 4, " with a payload", "; octet by octet"),
                SECTION,
                () -> ReservedBits.behindText(Chop.OCTETS, Wire.frame(Wire.FIN | first + 4, Octets.of("reserved"))));
    }
}
