package dev.carillon.redis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a master of a Redis Cluster says of a call that it has not done, because the keys are not, or not only, with it. */
sealed interface Redirect {

    /** The slot has moved there, for good. */
    record Moved(int slot, Address to) implements Redirect {}

    /** The slot is moving, and these keys are there already, or will be made there. */
    record Ask(Address to) implements Redirect {}

    /** The slot is moving, and some of the keys are here and some there; or the call must be said again. */
    record Later() implements Redirect {}

    /**
     * Reads an error.
     *
     * @param asked who has said it: an address without a host has its
     * @return null where it is no such word
     */
    static @Nullable Redirect of(Throwable failure, Address asked) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (!(cause instanceof RedisCommandExecutionException) || cause.getMessage() == null) {
            return null;
        }
        String[] words = cause.getMessage().split(" ", 4);
        return switch (words[0]) {
            case "TRYAGAIN" -> new Later();
            case "MOVED" -> {
                Address to = addressOf(words, asked);
                int slot = slotOf(words);
                yield to == null || slot < 0 ? null : new Moved(slot, to);
            }
            case "ASK" -> {
                Address to = addressOf(words, asked);
                yield to == null ? null : new Ask(to);
            }
            default -> null;
        };
    }

    private static int slotOf(String[] words) {
        int slot = words.length > 1 && words[1].matches("\\d{1,5}") ? Integer.parseInt(words[1]) : -1;
        return slot < SlotTable.SLOTS ? slot : -1;
    }

    /** Of {@code MOVED 3999 10.0.0.5:6381}; addresses of IPv6 have no brackets there. */
    private static @Nullable Address addressOf(String[] words, Address asked) {
        int colon = words.length == 3 ? words[2].lastIndexOf(':') : -1;
        if (colon < 0) {
            return null;
        }
        String host = words[2].substring(0, colon);
        try {
            return new Address(
                    host.isEmpty() || host.equals("?") ? asked.host() : host,
                    Address.port(words[2].substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
