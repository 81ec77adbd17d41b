package dev.carillon.conformance;

import dev.carillon.conformance.Script.Chop;

/** Chapter 2: pings are answered with what they carry, pongs are not answered at all. Stateless. */
final class Pings {
    private static final String PING = "RFC 6455 §5.5.2";
    private static final String PONG = "RFC 6455 §5.5.3";
    private static final String CONTROL = "RFC 6455 §5.5";

    private static final Octets NOT_TEXT = Octets.hex("00ff fe fd fc fb 00 ff");
    private static final Octets LONGEST = Octets.repeated(Octets.hex("fe"), 125);

    private Pings() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        questions.ask("2.1", "A ping without a payload gets a pong without one.", PING, () -> answer(Octets.of("")));
        questions.ask("2.2", "A ping with a text gets a pong with it.", PING, () -> answer(Octets.of("Hello, world!")));
        questions.ask(
                "2.3", "A ping with octets that are not UTF-8 gets a pong with them.", PING, () -> answer(NOT_TEXT));
        questions.ask("2.4", "A ping with 125 octets gets a pong with them.", PING, () -> answer(LONGEST));
        questions.ask(
                "2.5",
                "A ping with 126 octets fails the connection.",
                CONTROL,
                () -> new Script()
                        .send(Wire.ping(Octets.repeated(Octets.hex("fe"), 126)))
                        .fails(1002));
        questions.ask(
                "2.6",
                "A ping with 125 octets, sent octet by octet, gets a pong with them.",
                PING,
                () -> new Script()
                        .sendOctets(Wire.ping(LONGEST))
                        .hearPong(LONGEST)
                        .leave());
        questions.ask(
                "2.7",
                "A pong without a payload that nobody asked for gets no answer.",
                PONG,
                () -> new Script().send(Wire.pong(Octets.of(""))).leave());
        questions.ask(
                "2.8",
                "A pong with a payload that nobody asked for gets no answer.",
                PONG,
                () -> new Script().send(Wire.pong(Octets.of("unasked"))).leave());
        questions.ask(
                "2.9",
                "Behind a pong that nobody asked for, a ping gets its own pong.",
                PONG,
                () -> new Script()
                        .send(Wire.pong(Octets.of("unasked")), Wire.ping(Octets.of("asked")))
                        .hearPong(Octets.of("asked"))
                        .leave());
        questions.ask("2.10", "Ten pings get ten pongs, in their order.", PING, () -> tenPings(Chop.NONE));
        questions.ask(
                "2.11",
                "Ten pings, sent octet by octet, get ten pongs, in their order.",
                PING,
                () -> tenPings(Chop.OCTETS));
        return questions.chapter("2", "Pings and pongs");
    }

    private static Script answer(Octets payload) {
        return new Script().send(Wire.ping(payload)).hearPong(payload).leave();
    }

    private static Script tenPings(Chop chop) {
        Script script = new Script();
        for (int i = 0; i < 10; i++) {
            script.sendBy(chop, Wire.ping(Octets.of("payload-" + i)));
        }
        for (int i = 0; i < 10; i++) {
            script.hearPong(Octets.of("payload-" + i));
        }
        return script.leave();
    }
}
