package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.server.Author.Order;
import dev.carillon.server.Author.Way;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Some channels, who publishes to them and who follows them, through several kills; and what is asked of them after each. The
 * judge is the publishers' own log: which order was sent, and where it was acknowledged.
 */
final class KillScene implements AutoCloseable {

    /** So many publications are all that the channels {@code brief:**} keep. */
    static final int BRIEF_COUNT = 200;

    private static final List<Way> WAYS = List.of(Way.WEBSOCKET, Way.BINARY, Way.POST, Way.POST);

    /** Of each author, in each round. */
    private static final int ORDERS = 350;

    /** One of so many acknowledged publishes is sent again all the same. */
    private static final int AGAIN = 5;

    private static final int POSITIONS_TRIED = 10;

    private final Random random;
    /** Those that keep all. */
    private final List<String> lasting;

    private final String brief;
    private final List<String> channels;
    private final List<Author> authors;
    private final List<Follower> followers = new ArrayList<>();
    private final Map<String, Order> book = new HashMap<>();
    private final Map<String, List<Position>> judged = new HashMap<>();

    /** What a round came to: acknowledged before the kill, kept by then, delivered by then to all followers together. */
    record Tally(int acknowledged, int kept, int delivered) {}

    /** Each channel is followed on four deliveries, and each delivery on half of the channels. */
    KillScene(Random random, String name, Peer peer) {
        this.random = random;
        lasting = List.of(name + ":a", name + ":b", name + ":c");
        brief = "brief:" + name;
        channels = new ArrayList<>(lasting);
        channels.add(brief);
        authors = IntStream.range(0, WAYS.size()).mapToObj(Author::new).toList();
        for (int i = 0; i < channels.size(); i++) {
            for (Reader.Delivery delivery : Reader.Delivery.values()) {
                if ((delivery.ordinal() + i) % 2 == 0) {
                    followers.add(new Follower(peer, delivery, channels.get(i)));
                }
            }
        }
    }

    /** How many publishes a round has. */
    static int ordersOfARound() {
        return ORDERS * WAYS.size();
    }

    /**
     * Publishes until all is acknowledged or cut.
     *
     * @param due completes once so many were acknowledged, or an author failed
     * @return ends once the authors have
     */
    List<Future<?>> publish(Peer peer, ExecutorService threads, int dueAt, CompletableFuture<Void> due) {
        AtomicInteger count = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (Author author : authors) {
            List<Order> next = author.write(random, channels, ORDERS);
            next.forEach(order -> book.put(order.channel() + ' ' + order.key(), order));
            all.add(threads.submit(() -> {
                try {
                    author.publish(peer, WAYS.get(author.number()), next, (order, published) -> {
                        assertThat(published.duplicate()).as(order.key()).isFalse();
                        if (count.incrementAndGet() == dueAt) {
                            due.complete(null);
                        }
                    });
                } catch (InterruptedException | RuntimeException | Error e) {
                    due.completeExceptionally(e);
                    throw e;
                }
                return null;
            }));
        }
        return all;
    }

    /** Asks everything of a server that was started again; afterwards all followers follow it, and all orders are there. */
    Tally judge(Peer peer) throws Exception {
        followers.forEach(Follower::awaitEnd);
        int acknowledged = authors.stream()
                .mapToInt(author -> author.acknowledged().size())
                .sum();
        int delivered =
                followers.stream().mapToInt(follower -> follower.seen().size()).sum();
        Map<Order, Position> kept = new HashMap<>();
        for (String channel : lasting) {
            List<Publication> there = peer.history(channel);
            kept.putAll(placesOf(channel, there));
            for (Follower follower : followersOf(channel)) {
                List<Publication> seen = follower.seen();
                assertThat(seen.size()).as("what the %s saw before", follower).isLessThanOrEqualTo(there.size());
                assertThat(seen).as("what the %s saw before", follower).isEqualTo(there.subList(0, seen.size()));
            }
        }
        assertAcknowledgedOnesAreIn(peer.retained(brief));
        Tally tally = new Tally(acknowledged, kept.size(), delivered);
        followers.forEach(follower -> follower.comeBack(peer));
        sendAgain(peer, kept);
        for (String channel : lasting) {
            assertWhole(peer, channel, kept);
        }
        assertBrief(peer);
        return tally;
    }

