package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("RFC 7692 §7.1, what is agreed to")
class DeflateAgreementTest {
    private static final DeflateSettings.Mode SHARED = DeflateSettings.Mode.SHARED;
    private static final DeflateSettings.Mode DEDICATED = DeflateSettings.Mode.DEDICATED;
    private static final String NONE = "; server_no_context_takeover; client_no_context_takeover";

    private final DeflateCounters counters = new DeflateCounters();

    private LoopDeflate loop(DeflateSettings.Mode mode, int contextsMax) {
        return new LoopDeflate(new DeflateSettings(mode, 3, 0, 4096, contextsMax), counters);
    }

    private @Nullable DeflatedMessages agree(DeflateSettings.Mode mode, String... lines) {
        List<ExtensionOffer> offers = Objects.requireNonNull(ExtensionOffer.read(List.of(lines)));
        return loop(mode, 10).agree(offers);
    }

    private @Nullable String answer(DeflateSettings.Mode mode, String... lines) {
        DeflatedMessages agreed = agree(mode, lines);
        return agreed == null ? null : agreed.takeAnswer().substring("permessage-deflate".length());
    }

    @Test
    void nothingIsAgreedToWhereItIsOff() {
        assertThat(answer(DeflateSettings.Mode.OFF, "permessage-deflate")).isNull();
    }

    @Nested
    class Shared {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "permessage-deflate",
                    "Permessage-Deflate",
                    "permessage-deflate; client_max_window_bits",
                    "permessage-deflate;client_max_window_bits=\"9\"",
                    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                    "x-webkit-deflate-frame, permessage-deflate",
                    "permessage-deflate; unknown, permessage-deflate"
                })
        void keepsNothing(String offer) {
            assertThat(answer(SHARED, offer)).isEqualTo(NONE);
            assertThat(counters.contexts()).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {8, 9, 12, 15})
        void takesTheWindowThatIsAskedFor(int bits) {
            assertThat(answer(SHARED, "permessage-deflate; server_max_window_bits=" + bits))
                    .isEqualTo(NONE + "; server_max_window_bits=" + bits);
        }

        @Test
        void aMessageForManyIsSharedAsFarAsTheWindowReaches() {
            DeflatedMessages small =
                    Objects.requireNonNull(agree(SHARED, "permessage-deflate; server_max_window_bits=9"));
            assertThat(small.takesShared(512)).isTrue();
            assertThat(small.takesShared(513)).isFalse();
        }
    }

    @Nested
    class Dedicated {
        @ParameterizedTest
        @CsvSource(
                nullValues = "-",
                value = {
                    "permessage-deflate; client_max_window_bits,; client_max_window_bits=12",
                    "permessage-deflate; client_max_window_bits=10,; client_max_window_bits=10",
                    "permessage-deflate; client_max_window_bits=8,; client_max_window_bits=8",
                    "permessage-deflate,; client_no_context_takeover",
                    "permessage-deflate; client_no_context_takeover; client_max_window_bits,; client_no_context_takeover",
                    "permessage-deflate; server_no_context_takeover; client_max_window_bits,; server_no_context_takeover; client_max_window_bits=12",
                    "permessage-deflate; server_max_window_bits=10; client_max_window_bits,; server_max_window_bits=10; client_max_window_bits=12"
                })
        void keepsContextForWhoeverTakesALimit(String offer, String expected) {
            assertThat(answer(DEDICATED, offer)).isEqualTo(expected);
        }

        @Test
        void aMessageForManyIsNotSharedWithAReaderWhoseContextIsKept() {
            DeflatedMessages agreed = Objects.requireNonNull(agree(DEDICATED, "permessage-deflate"));
            assertThat(agreed.takesShared(10)).isFalse();
        }

        @Test
        void beyondItsBoundContextsAreNotKept() {
            List<ExtensionOffer> offers =
                    Objects.requireNonNull(ExtensionOffer.read(List.of("permessage-deflate; client_max_window_bits")));
            LoopDeflate one = loop(DEDICATED, 1);
            DeflatedMessages first = Objects.requireNonNull(one.agree(offers));
            DeflatedMessages second = Objects.requireNonNull(one.agree(offers));
            assertThat(second.takeAnswer()).isEqualTo("permessage-deflate" + NONE);
            assertThat(counters.contexts()).isEqualTo(1);
            assertThat(counters.contextsRefused()).isEqualTo(1);
            first.close();
            first.close();
            second.close();
            assertThat(counters.contexts()).isZero();
            assertThat(counters.connections()).isZero();
            assertThat(Objects.requireNonNull(one.agree(offers)).takeAnswer())
                    .isEqualTo("permessage-deflate; client_max_window_bits=12");
        }

        @Test
        void whoKeepsNothingTakesNoPlace() {
            agree(DEDICATED, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
            assertThat(counters.contexts()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate; server_max_window_bits",
                "permessage-deflate; server_max_window_bits=7",
                "permessage-deflate; server_max_window_bits=16",
                "permessage-deflate; server_max_window_bits=08",
                "permessage-deflate; server_max_window_bits=1e1",
                "permessage-deflate; client_max_window_bits=0",
                "permessage-deflate; server_no_context_takeover=1",
                "permessage-deflate; client_no_context_takeover=true",
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                "permessage-deflate; mode=fast",
                "permessage-bzip2",
                "",
                ","
            })
    void anOfferThatIsNotValidIsDeclined(String offer) {
        assertThat(answer(SHARED, offer)).isNull();
        assertThat(counters.connections()).isZero();
    }

    @Test
    void theFirstValidOfferCounts() {
        assertThat(answer(
                        SHARED,
                        "permessage-deflate; server_max_window_bits=99, permessage-deflate; server_max_window_bits=11",
                        "permessage-deflate"))
                .isEqualTo(NONE + "; server_max_window_bits=11");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";",
                "a b",
                "a;",
                "a; b=",
                "a; b=\"",
                "a; b=\"\"",
                "a; b=\"c d\"",
                "a; =b",
                "a, b;;c",
                "permessage-deflate; client_max_window_bits=\"10",
                "a\u0000"
            })
    @DisplayName("RFC 6455 §9.1, a list that is none")
    void aMalformedListIsNoList(String line) {
        assertThat(ExtensionOffer.read(List.of(line))).isNull();
    }
}
