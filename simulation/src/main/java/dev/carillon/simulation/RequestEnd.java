package dev.carillon.simulation;

import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.EncodedMessage;
import dev.carillon.engine.Erasure;
import dev.carillon.engine.Loop;
import dev.carillon.engine.Node;
import dev.carillon.engine.Principal;
import dev.carillon.engine.Session;
import dev.carillon.engine.Start;
import dev.carillon.engine.Wire;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import dev.carillon.protocol.Selection;
import dev.carillon.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The node's end of one request: a session that is over with its answer, as for a POST or a long poll. */
final class RequestEnd implements Wire {

    /**
     * What a long poll is answered.
     *
     * @param start the position before the first of the publications
     * @param gap why that is not the one presented; null where it is
     */
    record Page(Position start, @Nullable Gap gap, List<Publication> publications) {}

    /** What a request for a map is answered: what was told, in its order. */
    record MapPage(List<ServerMessage> messages) {}

    /** What has no other answer was done. */
    record Done() {}

    private static final int PUBLICATIONS_MAX = 20;

    private final World world;
    private final Loop loop;
    private final Spoken spoken;
    private final Consumer<Object> answer;
    private final List<Publication> publications = new ArrayList<>();
    /** Of a map, all that it was told; empty otherwise. */
    private final List<ServerMessage> told = new ArrayList<>();

    private boolean isOfMap;
    /** True exactly from a reset on until all that there is was told. */
    private boolean isInSnapshot;
    /** Whether one came, so that there is something to answer. */
    private boolean wasReset;

    private Runnable onDone = () -> {};
    private @Nullable Session session;
    private Position start = Position.ORIGIN;
    private @Nullable Gap gap;
    private boolean stands;
    private boolean isOverdue;
    private boolean isDue;
    private boolean isAnswered;

    private RequestEnd(World world, Machine machine, Loop loop, Consumer<Object> answer) {
        this.world = world;
        this.loop = loop;
        this.spoken = new Spoken(world, machine.excuses);
        this.answer = answer;
    }

    /** A publish of its own: answered with {@code Published} or {@code Refusal}. */
    static void post(
            World world, Machine machine, Principal principal, ClientMessage.Publish publish, Consumer<Object> answer) {
        open(world, machine, principal, answer, end -> {
            end.spoken.onCommand(publish);
            end.session().onMessage(publish);
        });
    }

    /** A long poll: answered with a {@link Page} or {@code Refusal}. */
    static void poll(
            World world,
            Machine machine,
            Lineage lineage,
            @Nullable Position after,
            @Nullable Selection wanted,
            long waitNanos,
            Consumer<Object> answer) {
        open(world, machine, Principal.ANONYMOUS, answer, end -> {
            end.isOfMap = lineage.settings.kind() == ChannelKind.MAP;
            end.spoken.onCommand(new ClientMessage.Subscribe(
                    null, lineage.name, after, 0, ClientMessage.Subscribe.NO_PRESENCE, wanted));
            Start start = after == null ? new Start.Newest(0) : new Start.After(after);
            end.session().subscribe(null, lineage.name, start, ClientMessage.Subscribe.NO_PRESENCE, wanted);
            world.agenda().afterUncounted(waitNanos, () -> end.loop.mailbox().post(end::onWaitOver));
        });
    }

    /** A page of a map: answered with a {@link MapPage} or {@code Refusal}. */
    static void page(World world, Machine machine, Lineage lineage, @Nullable Position after, Consumer<Object> answer) {
        open(world, machine, Principal.ANONYMOUS, answer, end -> {
            ClientMessage.History asked = new ClientMessage.History(null, lineage.name, after, null, 0);
            end.spoken.onPageAsked(after);
            end.session().onMessage(asked);
        });
    }

    /** Something is to be erased: answered with {@link Done} or {@code Refusal}. */
    static void erase(
            World world,
            Machine machine,
            Principal principal,
            Lineage lineage,
            Erasure erasure,
            Consumer<Object> answer) {
        open(world, machine, principal, answer, end -> {
            end.spoken.onErase(erasure);
            Integer purgesToCome = lineage.purgesToCome();
            end.onDone = () -> {
                switch (erasure) {
                    case Erasure.Purge _ -> lineage.checkPurged(purgesToCome);
                    case Erasure.Redaction(Position position) -> lineage.onRedactionTold(position);
                }
            };
            end.session().erase(lineage.name, erasure);
        });
    }

