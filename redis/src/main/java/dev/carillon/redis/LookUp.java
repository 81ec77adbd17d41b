package dev.carillon.redis;

import io.lettuce.core.KeyValue;
import io.lettuce.core.cluster.SlotHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of several keys, as one call of the link: with one command where one process has all of them, and with one
 * for each key in a Redis Cluster, where no command may ask for keys of several slots.
 */
final class LookUp {

    /** What an answer to one key has, about. */
    static final int ANSWER_BYTES = 64;

    private static final int OVERHEAD_BYTES = 64;

    private final Link link;

    LookUp(Link link) {
        this.link = link;
    }

    /**
     * @param keys one or more
     * @param reading makes a result of a value, which is null where there is none; null where the value is unreadable
     * @param answer is given the results in the order of the keys, or null where the link has failed
     */
    <V> void values(
            String name,
            List<byte[]> keys,
            Function<byte @Nullable [], @Nullable V> reading,
            Consumer<@Nullable List<V>> answer) {
        int bytes = OVERHEAD_BYTES;
        for (byte[] key : keys) {
            bytes += OVERHEAD_BYTES + key.length;
        }
        link.call(Call.<List<Optional<byte[]>>, Results<V>>everywhere(
                name,
                keys.size() + " keys",
                bytes,
                keys.size() * ANSWER_BYTES,
                life -> link.isSpread() ? each(life, keys) : atOnce(life, keys),
                values -> results(values, keys.size(), reading),
                new Results<>(null),
                results -> answer.accept(results.all)));
    }

    private record Results<V>(@Nullable List<V> all) {}

    private static <V> @Nullable Results<V> results(
            List<Optional<byte[]>> values, int count, Function<byte @Nullable [], @Nullable V> reading) {
        List<V> results = new ArrayList<>(count);
        for (Optional<byte[]> value : values) {
            V result = reading.apply(value.orElse(null));
            if (result == null) {
                return null;
            }
            results.add(result);
        }
        return results.size() == count ? new Results<>(List.copyOf(results)) : null;
    }

    private static CompletionStage<List<Optional<byte[]>>> atOnce(Life life, List<byte[]> keys) {
        return life.at(0).calls().mget(keys.toArray(byte[][]::new)).thenApply(found -> {
            List<Optional<byte[]>> values = new ArrayList<>(found.size());
            for (KeyValue<byte[], byte[]> one : found) {
                values.add(one.hasValue() ? Optional.of(one.getValue()) : Optional.empty());
            }
            return values;
        });
    }

    private CompletionStage<List<Optional<byte[]>>> each(Life life, List<byte[]> keys) {
        List<CompletableFuture<Optional<byte[]>>> asked = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            asked.add(one(life, key));
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(_ -> {
            List<Optional<byte[]>> values = new ArrayList<>(asked.size());
            for (CompletableFuture<Optional<byte[]>> one : asked) {
                values.add(one.join());
            }
            return values;
        });
    }

    /** Follows at once where a slot is being moved: it may show what came after it was asked, as any answer may. */
    private CompletableFuture<Optional<byte[]>> one(Life life, byte[] key) {
        Connections owner = life.at(SlotHash.getSlot(key));
        CompletableFuture<Optional<byte[]>> asked = owner.calls()
                .get(key)
                .<Optional<byte[]>>thenApply(Optional::ofNullable)
                .toCompletableFuture();
        return asked.exceptionallyComposeAsync(
                failure -> Redirect.of(failure, owner.at()) instanceof Redirect.Ask(Address at)
                        ? life.prepared(at).thenComposeAsync(to -> asking(to, key), link.owner())
                        : CompletableFuture.failedFuture(failure),
                link.owner());
    }

    private static CompletionStage<Optional<byte[]>> asking(Connections to, byte[] key) {
        var _ = to.calls().asking();
        CompletionStage<Optional<byte[]>> asked = to.calls().get(key).thenApply(Optional::ofNullable);
        to.flush();
        return asked;
    }
}
