package dev.carillon.redis;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.RedisPubSubListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One life of a link: connections to each process of Redis that has a share of the channels, and which share is whose. That
 * is one process where Redis stands alone or is watched by sentinels, and each master of a Redis Cluster.
 *
 * <p>A life ends as a whole: once one of its connections is over, it is. It grows while it lasts, by masters that slots have
 * moved to, and leaves those that have none any more.
 *
 * <p>Safe for all threads. Whatever is opened after {@link #close} is closed at once.
 */
final class Life {

    private final Connections.Source source;
    private final Function<Life, RedisPubSubListener<byte[], byte[]>> hearers;
    private final Consumer<Life> onOver;
    private final Map<Address, Connections> open = new HashMap<>();
    private @Nullable SlotTable table;
    private boolean isClosed;
    /** The one of a Redis that isn't spread. */
    private volatile @Nullable Connections only;
    /** Those of {@link #open} that take calls. */
    private volatile List<Connections> ready = List.of();

    /**
     * @param hearers makes what hears the pushes over one of its connections
     * @param onOver is told when a connection has ended, on any thread, perhaps more than once
     */
    Life(
            Connections.Source source,
            Function<Life, RedisPubSubListener<byte[], byte[]>> hearers,
            Consumer<Life> onOver) {
        this.source = source;
        this.hearers = hearers;
        this.onOver = onOver;
    }

    // ---- opening

    /**
     * Finds the processes, connects to each, looks whether they can be used, ends the connections of the life before, and
     * has the functions loaded everywhere.
     *
     * @param before what took calls in lives before, by address
     * @return fails with a {@link RedisRefusedException} where it can't be used, and otherwise with the library's exceptions
     */
    CompletableFuture<Void> open(Map<Address, Connections.Identity> before) {
        return switch (source.settings().place()) {
            case Place.Alone(Address at) -> openAlone(at, before);
            case Place.Watched _ ->
                Objects.requireNonNull(source.sentinels(), "sentinels")
                        .master()
                        .thenCompose(at -> openAlone(at, before));
            case Place.Spread(List<Address> seeds) -> {
                Set<Address> known = new LinkedHashSet<>(before.keySet());
                known.addAll(seeds);
                yield anyTable(known).thenCompose(found -> openSpread(found, before));
            }
        };
    }

    private CompletableFuture<Void> openAlone(Address at, Map<Address, Connections.Identity> before) {
        return reach(at).thenCompose(one -> {
            begin(one);
            return one.checkFormat().thenCompose(_ -> prepare(one, identityAt(at, before)));
        });
    }

    private void begin(Connections one) {
        only = one;
    }

    private CompletableFuture<Void> openSpread(SlotTable found, Map<Address, Connections.Identity> before) {
        return reachAll(found)
                .thenCompose(_ -> {
                    begin(found);
                    return at(slotOf(source.keys().format())).checkFormat();
                })
                .thenCompose(_ -> prepareAll(before));
    }

    private synchronized void begin(SlotTable found) {
        table = found;
    }

    private CompletableFuture<Void> reachAll(SlotTable found) {
        return all(found.masters().stream().map(this::reach).toList());
    }

    private CompletableFuture<Void> prepareAll(Map<Address, Connections.Identity> before) {
        List<Connections> those;
        synchronized (this) {
            those = List.copyOf(open.values());
        }
        return all(those.stream()
                .map(one -> prepare(one, identityAt(one.at(), before)))
                .toList());
    }

    private CompletableFuture<Void> prepare(Connections one, Connections.Identity before) {
        return one.prepare(before).thenRun(this::noteReady);
    }

    private synchronized void noteReady() {
        ready = open.values().stream().filter(Connections::isPrepared).toList();
    }

    private static Connections.Identity identityAt(Address at, Map<Address, Connections.Identity> before) {
        return before.getOrDefault(at, Connections.Identity.NONE);
    }

    private static CompletableFuture<Void> all(List<? extends CompletableFuture<?>> several) {
        return CompletableFuture.allOf(several.toArray(CompletableFuture[]::new));
    }

    /** Connections to a process, opened where there are none, and not prepared then. */
    private CompletableFuture<Connections> reach(Address at) {
        Connections fresh;
        synchronized (this) {
            if (isClosed) {
                return CompletableFuture.failedFuture(new IllegalStateException("closed meanwhile"));
            }
            Connections known = open.get(at);
            if (known != null) {
                return CompletableFuture.completedFuture(known);
            }
            fresh = new Connections(source, at, this::onOver);
            open.put(at, fresh);
        }
        return fresh.open(hearers.apply(this)).thenApply(_ -> fresh);
    }

    private void onOver(Connections ended) {
        synchronized (this) {
            if (open.get(ended.at()) != ended) {
                return; // it was left
            }
        }
        onOver.accept(this);
    }

    // ---- which share is whose

    /** The first whole table that one of them tells. */
    private CompletableFuture<SlotTable> anyTable(Set<Address> those) {
        CompletableFuture<SlotTable> first = new CompletableFuture<>();
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        for (Address one : those) {
            asked.add(tableOf(one).thenAccept(first::complete));
        }
        var _ = all(asked).whenComplete((_, failure) -> {
            if (failure != null) {
                first.completeExceptionally(failure); // without effect where one has told it
            }
        });
        return first;
    }

    /** Asked over a connection for that alone, for it may be none of this life's. */
    private CompletableFuture<SlotTable> tableOf(Address asked) {
        return source.client()
                .connectAsync(ByteArrayCodec.INSTANCE, source.uri(asked))
                .toCompletableFuture()
                .thenCompose(connection -> tableOver(connection, asked).whenComplete((_, _) -> {
                    var _ = connection.closeAsync();
                }));
    }

    private CompletableFuture<SlotTable> tableOver(StatefulRedisConnection<byte[], byte[]> connection, Address asked) {
        return connection
                .async()
                .clusterInfo()
                .thenCombine(connection.async().clusterSlots(), (info, slots) -> {
                    SlotTable told = info.contains("cluster_state:ok") ? SlotTable.of(slots, asked) : null;
                    if (told == null) {
                        throw new CompletionException(
                                new RedisRefusedException(
                                        source.settings().url(asked)
                                                + " knows no Redis Cluster in which every slot has a master that can be reached"));
                    }
                    return told;
                })
                .toCompletableFuture()
                .orTimeout(source.settings().limits().connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Where calls about this key go. */
    int slotOf(byte[] key) {
        return source.isSpread() ? SlotHash.getSlot(key) : 0;
    }

    /** The connections for this slot. Once opened. */
    Connections at(int slot) {
        Connections one = only;
        return one == null ? ofTable(slot) : one;
    }

    private synchronized Connections ofTable(int slot) {
        Address owner = Objects.requireNonNull(table, "not opened").owner(slot);
        return Objects.requireNonNull(open.get(owner), "every master of the table is open");
    }

    /**
     * After a master has said that a slot is elsewhere: has that one tell where all slots are, and opens what isn't.
     *
     * @return what {@link #become} takes
     */
    CompletableFuture<SlotTable> tableAt(int slot, Address owner) {
        return tableOf(owner).thenCompose(told -> {
            SlotTable next = told.with(slot, owner);
            return prepared(next).thenApply(_ -> next);
        });
    }

    private CompletableFuture<Void> prepared(SlotTable next) {
        return all(next.masters().stream().map(this::prepared).toList());
    }

    /** Connections to a process that is ready for calls. */
    CompletableFuture<Connections> prepared(Address at) {
        synchronized (this) {
            Connections known = open.get(at);
            if (known != null && known.isPrepared()) {
                return CompletableFuture.completedFuture(known);
            }
        }
        return reach(at)
                .thenCompose(one -> prepare(one, Connections.Identity.NONE).thenApply(_ -> one));
    }

    /** From now on slots are where this says; answers those that were elsewhere. Masters without any are left. */
    List<Integer> become(SlotTable next) {
        List<Connections> left = new ArrayList<>();
        List<Integer> moved;
        synchronized (this) {
            moved = Objects.requireNonNull(table, "it is spread").differences(next);
            table = next;
            Set<Address> masters = next.masters();
            open.values().removeIf(one -> {
                boolean isLeft = !masters.contains(one.at());
                if (isLeft) {
                    left.add(one);
                }
                return isLeft;
            });
            noteReady();
        }
        left.forEach(this::leave);
        return moved;
    }

    /** Once what was said to it is answered: nothing of that has failed. */
    private void leave(Connections left) {
        var _ = left.feed()
                .ping()
                .toCompletableFuture()
                .orTimeout(source.settings().limits().connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, _) -> left.close());
    }

    // ---- what links use

    boolean isSpread() {
        return source.isSpread();
    }

    /** All that are ready for calls. */
    List<Connections> connections() {
        return ready;
    }

    /** Done once all of them have answered. */
    CompletableFuture<Boolean> ping() {
        return all(connections().stream()
                        .map(one -> one.calls().ping().toCompletableFuture())
                        .toList())
                .thenApply(_ -> true);
    }

    /** Done once all that was pushed until now has been heard. */
    CompletableFuture<Void> pingFeeds() {
        return all(connections().stream()
                .map(one -> one.feed().ping().toCompletableFuture())
                .toList());
    }

    /** How a call was turned away that was sent to the owner of this slot; null where it has failed. */
    @Nullable
    Redirect redirectOf(Throwable failure, int slot) {
        return isSpread() ? Redirect.of(failure, at(Math.max(0, slot)).at()) : null;
    }

    /** Whether it is this process that calls go to. */
    synchronized boolean isAt(Address at) {
        return open.containsKey(at);
    }

    /** Sends what was said. */
    void flush() {
        connections().forEach(Connections::flush);
    }

    /** What takes calls, by address. */
    Map<Address, Connections.Identity> identities() {
        Map<Address, Connections.Identity> all = new HashMap<>();
        connections().forEach(one -> all.put(one.at(), one.identity()));
        return all;
    }

    void close() {
        List<Connections> all;
        synchronized (this) {
            isClosed = true;
            all = List.copyOf(open.values());
            open.clear();
        }
        all.forEach(Connections::close);
    }
}