    private static void open(
            World world, Machine machine, Principal principal, Consumer<Object> answer, Consumer<RequestEnd> then) {
        Node node = machine.node();
        if (node == null) {
            return; // nobody is there: the client waits in vain
        }
        Loop loop = machine.someLoop();
        RequestEnd end = new RequestEnd(world, machine, loop, answer);
        loop.mailbox().post(() -> {
            end.session = new Session(node, loop, end, "request-00000000000000", principal);
            then.accept(end);
        });
    }

    private Session session() {
        return Objects.requireNonNull(session, "not begun yet");
    }

    @Override
    public boolean hasRoom() {
        return !isAnswered && publications.size() < PUBLICATIONS_MAX;
    }

    @Override
    public boolean carriesSignals() {
        return false;
    }

    @Override
    public void deliver(EncodedMessage message) {
        ServerMessage delivered = message.message();
        spoken.onTold(delivered);
        if (delivered instanceof ServerMessage.Delivery(Publication publication) && !isAnswered) {
            publications.add(publication);
            told.add(delivered);
            if (!isInSnapshot || !hasRoom()) {
                answerAtEnd();
            }
        }
    }

    private void onMapMessage(ServerMessage message) {
        told.add(message);
        if (message instanceof ServerMessage.Reset) {
            isInSnapshot = true;
            wasReset = true;
        } else if (message instanceof ServerMessage.Current) {
            isInSnapshot = false;
            if (wasReset || isOverdue) {
                answerAtEnd();
            }
        }
    }

    @Override
    public void onCarriedOut() {
        onDone.run();
        finish(new Done());
    }

    @Override
    public void send(ServerMessage message) {
        spoken.onTold(message);
        world.trace().add("answers", "request", message);
        if (message instanceof ServerMessage.HistoryPage) {
            finish(new MapPage(List.of(message)));
        } else if (message instanceof ServerMessage.Reset || message instanceof ServerMessage.Current) {
            onMapMessage(message);
        } else if (message instanceof ServerMessage.Subscribed subscribed) {
            told.add(message);
            start = subscribed.position();
            gap = subscribed.gap();
            stands = true;
            if (gap != null || (isOverdue && !isOfMap)) {
                answerAtEnd();
            }
        } else if (message instanceof ServerMessage.Gapped gapped) {
            if (publications.isEmpty()) {
                gap = gapped.gap();
                start = gapped.gap().next();
                answerAtEnd();
            } else {
                finish(page()); // the next poll, which starts from the position before the gap, is told
            }
        } else if (stands && message instanceof ServerMessage.Refusal refusal && refusal.isAboutLog()) {
            return; // the page says so in a header
        } else if (message instanceof ServerMessage.Published || message instanceof ServerMessage.Refusal) {
            finish(message);
        } else if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
            Code code = Code.of(unsubscribed.code());
            finish(ServerMessage.Refusal.of(null, code == null ? Code.INTERNAL : code, unsubscribed.channel()));
        }
    }

    private void onWaitOver() {
        isOverdue = true;
        if (stands && !isInSnapshot) {
            answerAtEnd();
        }
    }

    private void answerAtEnd() {
        if (!isDue) {
            isDue = true;
            loop.mailbox().post(() -> finish(page()));
        }
    }

    private Object page() {
        if (isOfMap) {
            return new MapPage(List.copyOf(told));
        }
        return new Page(start, gap, List.copyOf(publications));
    }

    private void finish(Object what) {
        if (isAnswered) {
            return;
        }
        isAnswered = true;
        loop.mailbox().post(() -> session().onClosed());
        answer.accept(what);
    }

    @Override
    public void read(boolean wanted) {
        // There is one request to read, and it has been.
    }

    @Override
    public void close(Code code, String reason) {
        spoken.onRefused(code, null);
    }
}