    private List<Follower> followersOf(String channel) {
        return followers.stream()
                .filter(follower -> follower.channel().equals(channel))
                .toList();
    }

    private Order orderOf(Publication publication) {
        Order order = book.get(publication.channel().value() + ' ' + publication.idempotencyKey());
        assertThat(order).as("who has sent %s", publication.idempotencyKey()).isNotNull();
        assertThat(publication.data().text())
                .isEqualTo(Objects.requireNonNull(order).data());
        return order;
    }

    /** Each acknowledged one is there once and at its place, and what is there of each author is the beginning of what it sent. */
    private Map<Order, Position> placesOf(String channel, List<Publication> there) {
        Map<Order, Position> places = new LinkedHashMap<>();
        for (int i = 0; i < there.size(); i++) {
            Publication publication = there.get(i);
            assertThat(publication.offset()).isEqualTo(i + 1);
            assertThat(publication.position().epoch())
                    .isEqualTo(there.getFirst().position().epoch());
            Order order = orderOf(publication);
            assertThat(places.put(order, publication.position()))
                    .as("%s is there twice", order.key())
                    .isNull();
        }
        for (Author author : authors) {
            author.acknowledged().forEach((order, position) -> {
                if (order.channel().equals(channel)) {
                    assertThat(places.get(order)).as("where %s is", order.key()).isEqualTo(position);
                }
            });
            List<Order> stored = places.keySet().stream()
                    .filter(order -> order.author() == author.number())
                    .toList();
            assertThat(stored).isEqualTo(author.ordersOn(channel).subList(0, stored.size()));
        }
        return places;
    }

    /** Each by another way than before, what was not acknowledged and some of what was. */
    private void sendAgain(Peer peer, Map<Order, Position> kept) throws Exception {
        Map<Order, ServerMessage.Published> answers = new ConcurrentHashMap<>();
        Map<Order, Position> before = new HashMap<>();
        authors.forEach(author -> before.putAll(author.acknowledged()));
        for (Author author : authors) {
            Way way = WAYS.get((author.number() + 1) % WAYS.size());
            List<Order> again = new ArrayList<>();
            for (String channel : channels) {
                for (Order order : author.ordersOn(channel)) {
                    if (!before.containsKey(order) || random.nextInt(AGAIN) == 0) {
                        again.add(order);
                    }
                }
            }
            author.publish(peer, way, again, answers::put);
            assertThat(answers).containsKeys(again.toArray(Order[]::new));
        }
        answers.forEach((order, answer) -> {
            Position place = order.channel().equals(brief) ? before.get(order) : kept.get(order);
            if (place != null) {
                assertThat(answer.duplicate())
                        .as("duplicate of %s", order.key())
                        .isTrue();
                assertThat(answer.position()).as("position of %s", order.key()).isEqualTo(place);
            } else if (!order.channel().equals(brief)) {
                assertThat(answer.duplicate())
                        .as("duplicate of %s", order.key())
                        .isFalse();
            }
        });
    }

