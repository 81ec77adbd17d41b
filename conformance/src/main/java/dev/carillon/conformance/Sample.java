package dev.carillon.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Payloads of different compressibility; the same in every run. Immutable. */
final class Sample {
    private static final int LENGTH = 1 << 18;
    private static final String SYLLABLES = "caribellotunemorasivenodaluki";
    private static final int CONTINUATION = 0x80;
    private static final int FIRST_BITS = 0xC0;
    private static final long SEED = 1951;

    static final Sample JSON = new Sample("JSON", true, Sample::json);

    static final List<Sample> ALL = List.of(
            JSON,
            new Sample("a picture", false, Sample::picture),
            new Sample("prose", false, Sample::prose),
            new Sample("HTML", true, Sample::html),
            new Sample("noise", false, Sample::noise));

    final String title;
    final boolean isText;
    private final byte[] source;

    private Sample(String title, boolean isText, Function<SplittableRandom, byte[]> source) {
        this.title = title;
        this.isText = isText;
        this.source = source.apply(new SplittableRandom(SEED));
    }

    private static byte[] json(SplittableRandom random) {
        StringBuilder text = new StringBuilder("[");
        while (text.length() < LENGTH) {
            text.append("{\"id\": ")
                    .append(random.nextInt(1_000_000))
                    .append(", \"name\": \"")
                    .append(word(random))
                    .append("\", \"price\": ")
                    .append(random.nextInt(100_000) / 100.0)
                    .append(", \"tags\": [\"")
                    .append(word(random))
                    .append("\", \"größe\"]},\n");
        }
        return text.toString().getBytes(UTF_8);
    }

    private static byte[] picture(SplittableRandom random) {
        byte[] picture = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            int x = i & 511;
            int y = i >> 9;
            double shade = 128 + 60 * Math.sin(x / 40.0) + 50 * Math.cos(y / 25.0);
            picture[i] = (byte) (shade + random.nextInt(6));
        }
        return picture;
    }

    private static byte[] prose(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        while (text.length() < LENGTH) {
            text.append(word(random)).append(random.nextInt(9) == 0 ? ".\r\n" : " ");
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] html(SplittableRandom random) {
        StringBuilder text = new StringBuilder("<!doctype html>\n<table>\n");
        while (text.length() < LENGTH) {
            text.append("<tr class=\"row\"><td><a href=\"/item/")
                    .append(random.nextInt(10_000))
                    .append("\">")
                    .append(word(random))
                    .append("</a></td><td>€&nbsp;")
                    .append(random.nextInt(1000))
                    .append("</td></tr>\n");
        }
        return text.toString().getBytes(UTF_8);
    }

    private static byte[] noise(SplittableRandom random) {
        byte[] noise = new byte[LENGTH];
        random.nextBytes(noise);
        return noise;
    }

    private static String word(SplittableRandom random) {
        StringBuilder word = new StringBuilder();
        for (int syllables = 1 + random.nextInt(4); syllables > 0; syllables--) {
            int at = random.nextInt(SYLLABLES.length() - 2);
            word.append(SYLLABLES, at, at + 2);
        }
        return word.toString();
    }

    /** The next {@code octets} of it, which begin where those of the number before end. */
    Octets payload(int number, int octets) {
        byte[] part = new byte[octets];
        long from = (long) number * octets;
        for (int i = 0; i < octets; i++) {
            part[i] = source[(int) ((from + i) % source.length)];
        }
        if (isText) {
            blankHalfCharacters(part);
        }
        return Octets.of(part);
    }

    /** A cut, or the end of the source, may have gone through a character. */
    private static void blankHalfCharacters(byte[] text) {
        for (int at = 0; at < text.length; at++) {
            int octets = (text[at] & CONTINUATION) == 0 ? 1 : characterOctets(text, at);
            if (octets == 0) {
                text[at] = ' ';
            } else {
                at += octets - 1;
            }
        }
    }

    /** How many octets the character here has; 0 if it is not whole. Only such of two and three occur. */
    private static int characterOctets(byte[] text, int at) {
        int first = text[at] & 0xFF;
        int octets = first >= 0xE0 ? 3 : first >= FIRST_BITS ? 2 : 0;
        if (octets == 0 || at + octets > text.length) {
            return 0;
        }
        for (int i = at + 1; i < at + octets; i++) {
            if ((text[i] & FIRST_BITS) != CONTINUATION) {
                return 0;
            }
        }
        return octets;
    }
}
