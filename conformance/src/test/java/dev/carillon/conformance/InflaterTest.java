package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class InflaterTest {
    private static final Deflate FREE = new Deflate(false, 15, false, 15);

    private static Octets inflate(Inflater inflater, Octets compressed) throws Violation {
        return inflater.inflate(compressed, Target.MESSAGE_OCTETS_MAX);
    }

    @Test
    void whatTheJdkCompressesIsReadBackAtEachSizeAndCompressibility() throws Violation {
        for (Sample sample : Sample.ALL) {
            try (Compressor compressor = new Compressor(FREE)) {
                Inflater inflater = new Inflater(FREE);
                for (int octets : new int[] {0, 1, 2, 3, 16, 257, 4096, 40_000, 131_072, 131_072, 7}) {
                    Octets payload = sample.payload(octets, octets);
                    assertThat(inflate(inflater, compressor.compress(payload)))
                            .as(sample.title + " " + octets)
                            .isEqualTo(payload);
                }
            }
        }
    }

    @Test
    void aCompressorKeepsToTheWindowThatWasAgreed() throws Violation {
        for (int bits = Deflate.BITS_MIN; bits <= Deflate.BITS_MAX; bits++) {
            Deflate agreed = new Deflate(false, bits, false, bits);
            try (Compressor compressor = new Compressor(agreed)) {
                Inflater inflater = new Inflater(agreed);
                Octets payload = Sample.JSON.payload(0, 40_000);
                assertThat(inflate(inflater, compressor.compress(payload))).isEqualTo(payload);
                assertThat(inflate(inflater, compressor.compress(payload))).isEqualTo(payload);
            }
        }
    }

    @Test
    void aReferenceToFurtherBackThanAgreedIsSeen() {
        try (Compressor compressor = new Compressor(FREE)) {
            Octets compressed = compressor.compress(Sample.JSON.payload(0, 40_000));
            Inflater inflater = new Inflater(new Deflate(false, 9, false, 15));
            assertThatThrownBy(() -> inflate(inflater, compressed)).hasMessageContaining("agreed are 512");
        }
    }

    @Test
    void aReferenceIntoTheMessageBeforeIsSeenWhenEachStartsAnew() throws Violation {
        try (Compressor compressor = new Compressor(FREE)) {
            Inflater inflater = new Inflater(new Deflate(true, 15, false, 15));
            Octets payload = Octets.of("the same words again");
            assertThat(inflate(inflater, compressor.compress(payload))).isEqualTo(payload);
            Octets referring = compressor.compress(payload);
            assertThatThrownBy(() -> inflate(inflater, referring)).hasMessageContaining("start anew");
        }
    }

    @Test
    void aMessageThatStopsInTheMiddleOfABlockIsSeen() {
        Octets hello = Octets.hex("f248cdc9c90700");
        for (int octets = 1; octets < hello.length() - 1; octets++) {
            Octets cut = hello.slice(0, octets);
            assertThatThrownBy(() -> inflate(new Inflater(FREE), cut))
                    .as("%s", cut)
                    .isInstanceOf(Violation.class);
        }
    }
}
