package dev.carillon.apps.tracking;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * {@code ./carillon fleet}: simulated couriers that publish to a server as real ones would, over WebSockets, and on demand some
 * who look at them; with what both see, measured. The couriers ride in a part of the town whose size goes with their number, so
 * that a larger fleet is one in a larger town and not a denser one.
 */
public final class FleetCommand {

    /** So many couriers fill the town. */
    private static final double TOWNFUL = 5_000;

    private static final int WARM_UP_SECONDS = 10;
    private static final Duration RENEW_EVERY = Duration.ofMinutes(4);
    /** Viewers look at five by five tiles around the middle: what a page shows, with its ring. */
    private static final int AROUND = 2;

    private final FleetOptions options;
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicLong published = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicReference<String> firstRefusal = new AtomicReference<>("");
    private final List<FleetSocket> sockets = new ArrayList<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    private FleetCommand(FleetOptions options) {
        this.options = options;
    }

    /** Runs until it is told to end, or has measured. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.println(FleetOptions.USAGE);
            return;
        }
        FleetOptions options;
        try {
            options = FleetOptions.of(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("carillon: " + e.getMessage() + "\n" + FleetOptions.USAGE);
            System.exit(2);
            return;
        }
        FleetCommand fleet = new FleetCommand(options);
        String problem = fleet.run();
        if (!problem.isEmpty()) {
            System.err.println("carillon: " + problem);
        }
        System.exit(problem.isEmpty() ? 0 : 1);
    }

    private String run() throws Exception {
        try {
            ride(riders());
        } catch (IOException e) {
            return options.url() + " does not answer: " + e.getMessage();
        }
        List<FleetViewer> viewers = new ArrayList<>();
        for (int i = 0; i < options.viewers(); i++) {
            FleetViewer viewer = new FleetViewer();
            viewers.add(viewer);
            open("dispatcher", viewer::take).say(FleetViewer.question(AROUND));
        }
        Thread.ofVirtual().start(this::renew);
        return options.seconds() == 0 ? tellEndlessly() : measure(viewers);
    }

    private List<FleetRider> riders() {
        Town town = TownPlan.draw(Tracking.TOWN);
        int crossings = (int) Math.ceil(town.crossings().size() * Math.min(1, options.couriers() / TOWNFUL));
        List<Place> there = town.crossingsAroundMiddle(Math.max(30, crossings)).stream()
                .map(town.crossings()::get)
                .toList();
        Random seeds = new Random(options.seed());
        List<FleetRider> riders = new ArrayList<>();
        for (int i = 0; i < options.couriers(); i++) {
            riders.add(new FleetRider(String.format(Locale.ROOT, "c%05d", i), town, there, seeds.nextLong()));
        }
        return riders;
    }

    /** Each connection carries every so-manieth courier, and each courier has its own moment of the second. */
    private void ride(List<FleetRider> riders) throws IOException, InterruptedException {
        for (int c = 0; c < options.connections(); c++) {
            FleetSocket socket = open(Passes.GATEWAY, this::onAnswer);
            List<FleetRider> mine = new ArrayList<>();
            for (int i = c; i < riders.size(); i += options.connections()) {
                mine.add(riders.get(i));
            }
            long phase = 1_000_000_000L * c / options.connections() / Math.max(1, mine.size());
            Thread.ofVirtual().start(() -> ride(socket, mine, phase));
        }
    }

