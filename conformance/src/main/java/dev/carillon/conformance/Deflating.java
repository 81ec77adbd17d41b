package dev.carillon.conformance;

import dev.carillon.conformance.Opening.Negotiation;
import dev.carillon.conformance.Opening.Switches;
import java.util.Set;

/** A chapter of our own: offers of permessage-deflate, its frames, and data that is wrong or too much. Stateless. */
final class Deflating {
    private static final String SERVER_CONTEXT = "RFC 7692 §7.1.1.1";
    private static final String CLIENT_CONTEXT = "RFC 7692 §7.1.1.2";
    private static final String SERVER_WINDOW = "RFC 7692 §7.1.2.1";
    private static final String CLIENT_WINDOW = "RFC 7692 §7.1.2.2";
    private static final String OFFERS = "RFC 7692 §7";
    private static final String FRAMES = "RFC 7692 §6";
    private static final String INFLATING = "RFC 7692 §7.2.2";
    private static final String LIMIT = "RFC 6455 §7.4.1";

    private static final String NAME = "permessage-deflate";
    private static final Switches DECLINED = new Switches(Set.of(), Negotiation.NONE, true);

    private static final Opening AGREED = Opening.offering(NAME);
    private static final Opening WITH_CONTEXT = Opening.offering(NAME + "; client_max_window_bits")
            .expecting(new Switches(Set.of(), Negotiation.DEFLATE_WITH_CONTEXT, false));

    /** The first octets of frames that say that they are compressed. */
    private static final int TEXT = Wire.FIN | Wire.RSV1 | Wire.TEXT;

    private static final int FIRST_TEXT = Wire.RSV1 | Wire.TEXT;
    private static final int LAST = Wire.FIN | Wire.CONTINUATION;

    /** RFC 7692 §7.2.3.1. */
    private static final Octets HELLO = Octets.hex("f248cdc9c90700");

    private static final Octets LONG = Sample.JSON.payload(0, 40_000);

