package dev.carillon.conformance;

import dev.carillon.conformance.Script.Chop;

/** Chapter 5: messages in several frames, and what may and may not come between these. Stateless. */
final class Fragments {
    private static final String SECTION = "RFC 6455 §5.4";
    private static final String CONTROL = "RFC 6455 §5.5";
    private static final Octets PING = Octets.of("between");

    private Fragments() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        askSplitControl(questions);
        askTwoFragments(questions);
        askNothingToContinue(questions);
        askNewMessageInside(questions);
        askPingsBetween(questions);
        return questions.chapter("5", "Fragmentation");
    }

    private static Octets first(int opcode, String payload) {
        return Wire.frame(opcode, Octets.of(payload));
    }

    private static Octets more(String payload) {
        return Wire.frame(Wire.CONTINUATION, Octets.of(payload));
    }

    private static Octets last(String payload) {
        return Wire.frame(Wire.FIN | Wire.CONTINUATION, Octets.of(payload));
    }

    private static void askSplitControl(Questions questions) {
        questions.ask(
                "5.1",
                "A ping in two fragments fails the connection.",
                CONTROL,
                () -> new Script()
                        .send(first(Wire.PING, "fragment1"), last("fragment2"))
                        .fails(1002));
        questions.ask(
                "5.2",
                "A pong in two fragments fails the connection.",
                CONTROL,
                () -> new Script()
                        .send(first(Wire.PONG, "fragment1"), last("fragment2"))
                        .fails(1002));
    }

    private static String by(Chop chop) {
        return switch (chop) {
            case NONE -> "in one write";
            case FRAMES -> "frame by frame";
            case OCTETS -> "octet by octet";
        };
    }

    private static void askTwoFragments(Questions questions) {
        int number = 3;
        for (Chop chop : Chop.values()) {
            questions.ask(
                    "5." + number++,
                    "A text in two fragments comes back; " + by(chop) + ".",
                    SECTION,
                    () -> new Script()
                            .sendBy(chop, first(Wire.TEXT, "fragment1"), last("fragment2"))
                            .hearText("fragment1fragment2")
                            .leave());
        }
        for (Chop chop : Chop.values()) {
            questions.ask(
                    "5." + number++,
                    "A ping between two fragments of a text gets its pong before the text comes back; " + by(chop)
                            + ".",
                    SECTION,
                    () -> new Script()
                            .sendBy(chop, first(Wire.TEXT, "fragment1"), Wire.ping(PING), last("fragment2"))
                            .hearPong(PING)
                            .hearText("fragment1fragment2")
                            .leave());
        }
    }

    private static void askNothingToContinue(Questions questions) {
        int number = 9;
        for (boolean isLast : new boolean[] {true, false}) {
            for (Chop chop : Chop.values()) {
                questions.ask(
                        "5." + number++,
                        "A continuation " + (isLast ? "with" : "without")
                                + " FIN where there is nothing to continue fails the connection; " + by(chop) + ".",
                        SECTION,
                        () -> new Script()
                                .sendBy(
                                        chop,
                                        isLast ? last("nothing to continue") : more("nothing to continue"),
                                        Wire.text("Hello, world!"))
                                .fails(1002));
            }
        }
        questions.ask(
                "5.15",
                "A text in two fragments comes back, and a continuation behind it fails the connection.",
                SECTION,
                () -> new Script()
                        .send(
                                first(Wire.TEXT, "fragment1"),
                                last("fragment2"),
                                more("fragment3"),
                                Wire.text("fragment4"))
                        .hearText("fragment1fragment2")
                        .fails(1002));
        questions.ask(
                "5.16",
                "A continuation without FIN before a text in two fragments, twice, fails the connection.",
                SECTION,
                () -> twice(more("fragment1")));
        questions.ask(
                "5.17",
                "A continuation with FIN before a text in two fragments, twice, fails the connection.",
                SECTION,
                () -> twice(last("fragment1")));
    }

    private static Script twice(Octets continuation) {
        Octets once = Octets.join(continuation, first(Wire.TEXT, "fragment2"), last("fragment3"));
        return new Script().send(once, once).fails(1002);
    }

    private static void askNewMessageInside(Questions questions) {
        questions.ask(
                "5.18",
                "A text whose second fragment has the opcode of a text again fails the connection.",
                SECTION,
                () -> new Script()
                        .send(first(Wire.TEXT, "fragment1"), Wire.text("fragment2"))
                        .fails(1002));
    }

    private static void askPingsBetween(Questions questions) {
        int number = 19;
        for (Chop chop : new Chop[] {Chop.NONE, Chop.FRAMES}) {
            questions.ask(
                    "5." + number++,
                    "Pings between the five fragments of a text get their pongs before more of it is sent; " + by(chop)
                            + ".",
                    SECTION,
                    () -> new Script()
                            .sendBy(
                                    chop,
                                    first(Wire.TEXT, "fragment1"),
                                    more("fragment2"),
                                    Wire.ping(Octets.of("pongme 1!")))
                            .hearPong(Octets.of("pongme 1!"))
                            .sendBy(chop, more("fragment3"), more("fragment4"), Wire.ping(Octets.of("pongme 2!")))
                            .hearPong(Octets.of("pongme 2!"))
                            .sendBy(chop, last("fragment5"))
                            .hearText("fragment1fragment2fragment3fragment4fragment5")
                            .leave());
        }
    }
}
