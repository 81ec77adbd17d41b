package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A publisher with a log of its own: what it has to say, in its order, and what of that was acknowledged. */
final class Author {

    /** How it publishes. */
    enum Way {
        WEBSOCKET,
        BINARY,
        POST
    }

    /** What is published: the n-th of an author. The numbers are in the data, where no server has made them. */
    record Order(int author, int n, String channel, String data) {

        String key() {
            return String.format(Locale.ROOT, "order-%02d-%08d", author, n);
        }

        private ClientMessage.Publish command() {
            return new ClientMessage.Publish(
                    new RequestId(Integer.toString(n)), new ChannelName(channel), Data.json(data), key(), null);
        }
    }

    /** Is told of what was acknowledged; on threads of the clients'. */
    interface Answered {
        void of(Order order, ServerMessage.Published published);
    }

    /** Publishes that wait for their answers on one WebSocket. */
    private static final int IN_FLIGHT = 250;

    /** Most are small, so that a group commit has many of them. */
    private static final int PADDING_MAX = 400;

    private static final int LONG_PADDING_MAX = 6000;

    private final int number;
    private final List<Order> orders = new ArrayList<>();
    private final Map<Order, Position> acknowledged = new ConcurrentHashMap<>();

    Author(int number) {
        this.number = number;
    }

    /** Thinks of what to say next, on channels at random. */
    List<Order> write(Random random, List<String> channels, int count) {
        List<Order> next = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int n = orders.size() + 1;
            int padding = random.nextInt(random.nextInt(10) == 0 ? LONG_PADDING_MAX : PADDING_MAX);
            String data = "{\"author\":" + number + ",\"n\":" + n + ",\"pad\":\"" + "x".repeat(padding) + "\"}";
            Order order = new Order(number, n, channels.get(random.nextInt(channels.size())), data);
            orders.add(order);
            next.add(order);
        }
        return next;
    }

    int number() {
        return number;
    }

    /** All that it has to say on a channel, in its order. */
    List<Order> ordersOn(String channel) {
        return orders.stream().filter(order -> order.channel().equals(channel)).toList();
    }

    /** Where what was acknowledged has its place. */
    Map<Order, Position> acknowledged() {
        return acknowledged;
    }

    /** Publishes in order until all is acknowledged or the connection breaks. */
    void publish(Peer peer, Way way, List<Order> some, Answered answered) throws InterruptedException {
        Answered kept = (order, published) -> {
            Position before = acknowledged.putIfAbsent(order, published.position());
            if (before != null) {
                assertThat(published.position())
                        .as("position of %s", order.key())
                        .isEqualTo(before);
            }
            answered.of(order, published);
        };
        if (way == Way.POST) {
            byPost(peer, some, kept);
        } else {
            bySocket(peer, way, some, kept);
        }
    }

    private static void byPost(Peer peer, List<Order> orders, Answered answered) throws InterruptedException {
        for (Order order : orders) {
            try {
                answered.of(order, peer.publish(order.channel(), order.key(), order.data()));
            } catch (IOException e) {
                return; // cut
            }
        }
    }

    private static void bySocket(Peer peer, Way way, List<Order> orders, Answered answered)
            throws InterruptedException {
        Map<String, Order> byId = new ConcurrentHashMap<>();
        Semaphore room = new Semaphore(IN_FLIGHT);
        Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        Consumer<ServerMessage> heard = message -> {
            if (message instanceof ServerMessage.Published published) {
                Order order = byId.remove(Objects.requireNonNull(published.id()).json());
                try {
                    answered.of(Objects.requireNonNull(order), published);
                } catch (RuntimeException | Error e) {
                    wrong.add(e);
                }
                room.release();
            } else if (!(message instanceof ServerMessage.Hello)) {
                wrong.add(new AssertionError(message.toString()));
            }
        };
        Live live;
        try {
            live = way == Way.BINARY ? Live.connectBinary(peer, "/live", heard) : Live.connect(peer, "/live", heard);
        } catch (CompletionException e) {
            return; // cut before it began
        }
        live.ended.thenRun(() -> room.release(orders.size() + IN_FLIGHT));
        try (live) {
            for (Order order : orders) {
                byId.put(Integer.toString(order.n()), order);
                assertThat(room.tryAcquire(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as("room for %s, with %d unanswered", order.key(), byId.size())
                        .isTrue();
                if (!live.say(order.command())) {
                    break;
                }
            }
            assertThat(room.tryAcquire(IN_FLIGHT, Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("answers to %d publishes", byId.size())
                    .isTrue();
        }
        assertThat(wrong).isEmpty();
    }
}