    private Deflating() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        askWindows(questions);
        askOffers(questions);
        askIllegalOffers(questions);
        askExamples(questions);
        askFrames(questions);
        askMixed(questions);
        askCorrupt(questions);
        askLimits(questions);
        return questions.chapter("D", "permessage-deflate: offers, frames and faults");
    }

    private static Script threeMessages() {
        return new Script().rounds(3, true, i -> LONG, 0).leave();
    }

    private static void askWindows(Questions questions) {
        for (int bits = Deflate.BITS_MIN; bits <= Deflate.BITS_MAX; bits++) {
            questions.ask(
                    "D.1." + (bits - Deflate.BITS_MIN + 1),
                    "Asked for a window of 2^" + bits + " octets, the server never refers back further.",
                    SERVER_WINDOW,
                    Opening.offering(NAME + "; server_max_window_bits=" + bits),
                    Deflating::threeMessages);
        }
        for (int bits = Deflate.BITS_MIN; bits <= Deflate.BITS_MAX; bits++) {
            questions.ask(
                    "D.2." + (bits - Deflate.BITS_MIN + 1),
                    "Told that our window has 2^" + bits + " octets, the server reads what was compressed with it.",
                    CLIENT_WINDOW,
                    Opening.offering(NAME + "; client_max_window_bits=" + bits),
                    Deflating::threeMessages);
        }
    }

    private static void askOffers(Questions questions) {
        questions.ask(
                "D.3.1",
                "Asked to, the server compresses each message anew.",
                SERVER_CONTEXT,
                Opening.offering(NAME + "; server_no_context_takeover"),
                Deflating::threeMessages);
        questions.ask(
                "D.3.2",
                "Told that each of ours is compressed anew, the server reads them.",
                CLIENT_CONTEXT,
                Opening.offering(NAME + "; client_no_context_takeover"),
                Deflating::threeMessages);
        questions.ask(
                "D.3.3",
                "Of two offers of which the first has an unknown parameter, the second one is taken.",
                "RFC 7692 §5.1",
                Opening.offering(NAME + "; x-unknown, " + NAME),
                Deflating::threeMessages);
        questions.ask(
                "D.3.4",
                "Behind an extension that nobody knows, the offer is taken.",
                "RFC 6455 §9.1",
                Opening.offering("x-unknown; a=1, " + NAME),
                Deflating::threeMessages);
        questions.ask(
                "D.3.5",
                "A parameter's value may be quoted.",
                "RFC 6455 §9.1",
                Opening.offering(NAME + "; server_max_window_bits=\"15\""),
                Deflating::threeMessages);
        questions.ask(
                "D.3.6",
                "Offers may come in two lines.",
                "RFC 6455 §9.1",
                AGREED.with(
                        "Sec-WebSocket-Extensions",
                        "Sec-WebSocket-Extensions: x-unknown",
                        "Sec-WebSocket-Extensions: " + NAME),
                Deflating::threeMessages);
    }

    private static void askIllegalOffers(Questions questions) {
        String[][] illegal = {
            {OFFERS, "x-unknown"},
            {OFFERS, "server_no_context_takeover; server_no_context_takeover"},
            {OFFERS, "client_max_window_bits=10; client_max_window_bits=10"},
            {SERVER_CONTEXT, "server_no_context_takeover=1"},
            {CLIENT_CONTEXT, "client_no_context_takeover=true"},
            {SERVER_WINDOW, "server_max_window_bits"},
            {SERVER_WINDOW, "server_max_window_bits=7"},
            {SERVER_WINDOW, "server_max_window_bits=16"},
            {SERVER_WINDOW, "server_max_window_bits=010"},
            {SERVER_WINDOW, "server_max_window_bits=ten"},
            {CLIENT_WINDOW, "client_max_window_bits=7"},
            {CLIENT_WINDOW, "client_max_window_bits=16"},
            {CLIENT_WINDOW, "client_max_window_bits=08"},
            {CLIENT_WINDOW, "client_max_window_bits=ten"}
        };
        int number = 1;
        for (String[] offer : illegal) {
            questions.ask(
                    "D.4." + number++,
                    "The illegal offer `" + NAME + "; " + offer[1] + "` is declined.",
                    offer[0],
                    Opening.offering(NAME + "; " + offer[1]).expecting(DECLINED),
                    () -> new Script()
                            .send(Wire.text("not compressed"))
                            .hearText("not compressed")
                            .leave());
        }
    }

    /** RFC 7692 §7.2.3, to the octet. */
    private static void askExamples(Questions questions) {
        String[][] examples = {
            {"RFC 7692 §7.2.3.1", "One block", "f248cdc9c90700"},
            {"RFC 7692 §7.2.3.3", "A block without compression", "000500faff48656c6c6f00"},
            {"RFC 7692 §7.2.3.4", "A block that says it is the last", "f348cdc9c9070000"},
            {"RFC 7692 §7.2.3.5", "Two blocks", "f248050000 00ffff cac9c90700"},
            {"RFC 7692 §7.2.3.5", "Empty blocks before and behind", "000000ffff f248cdc9c90700 00 00ffff 00"}
        };
        int number = 1;
        for (String[] example : examples) {
            questions.ask(
                    "D.5." + number++,
                    example[1] + " (" + example[2].replace(" ", "") + ") is \"Hello\".",
                    example[0],
                    AGREED,
                    () -> new Script()
                            .send(Wire.frame(TEXT, Octets.hex(example[2])))
                            .hearText("Hello")
                            .leave());
        }
        questions.ask(
                "D.5." + number++,
                "A message that only refers to the one before it is \"Hello\" again.",
                "RFC 7692 §7.2.3.2",
                WITH_CONTEXT,
                () -> new Script()
                        .send(Wire.frame(TEXT, HELLO), Wire.frame(TEXT, Octets.hex("f200110000")))
                        .hearText("Hello")
                        .hearText("Hello")
                        .leave());
        questions.ask(
                "D.5." + number,
                "A compressed message of no octets (00) comes back, alone and behind an empty fragment.",
                "RFC 7692 §7.2.3.6",
                AGREED,
                () -> new Script()
                        .send(Wire.frame(TEXT, Octets.hex("00")))
                        .hearText("")
                        .send(Wire.frame(FIRST_TEXT, Octets.of("")), Wire.frame(LAST, Octets.hex("00")))
                        .hearText("")
                        .leave());
    }

    private static void askFrames(Questions questions) {
        questions.ask(
                "D.6.1",
                "RSV1 on a continuation fails the connection.",
                FRAMES,
                AGREED,
                () -> new Script()
                        .send(
                                Wire.frame(FIRST_TEXT, HELLO.slice(0, 3)),
                                Wire.frame(Wire.RSV1 | LAST, HELLO.slice(3, HELLO.length())))
                        .fails(1002));
        questions.ask(
                "D.6.2",
                "RSV1 on a ping fails the connection.",
                FRAMES,
                AGREED,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.RSV1 | Wire.PING, HELLO))
                        .fails(1002));
        questions.ask(
                "D.6.3",
                "RSV1 on a close frame fails the connection.",
                FRAMES,
                AGREED,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.RSV1 | Wire.CLOSE, Octets.hex("03e8")))
                        .fails(1002));
        questions.ask(
                "D.6.4",
                "RSV2 beside RSV1 fails the connection.",
                "RFC 6455 §5.2",
                AGREED,
                () -> new Script().send(Wire.frame(TEXT | 0x20, HELLO)).fails(1002));
        questions.ask(
                "D.6.5",
                "A reserved opcode with RSV1 fails the connection.",
                "RFC 6455 §5.2",
                AGREED,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.RSV1 | 0x3, HELLO))
                        .fails(1002));
        questions.ask(
                "D.6.6",
                "A compressed message octet by octet comes back.",
                FRAMES,
                AGREED,
                () -> new Script()
                        .sendOctets(Wire.frame(TEXT, HELLO))
                        .hearText("Hello")
                        .leave());
        questions.ask(
                "D.6.7",
                "A ping between the fragments of a compressed message gets its pong, and the message comes back.",
                FRAMES,
                AGREED,
                () -> new Script()
                        .send(Wire.frame(FIRST_TEXT, HELLO.slice(0, 3)), Wire.ping(Octets.of("between")))
                        .hearPong(Octets.of("between"))
                        .send(Wire.frame(LAST, HELLO.slice(3, HELLO.length())))
                        .hearText("Hello")
                        .leave());
    }

    private static void askMixed(Questions questions) {
        questions.ask(
                "D.7.1",
                "Where compression is agreed, a message without it comes back.",
                "RFC 7692 §6.2",
                AGREED,
                () -> new Script()
                        .send(Wire.text("not compressed"))
                        .hearText("not compressed")
                        .leave());
        questions.ask(
                "D.7.2",
                "A message without compression between two with it does not come into their window.",
                "RFC 7692 §6.2",
                AGREED,
                () -> new Script()
                        .sendCompressed(true, LONG, 0)
                        .hearText(LONG)
                        .send(Wire.text("not compressed"))
                        .hearText("not compressed")
                        .sendCompressed(true, LONG, 0)
                        .hearText(LONG)
                        .leave());
        questions.ask(
                "D.7.3",
                "A message without compression in two fragments comes back, the second one without RSV1 as well.",
                "RFC 7692 §6.2",
                AGREED,
                () -> new Script()
                        .send(Wire.frame(Wire.TEXT, Octets.of("not ")), Wire.frame(LAST, Octets.of("compressed")))
                        .hearText("not compressed")
                        .leave());
        questions.ask(
                "D.7.4",
                "A compressed message in fragments of one octet comes back.",
                FRAMES,
                AGREED,
                () -> new Script().rounds(2, true, i -> LONG.slice(0, 4000), 1).leave());
        questions.ask(
                "D.7.5",
                "A message of 40,000 octets that shrinks to a fraction comes back compressed.",
                "RFC 7692 §6.1",
                AGREED,
                () -> new Script().rounds(2, true, i -> LONG, 0).compressed().leave());
    }

    private static void askCorrupt(Questions questions) {
        String[][] corrupt = {
            {"RFC 1951 §3.2.3", "A block of the type 3 (06)", "06"},
            {"RFC 1951 §3.2.4", "A block without compression whose lengths differ", "000500000048656c6c6f00"},
            {"RFC 1951 §3.2.5", "A reference to before the beginning", "f200110000"},
            {"RFC 1951 §3.2.6", "A distance code that is not in use", "4a043e00"},
            {"RFC 1951 §3.2.7", "Code lengths that are no code", "fc ff ff ff ff ff ff ff ff ff"}
        };
        int number = 1;
        for (String[] message : corrupt) {
            questions.ask(
                    "D.8." + number++,
                    message[1] + " fails the connection.",
                    INFLATING + ", " + message[0],
                    AGREED,
                    () -> new Script()
                            .send(Wire.frame(TEXT, Octets.hex(message[2])))
                            .fails(1007, 1002));
        }
        questions.ask(
                "D.8." + number++,
                "A compressed text that is not UTF-8 fails the connection.",
                "RFC 6455 §8.1",
                AGREED,
                () -> new Script()
                        .send(Wire.frame(TEXT, Octets.hex("000200fdfffffe00")))
                        .fails(1007));
        questions.ask(
                "D.8." + number++,
                "A compressed text that ends in the middle of a character fails the connection.",
                "RFC 6455 §8.1",
                AGREED,
                () -> new Script()
                        .send(Wire.frame(TEXT, Octets.hex("000200fdffe28200")))
                        .fails(1007));
        questions.ask(
                "D.8." + number++,
                "A compressed message that stops in the middle of a block fails the connection.",
                INFLATING,
                AGREED,
                () -> new Script().send(Wire.frame(TEXT, HELLO.slice(0, 4))).fails(1007, 1002));
        questions.ask(
                "D.8." + number,
                "Corrupt data in the first fragment fails the connection, at the latest when the message is whole.",
                INFLATING,
                AGREED,
                () -> new Script()
                        .send(Wire.frame(FIRST_TEXT, Octets.hex("06")), Wire.frame(LAST, Octets.hex("00")))
                        .fails(1007, 1002));
    }

    private static void askLimits(Questions questions) {
        Octets most = Octets.repeated(Octets.of("0"), Target.MESSAGE_OCTETS_MAX);
        questions.ask(
                "D.9.1",
                "A message that inflates to exactly what the server takes comes back.",
                LIMIT,
                AGREED,
                () -> new Script().rounds(1, true, i -> most, 0).leave());
        questions.ask(
                "D.9.2",
                "A message that inflates to more than the server takes fails the connection.",
                LIMIT,
                AGREED,
                () -> new Script()
                        .sendCompressed(true, Octets.join(most, Octets.of("0")), 0)
                        .fails(1009));
        questions.ask(
                "D.9.3",
                "A message of 256 KiB that inflates to 256 MiB fails the connection.",
                LIMIT,
                AGREED,
                () -> bomb(0));
        questions.ask(
                "D.9.4", "The same in fragments of 64 octets fails the connection.", LIMIT, AGREED, () -> bomb(64));
    }

    private static Script bomb(int fragmentOctets) {
        return new Script()
                .send(Wire.message(FIRST_TEXT, Bomb.megabytes(256), fragmentOctets))
                .fails(1009);
    }
}
