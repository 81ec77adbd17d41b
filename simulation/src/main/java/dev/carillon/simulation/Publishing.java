package dev.carillon.simulation;

import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.RequestId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a client has published and not seen acknowledged, in its order. What was refused is sent again, once all that went with
 * it was answered, and nothing new to that channel goes before it; a new connection is sent all of it. What has no
 * idempotency key is sent once.
 */
final class Publishing {

    private static final int UNANSWERED_MAX = 40;

    private final World world;
    private final List<Interest> interests;
    private final List<Attempt> unanswered = new ArrayList<>();
    private boolean isOnline;

    Publishing(World world, List<Interest> interests) {
        this.world = world;
        this.interests = interests;
    }

    boolean hasRoom() {
        return unanswered.size() < UNANSWERED_MAX;
    }

    boolean isDone() {
        return unanswered.isEmpty();
    }

    void add(Attempt attempt, Interest interest, Consumer<ClientMessage> say) {
        unanswered.add(attempt);
        if (isOnline && !interest.isRetrying) {
            send(attempt, say);
        }
    }

    private static void send(Attempt attempt, Consumer<ClientMessage> say) {
        attempt.stage = Attempt.Stage.SENT;
        say.accept(new ClientMessage.Publish(
                new RequestId(Integer.toString(attempt.id)),
                attempt.lineage.name,
                attempt.data,
                attempt.key,
                attempt.change));
    }

    void onOffline() {
        isOnline = false;
        interests.forEach(interest -> interest.isRetrying = false);
        // Whether it was taken is not known, and asking again could store it twice.
        unanswered.removeIf(attempt -> attempt.key == null && attempt.stage != Attempt.Stage.UNSENT);
        unanswered.forEach(attempt -> attempt.stage = Attempt.Stage.UNSENT);
    }

    void onOnline(Consumer<ClientMessage> say) {
        isOnline = true;
        unanswered.forEach(attempt -> send(attempt, say));
    }

    void onAnswered(int id, Consumer<ClientMessage> say) {
        Attempt answered = remove(id);
        if (answered != null) {
            sendAgain(interestOf(answered), say);
        }
    }

    void onRefused(int id, boolean isToRetry, long retryMillis, Consumer<ClientMessage> say) {
        Attempt refused = find(id);
        if (refused == null || refused.stage != Attempt.Stage.SENT) {
            return;
        }
        Interest interest = interestOf(refused);
        if (refused.key == null || !isToRetry) {
            unanswered.remove(refused);
        } else {
            refused.stage = Attempt.Stage.REFUSED;
            interest.isRetrying = true;
            interest.retryAt = world.agenda().now() + retryMillis * Agenda.MILLI;
            world.agenda().after(retryMillis * Agenda.MILLI, () -> sendAgain(interest, say));
        }
        sendAgain(interest, say);
    }

    /** Sends what was refused, in order, and what waits behind it; not before all that is on its way was answered. */
    private void sendAgain(Interest interest, Consumer<ClientMessage> say) {
        if (!isOnline || !interest.isRetrying || world.agenda().now() < interest.retryAt) {
            return;
        }
        for (Attempt attempt : unanswered) {
            if (attempt.lineage == interest.held.lineage && attempt.stage == Attempt.Stage.SENT) {
                return;
            }
        }
        interest.isRetrying = false;
        for (Attempt attempt : List.copyOf(unanswered)) {
            if (attempt.lineage == interest.held.lineage) {
                send(attempt, say);
            }
        }
    }

    private Interest interestOf(Attempt attempt) {
        for (Interest interest : interests) {
            if (interest.held.lineage == attempt.lineage) {
                return interest;
            }
        }
        throw new AssertionError("published to a channel of no interest: " + attempt);
    }

    private @Nullable Attempt find(int id) {
        for (Attempt attempt : unanswered) {
            if (attempt.id == id) {
                return attempt;
            }
        }
        return null;
    }

    private @Nullable Attempt remove(int id) {
        Iterator<Attempt> walk = unanswered.iterator();
        while (walk.hasNext()) {
            Attempt attempt = walk.next();
            if (attempt.id == id) {
                walk.remove();
                return attempt;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return unanswered.toString();
    }
}
