package dev.carillon.conformance;

/** Chapters 9 and 10: large messages, many fragments, many pieces, many messages; and none above the limit. Stateless. */
final class Sizes {
    private static final String FRAMES = "RFC 6455 §5.2";
    private static final String FRAGMENTS = "RFC 6455 §5.4";
    private static final String LIMIT = "RFC 6455 §7.4.1";

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private static final int[] MESSAGES = {64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB};
    private static final int[] FRAGMENT_SIZES = {64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB};
    private static final int[] PIECES = {64, 128, 256, 512, KIB, 2 * KIB};
    private static final int[] SMALL = {0, 16, 64, 256, KIB, 4 * KIB};
    private static final int MANY = 1000;

    private Sizes() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        for (boolean isText : new boolean[] {true, false}) {
            askMessages(questions, isText ? "9.1." : "9.2.", isText);
        }
        for (boolean isText : new boolean[] {true, false}) {
            askFragments(questions, isText ? "9.3." : "9.4.", isText);
        }
        for (boolean isText : new boolean[] {true, false}) {
            askPieces(questions, isText ? "9.5." : "9.6.", isText);
        }
        for (boolean isText : new boolean[] {true, false}) {
            askMany(questions, isText ? "9.7." : "9.8.", isText);
        }
        return questions.chapter("9", "Sizes");
    }

    static Chapter automatic() {
        Questions questions = new Questions();
        questions.ask(
                "10.1.1",
                "A text of 65536 octets in fragments of 1300 octets comes back.",
                FRAGMENTS,
                () -> fragmented(true, 65536, 1300));
        return questions.chapter("10", "Automatic fragmentation");
    }

    /** What a server that has a limit does with what is above it. */
    static Chapter limits() {
        Questions questions = new Questions();
        int most = Target.MESSAGE_OCTETS_MAX;
        questions.ask(
                "L.1",
                "A binary frame that declares more octets than the server takes fails the connection before they are sent.",
                LIMIT,
                () -> new Script()
                        .send(Wire.header(Wire.FIN | Wire.BINARY, most + 1))
                        .failsAtOnce(1009, Octets.of("")));
        questions.ask(
                "L.2",
                "A message whose fragments together are larger than the server takes fails the connection.",
                LIMIT,
                () -> new Script()
                        .send(Wire.frame(Wire.BINARY, Octets.repeated(Octets.hex("ab"), most)))
                        .send(Wire.frame(Wire.FIN | Wire.CONTINUATION, Octets.hex("ab")))
                        .fails(1009));
        questions.ask(
                "L.3",
                "A frame that declares 2^63 − 1 octets fails the connection.",
                LIMIT,
                () -> new Script()
                        .send(Wire.header(Wire.FIN | Wire.BINARY, Long.MAX_VALUE))
                        .failsAtOnce(1009, Octets.of("")));
        questions.ask(
                "L.4",
                "A frame that declares a length with its highest bit set fails the connection.",
                FRAMES,
                () -> new Script()
                        .send(Wire.header(Wire.FIN | Wire.BINARY, 1L << 63, Long.BYTES))
                        .fails(1002, 1009));
        questions.ask(
                "L.5",
                "A length of 125 in the form of two octets fails the connection.",
                FRAMES,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.BINARY, Octets.repeated(Octets.hex("ab"), 125), Short.BYTES))
                        .fails(1002));
        questions.ask(
                "L.6",
                "A length of 65535 in the form of eight octets fails the connection.",
                FRAMES,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.BINARY, Octets.repeated(Octets.hex("ab"), 65535), Long.BYTES))
                        .fails(1002));
        questions.ask(
                "L.7",
                "A ping whose length has the form of two octets fails the connection.",
                "RFC 6455 §5.5",
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.PING, Octets.of("short"), Short.BYTES))
                        .fails(1002));
        askUnmasked(questions);
        questions.ask(
                "L.12",
                "A close frame whose reason ends in the middle of a character fails the connection.",
                "RFC 6455 §5.5.1",
                () -> new Script()
                        .send(Wire.close(4000, Octets.hex("6279 65 c3")))
                        .fails(1007, 1002));
        return questions.chapter("L", "Limits, lengths and masks");
    }

    private static void askUnmasked(Questions questions) {
        String[] kinds = {"text", "binary message", "ping", "close frame"};
        int[] opcodes = {Wire.TEXT, Wire.BINARY, Wire.PING, Wire.CLOSE};
        for (int i = 0; i < kinds.length; i++) {
            int opcode = opcodes[i];
            Octets payload = opcode == Wire.CLOSE ? Octets.hex("03e8") : Octets.of("unmasked");
            questions.ask(
                    "L." + (i + 8),
                    "A " + kinds[i] + " that is not masked fails the connection.",
                    "RFC 6455 §5.1",
                    () -> new Script()
                            .send(Wire.bareFrame(Wire.FIN | opcode, payload))
                            .fails(1002));
        }
    }

    private static String kind(boolean isText) {
        return isText ? "text" : "binary";
    }

    private static void askMessages(Questions questions, String group, boolean isText) {
        int number = 1;
        for (int length : MESSAGES) {
            questions.ask(
                    group + number++,
                    "A " + kind(isText) + " message of " + Words.size(length) + " comes back.",
                    FRAMES,
                    () -> Framing.echo(isText, length, 0));
        }
    }

    private static void askFragments(Questions questions, String group, boolean isText) {
        int number = 1;
        for (int size : FRAGMENT_SIZES) {
            questions.ask(
                    group + number++,
                    "A " + kind(isText) + " message of 4 MiB in fragments of " + Words.size(size) + " comes back.",
                    FRAGMENTS,
                    () -> fragmented(isText, 4 * MIB, size));
        }
    }

    private static Script fragmented(boolean isText, int length, int fragmentOctets) {
        Octets payload = Octets.repeated(isText ? Octets.of("Carillon ") : Octets.hex("00fe23faf0"), length);
        Script script = new Script().send(Wire.message(isText ? Wire.TEXT : Wire.BINARY, payload, fragmentOctets));
        return (isText ? script.hearText(payload) : script.hearBinary(payload)).leave();
    }

    private static void askPieces(Questions questions, String group, boolean isText) {
        int number = 1;
        for (int size : PIECES) {
            questions.ask(
                    group + number++,
                    "A " + kind(isText) + " message of 1 MiB, sent in pieces of " + Words.size(size) + ", comes back.",
                    FRAMES,
                    () -> Framing.echo(isText, MIB, size));
        }
    }

    private static void askMany(Questions questions, String group, boolean isText) {
        int number = 1;
        for (int size : SMALL) {
            questions.ask(
                    group + number++,
                    MANY + " " + kind(isText) + " messages of " + Words.size(size)
                            + ", one after the other, come back.",
                    FRAMES,
                    () -> {
                        Octets payload = Octets.repeated(Octets.of("*"), size);
                        return new Script()
                                .rounds(MANY, isText, i -> payload, 0)
                                .leave();
                    });
        }
    }
}
