package dev.carillon.conformance;

/** Chapter 1: a message in one frame, at each length where the header changes. Stateless. */
final class Framing {
    private static final String SECTION = "RFC 6455 §5.2";
    private static final int[] LENGTHS = {0, 125, 126, 127, 128, 65535, 65536};
    private static final int CHOPPED_LENGTH = 65536;
    private static final int CHOP = 997;

    private Framing() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        ask(questions, true);
        ask(questions, false);
        return questions.chapter("1", "Framing");
    }

    private static void ask(Questions questions, boolean isText) {
        String group = isText ? "1.1." : "1.2.";
        String kind = isText ? "text" : "binary";
        int number = 1;
        for (int length : LENGTHS) {
            questions.ask(
                    group + number++,
                    "A " + kind + " message of " + length + " octets comes back.",
                    SECTION,
                    () -> echo(isText, length, 0));
        }
        questions.ask(
                group + number,
                "A " + kind + " message of " + CHOPPED_LENGTH + " octets, sent in pieces of " + CHOP
                        + " octets, comes back.",
                SECTION,
                () -> echo(isText, CHOPPED_LENGTH, CHOP));
    }

    /** A message in one frame, its echo, and a clean end. */
    static Script echo(boolean isText, int length, int pieceOctets) {
        Octets payload = Octets.repeated(isText ? Octets.of("Carillon ") : Octets.hex("00fe23faf0"), length);
        Octets frame = isText ? Wire.text(payload) : Wire.binary(payload);
        Script script = new Script().sendPieces(pieceOctets, frame);
        return (isText ? script.hearText(payload) : script.hearBinary(payload)).leave();
    }
}
