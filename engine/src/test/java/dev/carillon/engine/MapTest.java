package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Change;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels of kind map (PROTOCOL.md §5.2). */
class MapTest {

    private static final String FLEET = "fleet";
    private static final ChannelName NAME = new ChannelName(FLEET);

    private final World world = world();
    private World.Client publisher;

    /** The node that is asked; another test has another broker in it. */
    World world() {
        return new World();
    }

    @BeforeEach
    void aMap() {
        world.defaultSettings = world.defaultSettings.with(ChannelKind.MAP);
        publisher = world.client("ada");
    }

    private void set(MapSettings map) {
        world.defaultSettings = world.defaultSettings.toBuilder().map(map).build();
    }

    private static ClientMessage.Publish change(
            String key, @Nullable String tag, @Nullable String json, @Nullable String once) {
        Data data = json == null ? Data.NONE : Data.json(json);
        return new ClientMessage.Publish(null, NAME, data, once, new Change(key, tag, json == null));
    }

    private ServerMessage say(ClientMessage message) {
        int before = publisher.received.size();
        publisher.say(message);
        return publisher.received.subList(before, publisher.received.size()).stream()
                .filter(m -> m instanceof ServerMessage.Published || m instanceof ServerMessage.Refusal)
                .findFirst()
                .orElseThrow();
    }

    private Position put(String key, String json) {
        return put(key, null, json);
    }

    private Position put(String key, @Nullable String tag, String json) {
        return ((ServerMessage.Published) say(change(key, tag, json, null))).position();
    }

    private Position remove(String key) {
        return ((ServerMessage.Published) say(change(key, null, null, null))).position();
    }

    private static Code refusal(ServerMessage message) {
        return ((ServerMessage.Refusal) message).code();
    }

    private World.Client reader(@Nullable Position after, @Nullable Selection track) {
        World.Client reader = world.client();
        reader.say(new ClientMessage.Subscribe(
                reader.nextId(), NAME, after, 0, ClientMessage.Subscribe.NO_PRESENCE, track));
        return reader;
    }

    private World.Client reader() {
        return reader(null, null);
    }

    private static MapHolder held(World.Client reader) {
        return MapHolder.of(FLEET, reader.received);
    }

    private static Selection keys(String... keys) {
        return new Selection(false, List.of(keys));
    }

    private static Selection tags(String... tags) {
        return new Selection(true, List.of(tags));
    }

    private static List<String> words(World.Client reader) {
        return reader.received.stream().map(MapTest::word).toList();
    }

    private static String word(ServerMessage message) {
        return switch (message) {
            case ServerMessage.Delivery(Publication publication) -> word(publication);
            case ServerMessage.Subscribed subscribed -> subscribed.recovered() ? "recovered" : "subscribed";
            default -> message.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
        };
    }

    private static String word(Publication publication) {
        Change change = publication.change();
        return change == null
                ? "?"
                : change.isRemoved()
                        ? "-" + change.key()
                        : change.key() + "=" + publication.data().text();
    }

    @Test
    void aNewReaderIsGivenASnapshotAndThenChanges() {
        put("a", "1");
        put("b", "2");
        put("a", "3");
        remove("c");
        World.Client reader = reader();
        assertThat(words(reader)).containsExactly("subscribed", "reset", "b=2", "a=3", "current");
        assertThat(reader.only(ServerMessage.Subscribed.class).position()).isEqualTo(Position.ORIGIN);
        assertThat(reader.only(ServerMessage.Current.class).position().offset()).isEqualTo(4);
        put("b", "4");
        remove("a");
        assertThat(words(reader).subList(5, 7)).containsExactly("b=4", "-a");
        assertThat(held(reader).values()).isEqualTo(Map.of("b", "4"));
    }

