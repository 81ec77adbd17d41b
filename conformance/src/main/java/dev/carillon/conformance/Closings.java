package dev.carillon.conformance;

/** Chapter 7: the closing handshake, and which close frames are none. Stateless. */
final class Closings {
    private static final String CLOSE = "RFC 6455 §5.5.1";
    private static final String CODES = "RFC 6455 §7.4";
    private static final String CONTROL = "RFC 6455 §5.5";

    /** Those that RFC 6455 §7.4.1 and the registry of §11.7 have, and the borders of the free ranges. */
    private static final int[] VALID = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};

    private static final int[] INVALID = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};

    private static final Octets HELLO = Octets.of("Hello, world!");
    private static final int LARGE = 256 << 10;

    private Closings() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        askBehindClose(questions);
        askPayloads(questions);
        askCodes(questions);
        return questions.chapter("7", "Closing");
    }

    private static void askBehindClose(Questions questions) {
        questions.ask(
                "7.1.1",
                "A text comes back, and a close frame behind it is answered.",
                CLOSE,
                () -> new Script().send(Wire.text(HELLO)).hearText(HELLO).leave());
        questions.ask(
                "7.1.2",
                "Of two close frames the first one is answered, and the second one ignored.",
                CLOSE,
                () -> new Script()
                        .send(Wire.close(1000), Wire.frame(Wire.FIN | Wire.CLOSE, Octets.of("")))
                        .answered(1000));
        questions.ask(
                "7.1.3",
                "A ping behind a close frame gets no pong.",
                CLOSE,
                () -> new Script()
                        .send(Wire.close(1000), Wire.ping(Octets.of("")))
                        .answered(1000));
        questions.ask(
                "7.1.4",
                "A text behind a close frame does not come back.",
                CLOSE,
                () -> new Script().send(Wire.close(1000), Wire.text(HELLO)).answered(1000));
        questions.ask(
                "7.1.5",
                "A close frame between two fragments of a text is answered, and the text does not come back.",
                CLOSE,
                () -> new Script()
                        .send(
                                Wire.frame(Wire.TEXT, HELLO),
                                Wire.close(1000),
                                Wire.frame(Wire.FIN | Wire.CONTINUATION, HELLO))
                        .answered(1000));
        questions.ask(
                "7.1.6",
                "A text of 256 KiB and a small one come back before the close frame behind them is answered.",
                CLOSE,
                () -> {
                    Octets large = Octets.repeated(Octets.of("BAsd7&jh23"), LARGE);
                    return new Script()
                            .send(Wire.text(large), Wire.text(HELLO), Wire.close(1000), Wire.ping(Octets.of("")))
                            .hearText(large)
                            .hearText(HELLO)
                            .answered(1000);
                });
    }

    private static void askPayloads(Questions questions) {
        questions.ask(
                "7.3.1",
                "A close frame without a payload is answered by one without a payload, or with 1000.",
                CLOSE,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.CLOSE, Octets.of("")))
                        .answered(Heard.Close.NO_CODE, 1000));
        questions.ask(
                "7.3.2",
                "A close frame of one octet fails the connection.",
                CLOSE,
                () -> new Script()
                        .send(Wire.frame(Wire.FIN | Wire.CLOSE, Octets.of("a")))
                        .fails(1002));
        questions.ask(
                "7.3.3",
                "A close frame with a code is answered with that code.",
                CLOSE,
                () -> new Script().send(Wire.close(1000)).answered(1000));
        questions.ask(
                "7.3.4",
                "A close frame with a code and a reason is answered with that code.",
                CLOSE,
                () -> new Script().send(Wire.close(1000, HELLO)).answered(1000));
        questions.ask(
                "7.3.5",
                "A close frame with the longest reason, of 123 octets, is answered.",
                CLOSE,
                () -> new Script()
                        .send(Wire.close(1000, Octets.repeated(Octets.of("*"), 123)))
                        .answered(1000));
        questions.ask(
                "7.3.6",
                "A close frame with a reason of 124 octets fails the connection.",
                CONTROL,
                () -> new Script()
                        .send(Wire.close(1000, Octets.repeated(Octets.of("*"), 124)))
                        .fails(1002));
        questions.ask(
                "7.5.1",
                "A close frame whose reason is not UTF-8 fails the connection.",
                CLOSE,
                () -> new Script()
                        .send(Wire.close(1000, Octets.hex("cebae1bdb9cf83cebcceb5eda080656469746564")))
                        .fails(1007, 1002));
    }

    private static void askCodes(Questions questions) {
        int number = 1;
        for (int code : VALID) {
            questions.ask(
                    "7.7." + number++,
                    "A close frame with the code " + code + " is answered with that code.",
                    CODES,
                    () -> new Script().send(Wire.close(code)).answered(code));
        }
        number = 1;
        for (int code : INVALID) {
            questions.ask(
                    "7.9." + number++,
                    "A close frame with the code " + code + ", which may not be sent, fails the connection.",
                    CODES,
                    () -> new Script().send(Wire.close(code)).fails(1002));
        }
        number = 1;
        for (int code : new int[] {5000, 65535}) {
            questions.ask(
                    "7.13." + number++,
                    "A close frame with the code " + code + ", which is in no range, fails the connection.",
                    CODES,
                    () -> new Script().send(Wire.close(code)).fails(1002));
        }
    }
}
