package dev.carillon.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeflateTest {
    @Test
    void whatIsAnsweredIsWhatWasAgreed() throws Violation {
        assertThat(Deflate.agreed("permessage-deflate", "")).isNull();
        assertThat(Deflate.agreed("permessage-deflate", "permessage-deflate"))
                .isEqualTo(new Deflate(false, 15, false, 15));
        assertThat(
                        Deflate.agreed(
                                "permessage-deflate; client_max_window_bits; server_max_window_bits=12",
                                "permessage-deflate; client_max_window_bits=10; server_max_window_bits=11; client_no_context_takeover"))
                .isEqualTo(new Deflate(false, 11, true, 10));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            permessage-deflate | permessage-deflate, permessage-deflate
            permessage-deflate | x-unknown
            permessage-deflate | permessage-deflate; unknown
            permessage-deflate | permessage-deflate; client_max_window_bits=10
            permessage-deflate; client_max_window_bits=9 | permessage-deflate; client_max_window_bits=10
            permessage-deflate; server_max_window_bits=9 | permessage-deflate; server_max_window_bits=10
            permessage-deflate; server_max_window_bits=9 | permessage-deflate
            permessage-deflate; server_no_context_takeover | permessage-deflate
            permessage-deflate | permessage-deflate; server_max_window_bits=16
            permessage-deflate | permessage-deflate; server_no_context_takeover=1
            permessage-deflate | permessage-deflate; server_no_context_takeover; server_no_context_takeover
            """)
    void anAnswerThatFitsNoOfferIsSeen(String offered, String answered) {
        assertThatThrownBy(() -> Deflate.agreed(offered, answered)).isInstanceOf(Violation.class);
    }
}
