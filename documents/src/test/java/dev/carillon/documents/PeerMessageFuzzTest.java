package dev.carillon.documents;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any bytes of a peer give a message or a refusal, and what was read is written as it was. */
class PeerMessageFuzzTest {

    @FuzzTest
    void anyBytesOfAPeerGiveAMessageOrARefusal(byte[] bytes) {
        if (!(PeerMessage.decode(bytes) instanceof Decoded.Read<PeerMessage> read)) {
            return;
        }
        switch (read.value()) {
            case PeerMessage.Awareness awareness ->
                assertThat(PeerMessage.decode(PeerWriter.awareness(awareness.entries())))
                        .isEqualTo(read);
            case PeerMessage.Has has ->
                assertThat(PeerMessage.decode(PeerWriter.has(has.vector()))).isEqualTo(read);
            case PeerMessage.Changes changes ->
                assertThat(PeerMessage.decode(PeerWriter.changes(changes.update())))
                        .isInstanceOf(Decoded.Read.class);
            case PeerMessage.Seed seed ->
                assertThat(PeerMessage.decode(PeerWriter.changes(seed.update())))
                        .isInstanceOf(Decoded.Read.class);
            case PeerMessage.WhoIsThere _, PeerMessage.Unknown _ -> {}
        }
    }

    @Test
    void whatOneIsToldTheOtherReads() {
        List<AwarenessEntry> entries =
                List.of(new AwarenessEntry(1L << 40, 7, "{\"cursor\":3}"), new AwarenessEntry(2, 0, "null"));
        assertThat(PeerMessage.decode(PeerWriter.awareness(entries)))
                .isEqualTo(new Decoded.Read<>(new PeerMessage.Awareness(entries)));
        assertThat(entries.getLast().isGone()).isTrue();
    }

    @Test
    void awarenessThatIsNoJsonIsRefused() {
        byte[] message = PeerWriter.awareness(List.of(new AwarenessEntry(1, 1, "{cursor}")));
        assertThat(new String(message, US_ASCII)).contains("{cursor}");
        assertThat(PeerMessage.decode(message)).isInstanceOf(Decoded.Malformed.class);
    }
}
