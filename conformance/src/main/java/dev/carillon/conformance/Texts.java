package dev.carillon.conformance;

/** Chapter 6: text is UTF-8 and nothing else, and what is not is refused where it shows. Stateless. */
final class Texts {
    private static final String SECTION = "RFC 6455 §8.1";
    private static final String FRAGMENTS = "RFC 6455 §5.4";
    private static final String TEXT = "RFC 6455 §5.6";

    private static final Octets VALID = Octets.of("Hello-µ@ßöäüàá-UTF-8!!");

    /** {@code κόσμε}, whose letters have two and three octets. */
    private static final Octets WORD = Octets.hex("cebae1bdb9cf83cebcceb5");

    private static final Octets REST = Octets.of("edited");
    private static final Octets WITH_SURROGATE = Octets.join(WORD, Octets.hex("eda080"), REST);

    /** Behind the word U+110000, which its second octet gives away. */
    private static final Octets TOO_HIGH = Octets.join(WORD, Octets.hex("f4908080"), REST);

    private Texts() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        askEmpty(questions);
        askWhole(questions);
        askFailFast(questions);
        int group = 5;
        for (Utf8Sequences sequences : Utf8Sequences.all()) {
            askSequences(questions, "6." + group++ + ".", sequences);
        }
        return questions.chapter("6", "UTF-8");
    }

    private static void askEmpty(Questions questions) {
        questions.ask(
                "6.1.1",
                "A text of no octets comes back.",
                TEXT,
                () -> new Script().send(Wire.text("")).hearText("").leave());
        questions.ask(
                "6.1.2",
                "A text of three fragments of no octets comes back as one of none.",
                FRAGMENTS,
                () -> threeFragments(""));
        questions.ask(
                "6.1.3",
                "A text of three fragments of which only the middle one has octets comes back.",
                FRAGMENTS,
                () -> threeFragments("middle frame payload"));
    }

    private static Script threeFragments(String middle) {
        return new Script()
                .send(
                        Wire.frame(Wire.TEXT, Octets.of("")),
                        Wire.frame(Wire.CONTINUATION, Octets.of(middle)),
                        Wire.frame(Wire.FIN | Wire.CONTINUATION, Octets.of("")))
                .hearText(middle)
                .leave();
    }

    private static void askWhole(Questions questions) {
        questions.ask("6.2.1", "A valid text in one frame comes back.", TEXT, () -> echo(VALID, 0));
        questions.ask(
                "6.2.2",
                "A valid text in two fragments, cut between two characters, comes back.",
                FRAGMENTS,
                () -> echo(VALID, 12));
        questions.ask(
                "6.2.3",
                "A valid text in fragments of one octet, cut within characters, comes back.",
                TEXT,
                () -> echo(VALID, 1));
        questions.ask(
                "6.2.4",
                "A valid text of letters of two and three octets, in fragments of one octet, comes back.",
                TEXT,
                () -> echo(WORD, 1));
        questions.ask(
                "6.3.1",
                "A text with a surrogate in one frame fails the connection.",
                SECTION,
                () -> new Script().send(Wire.text(WITH_SURROGATE)).fails(1007));
        questions.ask(
                "6.3.2",
                "A text with a surrogate in fragments of one octet fails the connection.",
                SECTION,
                () -> new Script()
                        .send(Wire.message(Wire.TEXT, WITH_SURROGATE, 1))
                        .fails(1007));
    }

    private static Script echo(Octets text, int fragmentOctets) {
        return new Script()
                .send(Wire.message(Wire.TEXT, text, fragmentOctets))
                .hearText(text)
                .leave();
    }

    private static void askFailFast(Questions questions) {
        int[][] cuts = {{WORD.length(), WORD.length() + 4}, {WORD.length() + 1, WORD.length() + 2}};
        String[] where = {"with the four octets of U+110000", "with the octet that makes the text wrong, and no other"};
        for (int i = 0; i < cuts.length; i++) {
            int from = cuts[i][0];
            int to = cuts[i][1];
            questions.ask(
                    "6.4." + (i + 1),
                    "The second of three fragments, " + where[i] + ", fails the connection before the third is sent.",
                    SECTION,
                    () -> new Script()
                            .sendEach(
                                    Wire.frame(Wire.TEXT, TOO_HIGH.slice(0, from)),
                                    Wire.frame(Wire.CONTINUATION, TOO_HIGH.slice(from, to)))
                            .failsAtOnce(
                                    1007,
                                    Wire.frame(Wire.FIN | Wire.CONTINUATION, TOO_HIGH.slice(to, TOO_HIGH.length()))));
        }
        for (int i = 0; i < cuts.length; i++) {
            int from = cuts[i][0];
            int to = cuts[i][1];
            questions.ask(
                    "6.4." + (i + 3),
                    "The second of three pieces of a frame, " + where[i]
                            + ", fails the connection before the third is sent.",
                    SECTION,
                    () -> pieces(Wire.text(TOO_HIGH), from, to));
        }
    }

    private static Script pieces(Octets frame, int from, int to) {
        int header = frame.length() - TOO_HIGH.length();
        return new Script()
                .sendEach(frame.slice(0, header + from), frame.slice(header + from, header + to))
                .failsAtOnce(1007, frame.slice(header + to, frame.length()));
    }

    private static void askSequences(Questions questions, String group, Utf8Sequences sequences) {
        int number = 1;
        for (String sequence : sequences.sequences()) {
            boolean isValid = !sequence.startsWith("!");
            String digits = sequence.replace("!", "");
            String shown = digits.length() <= 32 ? digits : digits.substring(0, 32) + "…";
            Octets payload = Octets.hex(digits);
            questions.ask(
                    group + number++,
                    "A text of " + shown + " (" + sequences.title() + ") "
                            + (isValid ? "comes back." : "fails the connection."),
                    SECTION,
                    () -> isValid
                            ? echo(payload, 0)
                            : new Script().send(Wire.text(payload)).fails(1007));
        }
    }
}
