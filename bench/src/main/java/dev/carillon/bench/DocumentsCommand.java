package dev.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./carillon bench documents}: documents that several edit at once. One after the other, an editor of each types a character; everybody else at that document is waited for by the clock that it
 * was sent at. Then everybody goes, and what is left in memory is looked at.
 */
final class DocumentsCommand {

    private static final double KIB = 1024;
    private static final long CONNECT_NANOS_MAX = 60_000_000_000L;
    private static final long SETTLING_NANOS = 2_000_000_000L;
    private static final long FORGETTING_NANOS = 75_000_000_000L;
    private static final int TEXT_BYTES = 4096;

    private final Path home;
    private final PrintStream out;

    DocumentsCommand(Path home, PrintStream out) {
        this.home = home;
        this.out = out;
    }

    void run(List<String> words) throws BenchException, IOException {
        Arguments arguments =
                new Arguments(words, Set.of("--documents", "--editors", "--rate", "--seconds", "--warmup", "--forget"));
        int documents = arguments.number("--documents", 200);
        int editors = arguments.number("--editors", 10);
        int rate = arguments.number("--rate", 1_000);
        System.err.println(Peer.CARILLON.build(home) + ": " + documents + " documents with " + editors
                + " editors each, " + rate + " characters a second");
        try (ServerProcess server = ServerProcess.start(home, Peer.CARILLON, false)) {
            Target target = server.target();
            double before = heap(target);
            try (Generator generator = new Generator(target.address())) {
                DocumentEditors crowd = new DocumentEditors(documents, editors);
                for (int number = 0; number < documents * editors; number++) {
                    crowd.open(generator, number);
                }
                await(generator, crowd);
                crowd.fill(TEXT_BYTES);
                generator.turnFor(System.nanoTime() + SETTLING_NANOS);
                double open = heap(target);
                load(generator, crowd, rate, arguments.number("--warmup", 5));
                measure(target, generator, crowd, rate, arguments.number("--seconds", 10));
                double used = heap(target);
                out.printf(
                        "heap a document, open with its editors: %.1f KiB; after the load: %.1f KiB%n",
                        (open - before) / documents / KIB, (used - before) / documents / KIB);
            }
            if (arguments.has("--forget")) {
                pause(FORGETTING_NANOS);
                out.printf(
                        "heap a document, once nobody has it open: %.1f KiB%n",
                        (heap(target) - before) / documents / KIB);
            }
            out.println(String.join(", ", Machine.describe().values()));
        }
    }

    private static double heap(Target target) throws BenchException {
        Target.MemoryProbe probe = target.memory();
        return probe == null ? Double.NaN : probe.ask().heap();
    }

    private static void await(Generator generator, DocumentEditors crowd) throws BenchException {
        if (!generator.turnUntil(crowd::areAllThere, System.nanoTime() + CONNECT_NANOS_MAX)) {
            throw new BenchException("not all editors were given their documents in time");
        }
    }

    private static void load(Generator generator, DocumentEditors crowd, int rate, int seconds) throws BenchException {
        long begun = System.nanoTime();
        long end = begun + seconds * 1_000_000_000L;
        long sent = 0;
        while (System.nanoTime() - end < 0) {
            long due = (System.nanoTime() - begun) * rate / 1_000_000_000L;
            for (; sent < due; sent++) {
                crowd.type();
            }
            generator.turn(System.nanoTime() + 1_000_000);
        }
        if (!generator.turnUntil(crowd::isAllTold, System.nanoTime() + CONNECT_NANOS_MAX)) {
            throw new BenchException(crowd.missing() + " characters did not reach everybody");
        }
    }

