package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may order the cluster about, and what its front understands of requests and of what passes. */
final class ClusterDeskTest {

    private static final String MARK = "carillon-mark-";
    private static final String ID = "0123456789-_abcDEFxyzQ";

    private static FrontRequest request(String headers) {
        String head = "POST /cluster/nodes/1/kill?a=b HTTP/1.1\r\n" + headers + "\r\n";
        return Objects.requireNonNull(FrontRequest.of(head.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: 127.0.0.1:8080\r\n",
                "Host: localhost\r\n",
                "Host: [::1]:8080\r\n",
                "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080\r\nSec-Fetch-Site: same-origin\r\n",
                "Host: 127.0.0.1:8080\r\nSec-Fetch-Site: none\r\n",
            })
    void pagesOfTheFrontAndProgramsOfThisMachineMayGiveOrders(String headers) {
        assertThat(ClusterDesk.isForeign(request(headers))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: evil.example.com\r\n",
                "Host: 127.0.0.1.evil.example.com\r\n",
                "Host: 127.0.0.1:8080,evil.example.com\r\n",
                "Host: 127.0.0.1:8080\r\nHost: 127.0.0.1:8080\r\n",
                "Host: 127.0.0.1:8080\r\nOrigin: http://evil.example.com\r\n",
                "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:9090\r\n",
                "Host: 127.0.0.1:8080\r\nOrigin: https://127.0.0.1:8080\r\n",
                "Host: 127.0.0.1:8080\r\nOrigin: null\r\n",
                "Host: 127.0.0.1:8080\r\nSec-Fetch-Site: cross-site\r\n",
                "Host: 127.0.0.1:8080\r\nSec-Fetch-Site: same-site\r\n",
                "Host: 127.0.0.1:8080\r\nX-Forwarded-For: 192.0.2.1\r\n",
                "Host: 127.0.0.1:8080\r\nForwarded: for=192.0.2.1\r\n",
            })
    void whatComesFromElsewhereMayNot(String headers) {
        assertThat(ClusterDesk.isForeign(request(headers))).isTrue();
    }

    @Test
    void onlyWhatIsBelowTheDeskIsItsOwn() {
        assertThat(ClusterDesk.owns("/cluster/state")).isTrue();
        assertThat(ClusterDesk.owns("/cluster")).isFalse(); // the page, which is a node's
        assertThat(ClusterDesk.owns("/clusters/state")).isFalse();
    }

    @Test
    void aRequestIsReadAsItStands() {
        FrontRequest request = request("Host: a\r\nX: 1\r\nx: 2\r\n");
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/cluster/nodes/1/kill");
        assertThat(request.query()).containsEntry("a", "b");
        assertThat(request.header("x")).isEqualTo("1,2");
        assertThat(FrontRequest.of("\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isNull();
        assertThat(FrontRequest.of("GET /\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isNull();
    }

    @Test
    void aConnectionHasTheNameThatItsClientGivesIfThatIsOne() {
        assertThat(via("/live?via=page.websocket")).isEqualTo("page.websocket");
        assertThat(via("/live?after=0&via=a%22b")).isEmpty();
        assertThat(via("/live?via=" + "a".repeat(65))).isEmpty();
        assertThat(via("/live")).isEmpty();
    }

    private static String via(String target) {
        String head = "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
        return Passages.of(Objects.requireNonNull(FrontRequest.of(head.getBytes(StandardCharsets.US_ASCII))), 1)
                .via();
    }

    // ---- marks

    private static List<String> found(MarkFinder finder, String text) {
        List<String> all = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        finder.read(bytes, bytes.length, all::add);
        return all;
    }

    @Test
    void aMarkIsFoundWhereverItIsCut() {
        String text = "{\"a\":\"ccarillon-" + MARK + ID + "\",\"b\":\"" + MARK + "short\"}";
        for (int cut = 0; cut <= text.length(); cut++) {
            MarkFinder finder = new MarkFinder();
            List<String> all = new ArrayList<>(found(finder, text.substring(0, cut)));
            all.addAll(found(finder, text.substring(cut)));
            assertThat(all).as("cut after %s bytes", cut).containsExactly(ID);
        }
    }

    @Test
    void severalMarksOfOnePieceAreFound() {
        assertThat(found(new MarkFinder(), MARK + ID + MARK + ID.replace('0', '9') + " " + MARK + "!" + MARK + ID))
                .containsExactly(ID, ID.replace('0', '9'), ID);
    }

    @Test
    void theFirstSightingCountsAndOnlyTheNewestMarksAreKept() {
        Sightings sightings = new Sightings();
        for (int i = 0; i <= Sightings.MARKS_MAX; i++) {
            sightings.see("mark-" + i, Sightings.Place.CALLED, 1, "");
            sightings.see("mark-" + i, Sightings.Place.CALLED, 1, "");
            sightings.see("mark-" + i, Sightings.Place.CALLED, 2, "");
        }
        assertThat(sightings.of("mark-0")).isEmpty();
        assertThat(sightings.of("mark-1")).extracting(Sightings.Sighting::node).containsExactly(1, 2);
    }
}
