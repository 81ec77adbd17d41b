package dev.carillon.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Clients that do the same: each is greeted, subscribes to its channels, and then counts what it is sent. One that ends or
 * is refused makes the measurement void. For the generator's thread.
 */
final class Crowd implements Client.Listener {

    /** What a client of a workload does when a read has brought deliveries. */
    interface AfterRead {
        void onRead(Client client) throws BenchException;
    }

    /** Handshakes on their way at a time, far below any server's backlog. */
    private static final int OPENING_MAX = 128;

    private static final Duration OPEN_TIME_MAX = Duration.ofSeconds(60);

    private final Generator generator;
    private final Dialect dialect;
    private final String path;
    private final IntFunction<List<String>> channels;
    private final List<Client> clients = new ArrayList<>();
    private final Stamp stamp = new Stamp();
    private final AfterRead afterRead;

    /** Subscriptions that a client waits for, by its number; -1 before it was greeted. */
    private int[] awaited = new int[64];

    private int opening;
    private int ready;
    private @Nullable String resumeAfter;
    private int receiveBytes;
    private boolean isDeflateOffered;

    private long deliveries;
    private long messageBytes;
    private @Nullable Histogram latencies;
    private boolean isPositionWanted;
    private @Nullable String position;

    /**
     * @param channels what the n-th client subscribes to
     * @param isEcho whether it talks to a server that sends back what it is sent
     */
    Crowd(Generator generator, Target target, boolean isEcho, IntFunction<List<String>> channels, AfterRead afterRead) {
        this.generator = generator;
        dialect = target.dialect();
        path = target.path(isEcho);
        this.channels = channels;
        this.afterRead = afterRead;
    }

    /** Readers of channels. */
    static Crowd readers(Generator generator, Target target, IntFunction<List<String>> channels) {
        return new Crowd(generator, target, false, channels, client -> {});
    }

    /** Clients that are subscribed to nothing. */
    static Crowd idle(Generator generator, Target target) {
        return readers(generator, target, number -> List.of());
    }

    /** From now on clients are opened with a receive buffer of about so many bytes in the kernel. */
    void receiveInto(int bytes) {
        receiveBytes = bytes;
    }

    /** From now on clients offer permessage-deflate without context, and can't do without it. */
    void offerDeflate() {
        isDeflateOffered = true;
    }

    /** From now on clients subscribe after this position, where the dialect has any. */
    void resumeAfter(@Nullable String position) {
        resumeAfter = position;
    }

    /** Opens clients until there are so many, and returns when each is greeted and subscribed. */
    void growTo(int count) throws BenchException {
        long deadline = System.nanoTime() + OPEN_TIME_MAX.toNanos();
        while (ready < count) {
            beginToGrowTo(count);
            generator.turn(System.nanoTime() + 1_000_000);
            if (System.nanoTime() - deadline > 0) {
                throw new BenchException("after " + OPEN_TIME_MAX.toSeconds() + " s only " + ready + " of " + count
                        + " connections were greeted and subscribed");
            }
        }
    }

    /** Opens as many of them as may be on their way at a time. */
    void beginToGrowTo(int count) throws BenchException {
        while (clients.size() < count && opening < OPENING_MAX) {
            clients.add(open());
        }
    }

    private Client open() throws BenchException {
        opening++;
        Client client = generator.open(this, path, dialect.subprotocol(), receiveBytes, isDeflateOffered);
        if (client.number >= awaited.length) {
            awaited = Arrays.copyOf(awaited, Math.max(client.number + 1, awaited.length * 2));
        }
        awaited[client.number] = -1;
        client.place = clients.size();
        return client;
    }

    @Override
    public void onOpen(Client client) throws BenchException {
        String greeting = dialect.greeting();
        if (greeting != null) {
            client.say(dialect.bytes(greeting));
        }
        if (!dialect.waitsForGreeting()) {
            onGreeted(client);
        }
    }

    private void onGreeted(Client client) throws BenchException {
        List<String> wanted = channels.apply(client.place);
        awaited[client.number] = wanted.size();
        for (String channel : wanted) {
            client.say(dialect.bytes(dialect.subscribe(channel, resumeAfter)));
        }
        if (wanted.isEmpty()) {
            onReady();
        }
    }

    private void onReady() {
        opening--;
        ready++;
    }

    @Override
    public void onMessage(Client client, MemorySegment buffer, long at, int length) throws BenchException {
        long end = at + length;
        long stamped = dialect.isBatched() ? stamp.find(buffer, at, end) : stamp.findOnly(buffer, at, end);
        if (stamped < 0) {
            onWords(client, buffer, at, length);
            return;
        }
        int carried = client.payloadBytes();
        messageBytes += carried + (carried < 126 ? 2 : carried <= 0xFFFF ? 4 : 10);
        if (isPositionWanted) {
            position = dialect.position(text(buffer, at, length));
        }
        onDelivery(client, buffer, stamped);
        while (dialect.isBatched()) {
            stamped = stamp.find(buffer, stamped, end);
            if (stamped < 0) {
                return;
            }
            onDelivery(client, buffer, stamped);
        }
    }

    private void onDelivery(Client client, MemorySegment buffer, long stamped) {
        deliveries++;
        client.owed++;
        Histogram times = latencies;
        if (times != null) {
            times.record(generator.readAt() - stamp.read(buffer, stamped));
        }
    }

    private String text(MemorySegment buffer, long at, int length) {
        return dialect.text(buffer.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private void onWords(Client client, MemorySegment buffer, long at, int length) throws BenchException {
        for (String message : dialect.parts(text(buffer, at, length))) {
            String answer = dialect.answer(message);
            if (answer != null) {
                client.say(dialect.bytes(answer));
            }
            switch (dialect.read(message)) {
                case GREETED -> {
                    if (awaited[client.number] < 0) {
                        onGreeted(client);
                    }
                }
                case SUBSCRIBED -> {
                    if (--awaited[client.number] == 0) {
                        onReady();
                    }
                }
                case REFUSED -> throw new BenchException("the server sent " + message);
                case OTHER -> {}
            }
        }
    }

    @Override
    public void onRead(Client client) throws BenchException {
        if (client.owed > 0) {
            afterRead.onRead(client);
            client.owed = 0;
        }
    }

    @Override
    public void onEnd(Client client, String why) throws BenchException {
        throw new BenchException("connection " + client.place + " of " + clients.size() + " " + why);
    }

    /** Ends by RST as many of those that are ready; all must be. */
    void drop(int count) throws BenchException {
        for (int i = Math.min(count, clients.size()); i > 0; i--) {
            clients.removeLast().reset();
            ready--;
        }
    }

    /** From now on latencies go there; null for nowhere. */
    void record(@Nullable Histogram into) {
        latencies = into;
    }

    /** From now on the position of the newest delivery is kept, which costs more than counting it. */
    void wantPosition(boolean isWanted) {
        isPositionWanted = isWanted;
    }

    /** The newest position while it was wanted; null where the dialect has none. */
    @Nullable
    String position() {
        return position;
    }

    List<Client> clients() {
        return clients;
    }

    /** Greeted and subscribed. */
    int ready() {
        return ready;
    }

    /** Publications, or echoes, received by all together. */
    long deliveries() {
        return deliveries;
    }

    /** Of the messages that they came in, with their frames' heads. */
    long messageBytes() {
        return messageBytes;
    }

    /** Data segments received by all together ({@link Kernel#segmentsReceived}). */
    long segments() throws BenchException {
        long segments = 0;
        for (Client client : clients) {
            segments += client.segments();
        }
        return segments;
    }
}