    @Test
    void anEmptyMapIsToldToBeEmpty() {
        World.Client reader = reader();
        assertThat(words(reader)).containsExactly("subscribed", "reset", "current");
        assertThat(words(reader(held(reader).position(), null))).containsExactly("recovered", "current");
        put("a", "1");
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "1"));
        remove("a");
        World.Client later = reader();
        assertThat(words(later)).containsExactly("subscribed", "reset", "current");
        assertThat(words(reader(held(later).position(), null))).containsExactly("recovered", "current");
    }

    @Test
    void whoReturnsIsGivenWhatChangedOnceEach() {
        put("a", "1");
        put("b", "1");
        Position left = put("c", "1");
        put("a", "2");
        put("a", "3");
        remove("b");
        World.Client reader = reader(left, null);
        assertThat(words(reader)).containsExactly("recovered", "a=3", "-b", "current");
        assertThat(reader.only(ServerMessage.Subscribed.class).position()).isEqualTo(left);
    }

    @Test
    void aPositionBeforeTheOldestRemovalIsAnsweredByASnapshotAndNeverMerged() {
        world.defaultSettings =
                world.defaultSettings.toBuilder().historyCountMax(10).build();
        put("gone", "1");
        Position left = put("kept", "1");
        remove("gone");
        for (int i = 0; i < 30; i++) {
            put("kept", "" + i);
        }
        assertThat(words(reader(left, null))).containsExactly("subscribed", "reset", "kept=29", "current");
    }

    @Test
    void aPositionThatIsNoneOfThisMapIsAnsweredByASnapshot() {
        put("a", "1");
        Position head = put("b", "2");
        for (Position stranger : List.of(
                Position.ORIGIN,
                new Position(head.epoch() + 1, 1, 7),
                new Position(head.epoch(), 99, 7),
                new Position(head.epoch(), 1, 7),
                new Position(head.epoch(), 2, head.check() + 1))) {
            assertThat(words(reader(stranger, null))).containsExactly("subscribed", "reset", "a=1", "b=2", "current");
        }
    }

    @Test
    void aSnapshotComesInPagesAndChangesMeanwhileAreNotLost() {
        world.limits = SomeLimits.pagesAndTails(300, 1000);
        world.restart();
        publisher = world.client("ada");
        for (int i = 0; i < 20; i++) {
            put("key" + i, "1");
        }
        World.Client reader = world.client();
        reader.room = 5;
        reader.say(new ClientMessage.Subscribe(reader.nextId(), NAME, null, 0, -1));
        put("key0", "2");
        put("key19", "2");
        remove("key10");
        remove("key1");
        put("new", "1");
        assertThat(held(reader).changes).isEqualTo(5);
        for (int i = 0; i < 40; i++) {
            reader.giveRoom(1);
        }
        MapHolder held = held(reader);
        assertThat(held.values())
                .hasSize(19)
                .containsEntry("key0", "2")
                .containsEntry("key19", "2")
                .containsKey("new");
        assertThat(held.values()).doesNotContainKeys("key1", "key10");
        assertThat(held.resets).isEqualTo(1);
        assertThat(words(reader)).filteredOn("current"::equals).hasSize(1);
    }

    @Test
    void aSlowReaderIsGivenTheNewestOfEachKeyInOrder() {
        World.Client reader = reader();
        reader.room = 0;
        for (int i = 0; i < 100; i++) {
            put("a", "" + i);
            put("b" + i % 3, "" + i);
        }
        assertThat(held(reader).changes).isZero();
        reader.giveRoom(1000);
        assertThat(words(reader).subList(3, 7)).containsExactly("b1=97", "b2=98", "a=99", "b0=99");
        put("a", "100");
        assertThat(held(reader).values()).containsEntry("a", "100");
    }

    @Test
    void aSlowReaderBeyondTheRemovalsBeginsAnew() {
        world.defaultSettings =
                world.defaultSettings.toBuilder().historyCountMax(5).build();
        put("gone", "1");
        World.Client reader = reader();
        reader.room = 0;
        remove("gone");
        for (int i = 0; i < 20; i++) {
            put("a", "" + i);
        }
        reader.giveRoom(1000);
        assertThat(held(reader).resets).isEqualTo(2);
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "19"));
    }

    @Test
    void aSlowReaderBeyondTheRemovalsIsGivenTheSnapshotOnceThoughItComesInPages() {
        world.limits = SomeLimits.pagesAndTails(300, 1000);
        world.restart();
        publisher = world.client("ada");
        world.defaultSettings =
                world.defaultSettings.toBuilder().historyCountMax(5).build();
        for (int i = 0; i < 20; i++) {
            put("key" + i, "1");
        }
        World.Client reader = reader();
        reader.room = 0;
        remove("key0");
        for (int i = 0; i < 10; i++) {
            put("key1", "" + i);
        }
        reader.giveRoom(1000);
        assertThat(held(reader).resets).isEqualTo(2);
        assertThat(held(reader).values()).hasSize(19).containsEntry("key1", "9").doesNotContainKey("key0");
    }

    @Test
    void aReaderOfKeysIsGivenThoseOnly() {
        put("a", "1");
        put("b", "1");
        World.Client reader = reader(null, keys("a", "c"));
        put("b", "2");
        put("c", "1");
        put("a", "2");
        remove("c");
        remove("b");
        assertThat(words(reader)).containsExactly("subscribed", "reset", "a=1", "current", "c=1", "a=2", "-c");
    }

    @Test
    void aReaderWhoseKeysDoNotChangeIsToldItsPositionNowAndThen() {
        World.Client reader = reader(null, keys("a"));
        for (int i = 0; i < 250; i++) {
            put("b", "" + i);
        }
        assertThat(words(reader)).containsExactly("subscribed", "reset", "current", "current", "current");
        assertThat(held(reader).position().offset()).isEqualTo(200);
        assertThat(words(reader(held(reader).position(), keys("a")))).containsExactly("recovered", "current");
    }

    @Test
    void aValueThatLeavesTheTrackedTagsComesAsRemoved() {
        put("a", "north", "1");
        put("b", "south", "1");
        put("c", "1");
        World.Client reader = reader(null, tags("north"));
        put("b", "south", "2");
        put("a", "south", "2");
        put("a", "south", "3");
        put("b", "north", "3");
        remove("b");
        remove("c");
        assertThat(words(reader)).containsExactly("subscribed", "reset", "a=1", "current", "-a", "b=3", "-b");
    }

    /** Seed 41 of the property: given a part of what it missed, it was taken to know what a key had been meanwhile. */
    @Test
    void aValueThatLeftTheTrackedTagsWhileItsReaderCaughtUpComesAsRemoved() {
        put("a", "north", "1");
        World.Client reader = reader(null, tags("north"));
        reader.room = 0;
        put("a", "south", "2");
        put("b", "north", "1");
        put("c", "north", "1");
        put("a", "south", "3");
        reader.giveRoom(1);
        Position between = held(reader).position();
        reader.giveRoom(10);
        assertThat(held(reader).values()).isEqualTo(Map.of("b", "1", "c", "1"));
        assertThat(words(reader(between, tags("north")))).contains("-a");
    }

    @Test
    void whoReturnsToTrackedTagsIsToldWhatHasLeftThem() {
        put("a", "north", "1");
        Position left = put("b", "south", "1");
        put("a", "south", "2");
        put("c", "south", "1");
        put("d", "north", "1");
        assertThat(words(reader(left, tags("north")))).containsExactly("recovered", "-a", "d=1", "current");
    }

    /**
     * Seed 1057 of the simulation: a value had left the tags of a reader that was away, and its time was over when that came
     * back. Such a value was passed over, for the removal to come; but that is not told to readers of other tags.
     */
    @Test
    void whoReturnsToTrackedTagsIsToldWhatHasLeftThemThoughItsTimeIsOver() {
        set(new MapSettings(10, 1000, 2, Duration.ofSeconds(30), Duration.ZERO));
        put("b", "north", "1");
        Position left = put("a", "north", "1");
        put("a", "south", "2");
        world.restart();
        world.pass(Duration.ofMinutes(1));
        publisher = world.client("ada");
        World.Client reader = reader(left, tags("north"));
        assertThat(words(reader)).containsExactly("recovered", "-a", "current");
        world.pass(Duration.ofSeconds(30));
        assertThat(words(reader)).contains("-b");
    }

    @Test
    void trackingAnewBeginsAnew() {
        put("a", "north", "1");
        put("b", "south", "1");
        World.Client reader = reader(null, tags("north"));
        reader.say(new ClientMessage.Track(reader.nextId(), NAME, tags("south")));
        put("a", "north", "2");
        reader.say(new ClientMessage.Track(reader.nextId(), NAME, keys("a")));
        reader.say(new ClientMessage.Track(reader.nextId(), NAME, null));
        assertThat(words(reader).subList(4, words(reader).size()))
                .containsExactly(
                        "tracked", "reset", "b=1", "current", "tracked", "reset", "a=2", "current", "tracked", "reset",
                        "b=1", "a=2", "current");
        put("b", "south", "2");
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "2", "b", "2"));
    }

    @Test
    void whatIsAskedBeforeTrackingAnewIsNotTold() {
        for (int i = 0; i < 10; i++) {
            put("key" + i, i % 2 == 0 ? "even" : "odd", "1");
        }
        World.Client reader = world.client();
        reader.room = 2;
        reader.say(new ClientMessage.Subscribe(reader.nextId(), NAME, null, 0, -1, tags("even")));
        reader.post(() -> reader.session.onRoom());
        reader.room = 100;
        reader.post(new ClientMessage.Track(reader.nextId(), NAME, tags("odd")));
        world.run();
        List<String> words = words(reader);
        int tracked = words.indexOf("tracked");
        assertThat(words.get(tracked + 1)).isEqualTo("reset");
        assertThat(held(reader).values().keySet()).containsExactly("key1", "key3", "key5", "key7", "key9");
    }

    @Test
    void trackingIsRefusedWhereItMakesNoSense() {
        set(new MapSettings(10, 1000, 2, Duration.ZERO, Duration.ZERO));
        World.Client reader = reader(null, keys("a", "b", "c"));
        assertThat(refusal(reader.only(ServerMessage.Refusal.class))).isEqualTo(Code.TOO_LARGE);
        reader.say(new ClientMessage.Track(null, NAME, keys("a")));
        assertThat(refusal(reader.received.getLast())).isEqualTo(Code.NOT_SUBSCRIBED);
        World.Client other = reader();
        other.say(new ClientMessage.Track(null, NAME, keys("a", "b", "c")));
        assertThat(refusal(other.received.getLast())).isEqualTo(Code.TOO_LARGE);
        ChannelName stream = new ChannelName("stream");
        world.settings.put(stream, ChannelSettings.DEFAULT.with(Durability.MEMORY));
        World.Client third = world.client();
        third.say(new ClientMessage.Subscribe(null, stream, null, 0, -1, keys("a")));
        assertThat(refusal(third.received.getLast())).isEqualTo(Code.UNSUPPORTED);
        third.subscribe("stream", null);
        third.say(new ClientMessage.Track(null, stream, keys("a")));
        assertThat(refusal(third.received.getLast())).isEqualTo(Code.UNSUPPORTED);
    }

    @Test
    void aPacedReaderIsGivenTheNewestOnceInAnInterval() {
        set(new MapSettings(10, 1000, 2, Duration.ZERO, Duration.ofMillis(100)));
        World.Client reader = reader();
        world.pass(Duration.ofSeconds(1));
        put("a", "1");
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "1"));
        for (int i = 2; i < 20; i++) {
            put("a", "" + i);
            put("b", "" + i);
        }
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "1"));
        world.pass(Duration.ofMillis(100));
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "19", "b", "19"));
        assertThat(held(reader).changes).isEqualTo(3);
        world.pass(Duration.ofSeconds(1));
        assertThat(held(reader).changes).isEqualTo(3);
        put("a", "20");
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "20", "b", "19"));
    }

    @Test
    void aValueWhoseTimeIsOverIsTakenAway() {
        set(new MapSettings(10, 1000, 2, Duration.ofSeconds(30), Duration.ZERO));
        put("a", "1");
        world.pass(Duration.ofSeconds(20));
        put("b", "1");
        put("c", "1");
        World.Client reader = reader();
        world.pass(Duration.ofSeconds(15));
        assertThat(words(reader).getLast()).isEqualTo("-a");
        Publication removal = reader.all(ServerMessage.Delivery.class).getLast().publication();
        assertThat(removal.offset()).isEqualTo(4);
        assertThat(removal.from()).isNull();
        put("b", "2");
        world.pass(Duration.ofSeconds(20));
        assertThat(held(reader).values()).isEqualTo(Map.of("b", "2"));
        world.pass(Duration.ofMinutes(1));
        assertThat(held(reader).values()).isEmpty();
        assertThat(words(reader())).containsExactly("subscribed", "reset", "current");
    }

    /**
     * Seed 5258 of the simulation: the clock was set back, and a value from before that, whose time was far from over, stood
     * before all those that came later and kept them.
     */
    @Test
    void aValueFromBeforeTheClockWasSetBackKeepsNoOtherBeyondItsTime() {
        set(new MapSettings(10, 1000, 2, Duration.ofSeconds(30), Duration.ZERO));
        World.Client reader = reader();
        put("a", "1");
        world.setBack(Duration.ofMinutes(10));
        put("b", "1");
        world.pass(Duration.ofSeconds(50));
        assertThat(words(reader)).endsWith("a=1", "b=1", "-b");
        world.pass(Duration.ofMinutes(11));
        assertThat(words(reader)).endsWith("-b", "-a");
    }

    @Test
    void aValueWhoseTimeWasOverWhileNobodyLookedIsNotGiven() {
        set(new MapSettings(10, 1000, 2, Duration.ofSeconds(30), Duration.ZERO));
        put("a", "1");
        world.restart();
        world.pass(Duration.ofMinutes(1));
        publisher = world.client("ada");
        World.Client reader = reader();
        assertThat(held(reader).values()).isEmpty();
        world.pass(Duration.ofSeconds(30));
        assertThat(words(reader)).endsWith("-a");
    }

    @Test
    void aValueThatIsAboutToChangeIsNotTakenAway() {
        set(new MapSettings(10, 1000, 2, Duration.ofSeconds(30), Duration.ZERO));
        put("a", "1");
        World.Client reader = reader();
        world.pass(Duration.ofSeconds(29));
        world.log.holding = true;
        publisher.say(change("a", null, "2", null));
        world.pass(Duration.ofSeconds(10));
        world.log.release();
        world.pass(Duration.ofSeconds(10));
        assertThat(held(reader).values()).isEqualTo(Map.of("a", "2"));
    }

    @Test
    void aMapHoldsNoMoreThanItsBounds() {
        set(new MapSettings(2, 400, 2, Duration.ZERO, Duration.ZERO));
        put("a", "1");
        put("b", "1");
        assertThat(refusal(say(change("c", null, "1", null)))).isEqualTo(Code.MAP_FULL);
        put("a", "2");
        assertThat(refusal(say(change("a", null, "\"" + "x".repeat(300) + "\"", null))))
                .isEqualTo(Code.MAP_FULL);
        remove("b");
        put("c", "1");
        remove("nothing");
        assertThat(held(reader()).values()).isEqualTo(Map.of("a", "2", "c", "1"));
    }

    @Test
    void publishesOnTheirWayCountForTheBounds() {
        set(new MapSettings(2, 4000, 2, Duration.ZERO, Duration.ZERO));
        put("a", "1");
        world.log.holding = true;
        for (String key : List.of("b", "b", "c", "a", "d")) {
            publisher.post(change(key, null, "2", null));
        }
        world.run();
        world.log.release();
        world.run();
        assertThat(publisher.all(ServerMessage.Refusal.class)).hasSize(2);
        assertThat(held(reader()).values()).isEqualTo(Map.of("a", "2", "b", "2"));
    }

    @Test
    void aPublishMustFitItsChannel() {
        assertThat(refusal(say(new ClientMessage.Publish(null, NAME, Data.json("1"), null, null))))
                .isEqualTo(Code.KEY_REQUIRED);
        ChannelName stream = new ChannelName("stream");
        world.settings.put(stream, ChannelSettings.DEFAULT.with(Durability.MEMORY));
        assertThat(refusal(say(
                        new ClientMessage.Publish(null, stream, Data.json("1"), null, new Change("a", null, false)))))
                .isEqualTo(Code.UNSUPPORTED);
    }

    @Test
    void aRetryIsADuplicateAndAnotherChangeIsAConflict() {
        String once = "0123456789abcdef";
        ServerMessage.Published first = (ServerMessage.Published) say(change("a", "t", "1", once));
        ServerMessage.Published again = (ServerMessage.Published) say(change("a", "t", "1", once));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.position()).isEqualTo(first.position());
        assertThat(refusal(say(change("b", "t", "1", once)))).isEqualTo(Code.IDEMPOTENCY_CONFLICT);
        assertThat(refusal(say(change("a", "u", "1", once)))).isEqualTo(Code.IDEMPOTENCY_CONFLICT);
        assertThat(refusal(say(change("a", "t", null, once)))).isEqualTo(Code.IDEMPOTENCY_CONFLICT);
        assertThat(held(reader()).values()).isEqualTo(Map.of("a", "1"));
    }

    private ServerMessage.HistoryPage page(@Nullable Position after) {
        World.Client reader = world.client();
        reader.say(new ClientMessage.History(null, NAME, after, null, 1));
        return reader.only(ServerMessage.HistoryPage.class);
    }

    @Test
    void aPageIsTheWholeSnapshotOrWhatHasChanged() {
        put("a", "1");
        put("b", "1");
        put("a", "2");
        ServerMessage.HistoryPage all = page(null);
        assertThat(all.publications().stream().map(MapTest::word)).containsExactly("b=1", "a=2");
        assertThat(all.resets()).isTrue();
        assertThat(all.more()).isFalse();
        assertThat(all.position().offset()).isEqualTo(3);
        remove("b");
        put("c", "1");
        ServerMessage.HistoryPage changes = page(all.position());
        assertThat(changes.publications().stream().map(MapTest::word)).containsExactly("-b", "c=1");
        assertThat(changes.resets()).isFalse();
        assertThat(page(changes.position()).publications()).isEmpty();
        assertThat(page(null).publications().stream().map(MapTest::word)).containsExactly("a=2", "c=1");
        assertThat(page(Position.ORIGIN).resets()).isTrue();
        assertThat(page(new Position(1, 2, 3)).resets()).isTrue();
        World.Client reader = world.client();
        reader.say(new ClientMessage.History(null, NAME, null, all.position(), 1));
        assertThat(refusal(reader.received.getLast())).isEqualTo(Code.UNSUPPORTED);
    }

    /** The clock was set back: a removal is let go of by its date, and all that came before it is still kept. */
    @Test
    void aPageAfterAKnownPositionBeforeARemovalThatIsGoneIsASnapshot() {
        world.defaultSettings = world.defaultSettings.toBuilder()
                .historyAgeMax(Duration.ofSeconds(50))
                .build();
        put("gone", "1");
        Position left = put("kept", "1");
        world.setBack(Duration.ofSeconds(90));
        remove("gone");
        world.pass(Duration.ofSeconds(50).plusMillis(1));
        ServerMessage.HistoryPage page = page(left);
        assertThat(page.resets()).isTrue();
        assertThat(page.publications().stream().map(MapTest::word)).containsExactly("kept=1");
    }

    /** As the log would answer it, though what follows is still in memory. */
    @Test
    void aPositionWhoseTimeIsOverIsAnsweredByASnapshot() {
        world.defaultSettings = world.defaultSettings.toBuilder()
                .historyAgeMax(Duration.ofSeconds(30))
                .build();
        put("a", "1");
        Position left = put("b", "1");
        put("c", "1");
        world.pass(Duration.ofSeconds(30));
        assertThat(words(reader(left, null))).containsExactly("recovered", "c=1", "current");
        world.pass(Duration.ofMillis(1));
        assertThat(words(reader(left, null))).containsExactly("subscribed", "reset", "a=1", "b=1", "c=1", "current");
    }

    @Test
    void aPositionThatIsInMemoryIsKnownThoughTheLogCannotBeAsked() {
        put("a", "1");
        Position left = put("b", "1");
        put("c", "1");
        world.memory.close();
        assertThat(words(reader(left, null))).containsExactly("recovered", "c=1", "current");
    }

    /** The log answers what it had when it was asked, and may have told meanwhile that the stream is another one. */
    @Test
    void aPositionThatWasKnownBeforeTheMapWasReplacedBeginsAnew() {
        world.limits = SomeLimits.pagesAndTails(300, 0);
        world.restart();
        publisher = world.client("ada");
        put("a", "1");
        Position left = put("b", "1");
        put("c", "1");
        world.log.holding = true;
        World.Client reader = reader(left, null);
        assertThat(reader.received).isEmpty();
        Shard shard = world.node().shardOf(NAME);
        shard.mailbox.post(() -> {
            Channel fleet = shard.attached(NAME);
            assertThat(fleet).isNotNull();
            fleet.onReplaced(new Broker.Attached.Done(new Position(left.epoch() + 1, 9, 9), List.of(), 0));
        });
        world.run();
        world.log.release();
        world.run();
        assertThat(words(reader)).containsExactly("subscribed", "reset", "current");
    }

    @Test
    void aRestartedNodeHasTheSameMap() {
        world.defaultSettings =
                world.defaultSettings.toBuilder().historyCountMax(20).build();
        put("old", "t", "1");
        for (int i = 0; i < 500; i++) {
            put("a" + i % 5, "" + i);
            if (i % 7 == 0) {
                remove("a" + i % 5);
            }
        }
        Position left = put("b", "1");
        put("old", "u", "2");
        remove("b");
        Map<String, String> before = held(reader()).values();
        world.restart();
        publisher = world.client("ada");
        assertThat(held(reader()).values()).isEqualTo(before).containsEntry("old", "2");
        assertThat(words(reader(left, null))).containsExactly("recovered", "old=2", "-b", "current");
        assertThat(words(reader(left, tags("t")))).containsExactly("recovered", "-old", "-b", "current");
        put("old", "u", "3");
        assertThat(held(reader()).values()).containsEntry("old", "3");
    }

    @Test
    void aFailedPublishChangesNothing() {
        set(new MapSettings(2, 4000, 2, Duration.ZERO, Duration.ZERO));
        put("a", "1");
        world.log.fault = ChannelLog.Fault.FULL;
        assertThat(refusal(say(change("a", null, "2", null)))).isEqualTo(Code.STORAGE_FULL);
        assertThat(refusal(say(change("b", null, "2", null)))).isEqualTo(Code.STORAGE_FULL);
        world.log.fault = null;
        put("c", "1");
        assertThat(held(reader()).values()).isEqualTo(Map.of("a", "1", "c", "1"));
    }
}
