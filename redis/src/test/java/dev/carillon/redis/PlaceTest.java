package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCommandExecutionException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where processes of Redis are, as configurations, redirections and tables of slots say it. */
class PlaceTest {

    private static final Address ASKED = new Address("asked", 7);

    @Test
    void addressesAreReadWithOrWithoutAPort() {
        assertThat(Address.of("h", 5)).isEqualTo(new Address("h", 5));
        assertThat(Address.of("h:6", 5)).isEqualTo(new Address("h", 6));
        assertThat(Address.of("[::1]:6", 5)).isEqualTo(new Address("::1", 6)).hasToString("[::1]:6");
        assertThat(Address.of("[::1]", 5)).isEqualTo(new Address("::1", 5));
        assertThat(Address.of("::1", 5)).isEqualTo(new Address("::1", 5));
    }

    @Test
    void whatIsNoAddressIsRefused() {
        for (String text :
                new String[] {"", "h:", "h:x", "h:0", "h:65536", ":6", "a b:6", "[]:6", "redis://h:6", "[::1]6"}) {
            assertThatThrownBy(() -> Address.of(text, 5)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Address.of("ada:secret@h:6", 5)).hasMessageNotContaining("secret");
    }

    @Test
    void aPlaceNamesSomeButNotTooMany() {
        assertThatThrownBy(() -> new Place.Spread(List.of())).isInstanceOf(IllegalArgumentException.class);
        List<Address> many = IntStream.rangeClosed(1, Place.ADDRESSES_MAX + 1)
                .mapToObj(port -> new Address("h", port))
                .toList();
        assertThatThrownBy(() -> new Place.Spread(many)).hasMessage("65 addresses: 1 to 64 can be named");
        assertThatThrownBy(() -> new Place.Watched(List.of(ASKED), " ", null, null))
                .hasMessage("the master has no name");
        assertThat(new Place.Watched(List.of(ASKED), "town", "ada", "secret").toString())
                .doesNotContain("secret");
    }

    private static @Nullable Redirect redirect(String said) {
        return Redirect.of(new RedisCommandExecutionException(said), ASKED);
    }

    @Test
    void redirectionsAreReadAndOtherErrorsAreNone() {
        assertThat(redirect("MOVED 3999 10.0.0.5:6381"))
                .isEqualTo(new Redirect.Moved(3999, new Address("10.0.0.5", 6381)));
        assertThat(redirect("MOVED 3999 ::1:6381")).isEqualTo(new Redirect.Moved(3999, new Address("::1", 6381)));
        assertThat(redirect("MOVED 3999 :6381")).isEqualTo(new Redirect.Moved(3999, new Address("asked", 6381)));
        assertThat(redirect("ASK 3999 h:6381")).isEqualTo(new Redirect.Ask(new Address("h", 6381)));
        assertThat(redirect("TRYAGAIN Multiple keys request during rehashing of slot"))
                .isEqualTo(new Redirect.Later());
        for (String other : new String[] {
            "",
            "MOVED",
            "MOVED 3999",
            "MOVED 16384 h:1",
            "MOVED x h:1",
            "MOVED 1 h",
            "MOVED 1 h:",
            "MOVED 1 h:99999",
            "ASK 1",
            "CLUSTERDOWN The cluster is down",
            "ERR MOVED 1 h:1",
            "MOVEDED 1 h:1"
        }) {
            assertThat(redirect(other)).as(other).isNull();
        }
        assertThat(Redirect.of(new IllegalStateException("MOVED 1 h:1"), ASKED)).isNull();
    }

    private static List<Object> range(long first, long last, @Nullable String host, long port) {
        return Arrays.asList(
                first,
                last,
                Arrays.asList(
                        host == null ? null : host.getBytes(StandardCharsets.UTF_8),
                        port,
                        "id".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aTableOfSlotsIsReadAndComparedAndOneWithHolesIsNone() {
        SlotTable table = SlotTable.of(List.of(range(0, 8191, "a", 1), range(8192, 16_383, null, 2)), ASKED);
        assertThat(table).isNotNull();
        assertThat(table.owner(8191)).isEqualTo(new Address("a", 1));
        assertThat(table.owner(8192)).isEqualTo(new Address("asked", 2));
        assertThat(table.masters()).containsExactly(new Address("a", 1), new Address("asked", 2));
        SlotTable moved = table.with(5, new Address("b", 3));
        assertThat(table.differences(moved)).containsExactly(5);
        assertThat(moved.masters()).hasSize(3);
        assertThat(SlotTable.of(List.of(range(0, 16_382, "a", 1)), ASKED)).isNull();
        assertThat(SlotTable.of(List.of(range(-1, 16_383, "a", 1)), ASKED)).isNull();
        assertThat(SlotTable.of(List.of(range(0, 16_384, "a", 1)), ASKED)).isNull();
        assertThat(SlotTable.of(List.of(range(0, 16_383, "a", 0)), ASKED)).isNull();
        assertThat(SlotTable.of(List.of(range(0, 16_383, "a", Long.MAX_VALUE)), ASKED))
                .isNull();
        assertThat(SlotTable.of(List.of("x", List.of(1L), List.of(1L, 2L, List.of())), ASKED))
                .isNull();
        List<Object> many = IntStream.range(0, 16_384)
                .<Object>mapToObj(slot -> range(slot, slot, "h", slot % (SlotTable.MASTERS_MAX + 1) + 1))
                .toList();
        assertThat(SlotTable.of(many, ASKED)).isNull();
    }
}