    private void assertWhole(Peer peer, String channel, Map<Order, Position> kept) throws Exception {
        List<Publication> whole = peer.history(channel);
        Map<Order, Position> places = placesOf(channel, whole);
        assertThat(places.size())
                .isEqualTo(authors.stream()
                        .mapToInt(author -> author.ordersOn(channel).size())
                        .sum());
        kept.forEach((order, position) -> {
            if (order.channel().equals(channel)) {
                assertThat(places.get(order)).isEqualTo(position);
            }
        });
        for (Follower follower : followersOf(channel)) {
            follower.awaitPosition(whole.getLast().position());
            assertThat(follower.seen()).as("what the %s saw in all", follower).isEqualTo(whole);
            assertThat(follower.gaps()).as("what the %s was told", follower).isEmpty();
            assertThat(follower.isRecovered()).as("%s", follower).isTrue();
        }
        for (int i = 0; i < POSITIONS_TRIED; i++) {
            int at = random.nextInt(whole.size());
            ServerMessage.HistoryPage page =
                    peer.page(channel, "limit=1&after=" + whole.get(at).position());
            assertThat(page.gap()).isNull();
            assertThat(page.publications())
                    .isEqualTo(whole.subList(Math.min(at + 1, whole.size()), Math.min(at + 2, whole.size())));
        }
        judged.put(channel, whole.stream().map(Publication::position).toList());
    }

    // ---- the channel that keeps little

    private void assertAcknowledgedOnesAreIn(List<Publication> there) {
        assertThat(there.size()).isLessThanOrEqualTo(BRIEF_COUNT);
        Map<Order, Position> places = new HashMap<>();
        for (int i = 0; i < there.size(); i++) {
            assertThat(there.get(i).offset()).isEqualTo(there.getFirst().offset() + i);
            places.put(orderOf(there.get(i)), there.get(i).position());
        }
        assertThat(places).hasSameSizeAs(there);
        long head = there.isEmpty() ? 0 : there.getLast().offset();
        for (Author author : authors) {
            author.acknowledged().forEach((order, position) -> {
                if (order.channel().equals(brief) && position.offset() > head - BRIEF_COUNT) {
                    assertThat(places.get(order)).as("where %s is", order.key()).isEqualTo(position);
                }
            });
        }
    }

    /** Nothing comes twice or out of order, each hole is told, and each gap that is told is one that the history made necessary. */
    private void assertBrief(Peer peer) throws Exception {
        List<Publication> there = peer.retained(brief);
        assertAcknowledgedOnesAreIn(there);
        long head = there.getLast().offset();
        assertThat(head)
                .as("each is stored once")
                .isEqualTo(authors.stream()
                        .mapToInt(author -> author.ordersOn(brief).size())
                        .sum());
        for (Follower follower : followersOf(brief)) {
            follower.awaitPosition(there.getLast().position());
            List<Gap> gaps = follower.gaps();
            long last = 0;
            for (Publication publication : follower.seen()) {
                long before = publication.offset() - 1;
                assertThat(before).as("what the %s saw", follower).isGreaterThanOrEqualTo(last);
                if (before > last) {
                    assertThat(gaps)
                            .as("%s", follower)
                            .anyMatch(gap -> gap.next().offset() == before);
                }
                last = publication.offset();
            }
            for (Gap gap : gaps) {
                Position after = Objects.requireNonNull(Position.parse(Objects.requireNonNull(gap.after())));
                assertThat(gap.cause()).as("%s", follower).isEqualTo(Gap.Cause.TRIMMED);
                assertThat(gap.next().offset()).as("%s", follower).isGreaterThan(after.offset());
                assertThat(head - gap.next().offset())
                        .as("what was kept when the %s was told %s", follower, gap)
                        .isGreaterThanOrEqualTo(BRIEF_COUNT);
            }
        }
    }

    // ---- later

    /** What was judged is still there, whatever has been done to the server since. */
    void assertStillThere(Peer peer) throws Exception {
        for (String channel : lasting) {
            assertThat(peer.history(channel)).extracting(Publication::position).isEqualTo(judged.get(channel));
        }
    }

    /** Waits for the authors of {@link #publish}. */
    static void awaitAll(List<Future<?>> authors) throws Exception {
        for (Future<?> author : authors) {
            author.get(Peer.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        followers.forEach(Follower::close);
    }
}