    private void measure(Target target, Generator generator, DocumentEditors crowd, int rate, int seconds)
            throws BenchException {
        Long process = target.process();
        Histogram latencies = new Histogram();
        crowd.record(latencies);
        CpuTime server = process == null ? CpuTime.NONE : CpuTime.of(process);
        double machine = CpuTime.machine();
        CpuTime own = CpuTime.of(ProcessHandle.current().pid());
        long from = System.nanoTime();
        long typed = crowd.typed();
        load(generator, crowd, rate, seconds);
        double took = (System.nanoTime() - from) / 1e9;
        double used =
                process == null ? Double.NaN : CpuTime.of(process).since(server).total();
        double ours = CpuTime.of(ProcessHandle.current().pid()).since(own).total();
        double updates = crowd.typed() - (double) typed;
        out.printf("updates/s %.0f, each to %d others%n", updates / took, crowd.others());
        out.printf("server CPU, µs an update: %.1f%n", used * 1e6 / updates);
        out.printf(
                "to the others, ms: p50 %.2f, p99 %.2f%n",
                latencies.quantile(0.5) / 1e6, latencies.quantile(0.99) / 1e6);
        out.printf(
                "of a core: server %.0f %%, generator %.0f %%, everything else here %.0f %%%n",
                used / took * 100,
                ours / took * 100,
                Math.max(0, CpuTime.machine() - machine - used - ours) / took * 100);
    }

    private static void pause(long nanos) throws BenchException {
        try {
            Thread.sleep(nanos / 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }

    /** Everybody who edits. For one thread. */
    private static final class DocumentEditors implements Client.Listener {

        /** Characters of one editor that can be on their way. */
        private static final int CLOCKS = 4096;

        private final int documents;
        private final int each;
        private final Client[] clients;
        private final int[] clocks;
        private final long[][] sentAt;
        private @Nullable Histogram latencies;
        private int there;
        private long typed;
        private long told;
        private long owed;

        DocumentEditors(int documents, int each) {
            this.documents = documents;
            this.each = each;
            this.clients = new Client[documents * each];
            this.clocks = new int[documents * each];
            this.sentAt = new long[documents * each][];
        }

        void open(Generator generator, int number) throws BenchException {
            Client client = generator.open(this, "/documents/bench-" + number / each, null, 0, false);
            client.place = number;
            clients[number] = client;
            sentAt[number] = new long[CLOCKS];
        }

        boolean areAllThere() {
            return there == clients.length;
        }

        boolean isAllTold() {
            return told == owed;
        }

        long missing() {
            return owed - told;
        }

        long typed() {
            return typed;
        }

        int others() {
            return each - 1;
        }

        void record(Histogram into) {
            latencies = into;
        }

        /** Each document begins with so many characters, by its first editor. */
        void fill(int bytes) throws BenchException {
            for (int document = 0; document < documents; document++) {
                send(document * each, "x".repeat(bytes));
            }
        }

        /** The next editor of the next document types. */
        void type() throws BenchException {
            int document = (int) (typed % documents);
            send(document * each + (int) (typed / documents % each), "y");
            typed++;
        }

        private void send(int number, String text) throws BenchException {
            YjsBytes update = new YjsBytes();
            int clock = clocks[number];
            update.number(1).number(1).number(number + 1L).number(clock);
            if (clock == 0) {
                update.number(4).number(1).text("t");
            } else {
                update.octet(0x84).number(number + 1L).number(clock - 1L);
            }
            update.text(text).number(0);
            YjsBytes message = new YjsBytes().number(0).number(2).block(update);
            clocks[number] = clock + text.length();
            sentAt[number][clock % CLOCKS] = System.nanoTime();
            owed += each - 1L;
            clients[number].send(MemorySegment.ofArray(Frames.masked(Frames.BINARY, message.toBytes())));
        }

        @Override
        public void onOpen(Client client) throws BenchException {
            YjsBytes nothing = new YjsBytes().number(0).number(0).block(new YjsBytes().number(0));
            client.send(MemorySegment.ofArray(Frames.masked(Frames.BINARY, nothing.toBytes())));
        }

        @Override
        public void onMessage(Client client, MemorySegment buffer, long at, int length) {
            YjsBytes.Reader in = new YjsBytes.Reader(buffer, at, length);
            if (in.number() != 0) {
                return;
            }
            long step = in.number();
            if (step == 1) {
                there++;
            } else if (step == 2) {
                in.number(); // of the block
                in.number();
                in.number();
                int author = (int) in.number() - 1;
                int clock = (int) in.number();
                told++;
                if (latencies != null) {
                    latencies.record(System.nanoTime() - sentAt[author][clock % CLOCKS]);
                }
            }
        }

        @Override
        public void onRead(Client client) {
            // Each message was dealt with.
        }

        @Override
        public void onEnd(Client client, String why) throws BenchException {
            throw new BenchException("an editor " + why);
        }
    }
}
