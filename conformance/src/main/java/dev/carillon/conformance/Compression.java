package dev.carillon.conformance;

/**
 * Chapters 12 and 13: compressed messages of all sizes, from what shrinks to a tenth to what doesn't shrink at all, and
 * under every kind of agreement. Stateless.
 */
final class Compression {
    private static final String SECTION = "RFC 7692 §7.2";
    private static final String PARAMETERS = "RFC 7692 §7.1";

    private static final String OFFER = "permessage-deflate; client_max_window_bits";
    private static final String FREE = "permessage-deflate; client_no_context_takeover; client_max_window_bits";

    /** Of messages and of the fragments that they are sent in, 0 for one frame. */
    private static final int[][] SIZES = {
        {16, 0},
        {64, 0},
        {256, 0},
        {1 << 10, 0},
        {4 << 10, 0},
        {8 << 10, 0},
        {16 << 10, 0},
        {32 << 10, 0},
        {64 << 10, 0},
        {128 << 10, 0},
        {8 << 10, 256},
        {16 << 10, 256},
        {32 << 10, 256},
        {64 << 10, 256},
        {128 << 10, 256},
        {128 << 10, 1 << 10},
        {128 << 10, 4 << 10},
        {128 << 10, 32 << 10}
    };

    private static final String[] OFFERS = {
        FREE,
        FREE + "; server_no_context_takeover",
        FREE + "; server_max_window_bits=9",
        FREE + "; server_max_window_bits=15",
        FREE + "; server_no_context_takeover; server_max_window_bits=9",
        FREE + "; server_no_context_takeover; server_max_window_bits=15",
        FREE + "; server_no_context_takeover; server_max_window_bits=9, " + FREE + "; server_no_context_takeover, "
                + FREE
    };

    private Compression() {}

    static Chapter payloads(Volume volume) {
        Questions questions = new Questions();
        int group = 1;
        for (Sample sample : Sample.ALL) {
            ask(questions, "12." + group++ + ".", SECTION, sample, OFFER, volume);
        }
        return questions.chapter("12", "Compressed payloads");
    }

    static Chapter parameters(Volume volume) {
        Questions questions = new Questions();
        int group = 1;
        for (String offer : OFFERS) {
            ask(questions, "13." + group++ + ".", PARAMETERS, Sample.JSON, offer, volume);
        }
        return questions.chapter("13", "Compression under each agreement");
    }

    private static void ask(
            Questions questions, String group, String section, Sample sample, String offer, Volume volume) {
        int number = 1;
        for (int[] size : SIZES) {
            int octets = size[0];
            int fragmentOctets = size[1];
            String fragments = fragmentOctets == 0 ? "" : " in fragments of " + Words.size(fragmentOctets);
            String agreement = offer.equals(OFFER) ? "" : ", after the offer `" + offer + "`,";
            questions.ask(
                    group + number++,
                    "Messages of " + Words.size(octets) + " of " + sample.title + ", compressed" + fragments + agreement
                            + " come back.",
                    section,
                    Opening.offering(offer),
                    () -> new Script()
                            .rounds(
                                    volume.messages(octets),
                                    sample.isText,
                                    i -> sample.payload(i, octets),
                                    fragmentOctets)
                            .leave());
        }
    }
}
