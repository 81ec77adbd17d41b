package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MapViewTest {

    private static final long NO_BOUND = Long.MAX_VALUE;
    /** What each change here counts for: its data, its key of one character, and the overhead. */
    private static final int BYTES = 1 + 1 + LogRecord.OVERHEAD_BYTES;

    private final ChannelSettings settings = ChannelSettings.DEFAULT.with(ChannelKind.MAP);
    private MapView view = new MapView(settings, Position.ORIGIN, 0);
    private long offset;

    // ---- what readers are owed

    @Test
    void theNewestChangeOfEachKeyIsOwedInOffsetOrder() {
        set("a");
        set("b");
        set("a");
        assertThat(all()).containsExactly("2 b", "3 a");
        assertThat(view.head()).isEqualTo(position(3));
        assertThat(told(new MapView.Query(2, 2, 2, null))).containsExactly("3 a");
        assertThat(told(new MapView.Query(3, 3, 3, null))).isEmpty();
    }

    @Test
    void aPartHasAsManyBytesAsItMayAndAtLeastOneChange() {
        set("a");
        set("b");
        set("c");
        MapView.Part two = view.after(everything(), 2 * BYTES, 0);
        assertThat(two.changes()).hasSize(2);
        assertThat(two.end()).isEqualTo(position(2));
        assertThat(view.after(everything(), 2 * BYTES - 1, 0).changes()).hasSize(1);
        assertThat(view.after(everything(), 1, 0).changes()).hasSize(1);
        assertThat(view.after(everything(), 3 * BYTES, 0).end()).isEqualTo(position(3));
    }

    @Test
    void whatIsNotToldIsPassedOver() {
        set("a");
        set("b");
        set("c");
        set("d");
        MapView.Query some = new MapView.Query(0, 0, 0, keys("a", "d"));
        MapView.Part part = view.after(some, BYTES, 0);
        assertThat(part.changes()).hasSize(1);
        assertThat(part.end()).isEqualTo(position(3));
    }

    @Test
    void aRemovalIsToldToWhomItIsOfInterest() {
        set("a");
        remove("a");
        assertThat(told(new MapView.Query(0, 1, 0, null))).containsExactly("2 -a");
        assertThat(told(new MapView.Query(0, 2, 0, null))).isEmpty();
    }

    @Test
    void whoTracksKeysIsToldThose() {
        set("a");
        set("b");
        remove("c");
        assertThat(told(new MapView.Query(0, 0, 0, keys("b", "c")))).containsExactly("2 b", "3 -c");
        assertThat(told(new MapView.Query(0, 3, 0, keys("b", "c")))).containsExactly("2 b");
    }

    // ---- tags

    @Test
    void whoTracksTagsIsToldValuesThatHaveThem() {
        set("a", "red");
        set("b", "blue");
        set("c", null);
        assertThat(told(new MapView.Query(0, 3, 3, tags("red")))).containsExactly("1 a");
    }

    @Test
    void aValueThatLeavesTheTrackedTagsIsRemovedForWhomWasToldIt() {
        set("a", "red");
        set("a", "blue");
        assertThat(told(new MapView.Query(1, 0, 1, tags("red")))).containsExactly("2 -a");
        // One that knew everything when it had the other tag already does not hold it.
        assertThat(told(new MapView.Query(1, 0, 2, tags("red")))).isEmpty();
        assertThat(told(new MapView.Query(1, 2, 1, tags("red")))).isEmpty();
        assertThat(told(new MapView.Query(1, 0, 1, tags("green")))).isEmpty();
    }

    @Test
    void aRemovedValueIsRemovedForThoseOfItsTag() {
        set("a", "red");
        remove("a");
        assertThat(told(new MapView.Query(1, 0, 1, tags("red")))).containsExactly("2 -a");
        assertThat(told(new MapView.Query(1, 0, 1, tags("blue")))).isEmpty();
    }

    @Test
    void whoIsFurtherBehindThanTheLastTwoTagsIsToldToBeSure() {
        set("a", "red");
        set("a", "green");
        set("a", "blue");
        assertThat(told(new MapView.Query(1, 0, 1, tags("red")))).containsExactly("3 -a");
        assertThat(told(new MapView.Query(1, 0, 2, tags("red")))).isEmpty();
    }

    @Test
    void aChangeOfTheSameTagKeepsTheOneBeforeInMind() {
        set("a", "red");
        set("a", "blue");
        set("a", "blue");
        assertThat(told(new MapView.Query(1, 0, 1, tags("red")))).containsExactly("3 -a");
        assertThat(told(new MapView.Query(1, 0, 2, tags("red")))).isEmpty();
    }

    @Test
    void ofWhatWasLoadedNobodyKnowsTheTagBefore() {
        view.load(change(5, "a", "blue", false));
        assertThat(told(new MapView.Query(0, 0, 4, tags("red")))).containsExactly("5 -a");
        assertThat(told(new MapView.Query(0, 0, 5, tags("red")))).isEmpty();
        assertThat(told(new MapView.Query(0, 5, 5, tags("blue")))).containsExactly("5 a");
    }

    @Test
    void aNewKeyHadNoTagBefore() {
        set("a", "blue");
        assertThat(told(new MapView.Query(0, 0, 0, tags("red")))).isEmpty();
    }

    @Test
    void theRemovalThatLeavingTagsIsToldIsMadeOnce() {
        set("a", "red");
        set("a", "blue");
        MapView.Query query = new MapView.Query(1, 0, 1, tags("red"));
        assertThat(view.after(query, NO_BOUND, 0).changes().getFirst())
                .isSameAs(view.after(query, NO_BOUND, 0).changes().getFirst());
    }

    // ---- removals

    @Test
    void aRemovalIsKeptAsLongAsTheHistorysCountKeepsIt() {
        view = new MapView(settings.toBuilder().historyCountMax(3).build(), Position.ORIGIN, 0);
        remove("a");
        set("b");
        set("c");
        assertThat(all()).containsExactly("1 -a", "2 b", "3 c");
        assertThat(view.whole()).isZero();
        set("d");
        assertThat(all()).containsExactly("2 b", "3 c", "4 d");
        assertThat(view.whole()).isEqualTo(1);
    }

    @Test
    void aRemovalIsKeptAsLongAsTheHistorysAgeKeepsIt() {
        view = new MapView(
                settings.toBuilder().historyAgeMax(Duration.ofMillis(100)).build(), Position.ORIGIN, 0);
        remove("a");
        view.trim(101); // the date of each is its offset
        assertThat(all()).containsExactly("1 -a");
        view.trim(102);
        assertThat(all()).isEmpty();
        assertThat(view.whole()).isEqualTo(1);
    }

    @Test
    void aRemovalOfAKeyThatHasAValueAgainIsNoneThatIsLetGoOf() {
        view = new MapView(settings.toBuilder().historyCountMax(2).build(), Position.ORIGIN, 0);
        remove("a");
        set("a");
        set("b");
        set("c");
        assertThat(view.whole()).isZero();
        assertThat(all()).containsExactly("2 a", "3 b", "4 c");
    }

    // ---- time

    @Test
    void aValueWhoseTimeIsOverIsNotTold() {
        lasting(100);
        set("a");
        assertThat(told(everything(), 100)).containsExactly("1 a");
        assertThat(told(everything(), 101)).isEmpty();
        assertThat(told(new MapView.Query(0, 0, 0, keys("a")), 101)).isEmpty();
    }

    @Test
    void aTaggedValueWhoseTimeIsOverIsToldAsGoneToWhoMayHoldTheOneBefore() {
        lasting(100);
        set("a", "red");
        set("a", "blue");
        assertThat(told(new MapView.Query(1, 0, 1, tags("blue")), 500)).isEmpty();
        assertThat(told(new MapView.Query(1, 0, 1, tags("red")), 500)).containsExactly("2 -a");
    }

    @Test
    void whatIsOverIsFoundInOrderAndAsManyAsWanted() {
        lasting(100);
        set("a");
        remove("x");
        set("b");
        set("c");
        assertThat(view.expired(103, 10)).containsExactly(new MapView.Expired("a", 1), new MapView.Expired("b", 3));
        assertThat(view.expired(104, 10)).hasSize(3);
        assertThat(view.expired(104, 2)).hasSize(2);
        assertThat(view.expired(100, 10)).isEmpty();
    }

    @Test
    void whatIsOverIsFoundBehindWhatIsNotWhereDatesFall() {
        lasting(100);
        view.add(change(1, "a", null, false, 50));
        view.add(change(2, "b", null, false, 10));
        assertThat(view.expired(110, 10)).containsExactly(new MapView.Expired("b", 2));
        assertThat(view.oldestValueAt()).isEqualTo(10);
    }

    @Test
    void theOldestValueIsTheOneWithTheEarliestDate() {
        assertThat(view.oldestValueAt()).isEqualTo(-1);
        remove("x");
        assertThat(view.oldestValueAt()).isEqualTo(-1);
        set("a");
        set("b");
        assertThat(view.oldestValueAt()).isEqualTo(2);
    }

    @Test
    void aDateOfZeroIsADate() {
        view.add(change(1, "a", null, false, 0));
        assertThat(view.oldestValueAt()).isZero();
    }

    private void lasting(long millis) {
        MapSettings normal = MapSettings.DEFAULT;
        MapSettings lasting = new MapSettings(
                normal.keysMax(), normal.bytesMax(), normal.trackedMax(), Duration.ofMillis(millis), normal.interval());
        view = new MapView(settings.toBuilder().map(lasting).build(), Position.ORIGIN, 0);
    }

    private void set(String key) {
        set(key, null);
    }

    private void set(String key, @Nullable String tag) {
        view.add(change(++offset, key, tag, false));
    }

    private void remove(String key) {
        view.add(change(++offset, key, null, true));
    }

    private List<String> all() {
        return told(new MapView.Query(0, 0, 0, null));
    }

    private static MapView.Query everything() {
        return new MapView.Query(0, 0, 0, null);
    }

    private List<String> told(MapView.Query query) {
        return told(query, 0);
    }

    private List<String> told(MapView.Query query, long nowMillis) {
        return view.after(query, NO_BOUND, nowMillis).changes().stream()
                .map(EncodedPublication::publication)
                .map(MapViewTest::text)
                .toList();
    }

    private static String text(Publication publication) {
        Change change = publication.change();
        assertThat(change).isNotNull();
        return publication.offset() + (change.isRemoved() ? " -" : " ") + change.key();
    }

    private static Tracking keys(String... names) {
        return new Tracking(false, Set.of(names));
    }

    private static Tracking tags(String... names) {
        return new Tracking(true, Set.of(names));
    }

    private static Position position(long offset) {
        return new Position(7, offset, (int) offset);
    }

    private static EncodedPublication change(long offset, String key, @Nullable String tag, boolean isRemoved) {
        return change(offset, key, tag, isRemoved, offset);
    }

    private static EncodedPublication change(
            long offset, String key, @Nullable String tag, boolean isRemoved, long at) {
        Data data = isRemoved ? Data.NONE : Data.json("1");
        return new EncodedPublication(
                new Publication(
                        new ChannelName("map"),
                        position(offset),
                        data,
                        null,
                        at,
                        null,
                        new Change(key, tag, isRemoved),
                        false),
                1,
                true);
    }
}