    private void ride(FleetSocket socket, List<FleetRider> mine, long phaseNanos) {
        long begin = System.nanoTime() + phaseNanos;
        try {
            for (long second = 0; !ended.isDone(); second++) {
                for (int i = 0; i < mine.size(); i++) {
                    long due = begin + (second * mine.size() + i) * 1_000_000_000L / mine.size();
                    long wait = due - System.nanoTime();
                    if (wait > 0) {
                        Thread.sleep(Duration.ofNanos(wait));
                    }
                    String bundle = mine.get(i).second(System.currentTimeMillis());
                    if (!bundle.isEmpty()) {
                        socket.say("{\"type\":\"publish\",\"id\":1,\"channel\":\"" + TrackingNames.FIXES
                                + "\",\"data\":" + bundle + "}");
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void onAnswer(String message) {
        if (message.startsWith("{\"type\":\"published\"")) {
            published.incrementAndGet();
        } else if (message.startsWith("{\"type\":\"error\"")) {
            refused.incrementAndGet();
            firstRefusal.compareAndSet("", message);
        }
    }

    private FleetSocket open(String as, Consumer<String> received) throws IOException, InterruptedException {
        URI live =
                URI.create(options.url().toString().replaceFirst("^http", "ws")).resolve("/live");
        FleetSocket socket = FleetSocket.open(client, live, pass(as), received);
        var _ = socket.ended().thenAccept(ended::complete);
        sockets.add(socket);
        return socket;
    }

    private String pass(String as) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(options.url().resolve("/dispatch/passes"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"as\":\"" + as + "\"}"))
                .build();
        String answer =
                client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        Tree tree = Tree.read(answer.getBytes(StandardCharsets.UTF_8));
        String token = tree == null ? null : tree.text("token");
        if (token == null) {
            throw new IOException("it has no delivery tracking, or refuses: " + answer);
        }
        return token;
    }

    /** Tokens last for minutes; whoever rides longer shows a new one. */
    private void renew() {
        try {
            while (!ended.isDone()) {
                Thread.sleep(RENEW_EVERY);
                String riding = pass(Passes.GATEWAY);
                String looking = pass("dispatcher");
                for (int i = 0; i < sockets.size(); i++) {
                    String token = i < options.connections() ? riding : looking;
                    sockets.get(i).say("{\"type\":\"authenticate\",\"token\":\"" + token + "\"}");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            ended.complete("no new token: " + e.getMessage());
        }
    }

    private String tellEndlessly() throws InterruptedException {
        long before = 0;
        while (!ended.isDone()) {
            Thread.sleep(Duration.ofSeconds(5));
            long now = published.get();
            System.out.printf(
                    Locale.ROOT,
                    "%d couriers, %d fixes a second, %d refused%n",
                    options.couriers(),
                    (now - before) / 5,
                    refused.get());
            before = now;
        }
        return ended.join();
    }

    private String measure(List<FleetViewer> viewers) throws Exception {
        Thread.sleep(Duration.ofSeconds(WARM_UP_SECONDS));
        viewers.forEach(FleetViewer::begin);
        long publishedBefore = published.get();
        long ticksBefore = ticks();
        long begin = System.nanoTime();
        Thread.sleep(Duration.ofSeconds(options.seconds()));
        double seconds = (System.nanoTime() - begin) / 1e9;
        long acknowledged = published.get() - publishedBefore;
        long ticks = ticks() - ticksBefore;
        FleetViewer.Figures seen =
                FleetViewer.together(viewers.stream().map(FleetViewer::figures).toList());
        System.out.printf(
                Locale.ROOT,
                "couriers %d, acknowledged fixes %.0f/s, refused %d%s%n",
                options.couriers(),
                acknowledged / seconds,
                refused.get(),
                firstRefusal.get());
        if (options.serverPid() != 0) {
            System.out.printf(
                    Locale.ROOT,
                    "server: %.0f %% of one core, %.0f us a fix%n",
                    ticks / seconds,
                    ticks * 10_000.0 / Math.max(1, acknowledged));
        }
        if (!viewers.isEmpty()) {
            System.out.printf(
                    Locale.ROOT,
                    "a viewer: %d couriers in %d tiles, %.0f places/s, %.0f B/s; from fix to viewer p50 %d ms, p99 %d ms%n",
                    seen.couriers(),
                    (2 * AROUND + 1) * (2 * AROUND + 1),
                    seen.values() / seconds,
                    seen.bytes() / seconds,
                    seen.quantile(0.5),
                    seen.quantile(0.99));
        }
        String problem = ended.getNow("");
        ended.complete("");
        sockets.forEach(FleetSocket::close);
        return problem;
    }

    /** Hundredths of a second on the processor; 0 where nobody is measured. */
    private long ticks() throws IOException {
        if (options.serverPid() == 0) {
            return 0;
        }
        String stat = Files.readString(Path.of("/proc/" + options.serverPid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
}
