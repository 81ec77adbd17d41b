package dev.carillon.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Some nodes on a Redis of their own, and a {@link Front} before them: a cluster to try out on one machine. Everything that it
 * started is started again when it ends, until it ends with this, or with this process; its folder is deleted. Thread-safe.
 */
final class Cluster implements AutoCloseable {

    private final Deque<AutoCloseable> open;
    private final List<ClusterNode> nodes;
    private final Front front;

    private Cluster(Deque<AutoCloseable> open, List<ClusterNode> nodes, Front front) {
        this.open = open;
        this.nodes = nodes;
        this.front = front;
    }

    /**
     * Starts it all; when it returns, requests are passed on to all nodes.
     *
     * @param count how many nodes
     * @param port the front's; 0 for a free one
     * @throws StartException in one line; nothing is left running
     */
    static Cluster start(int count, int port) throws StartException {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            Path folder = Files.createTempDirectory("carillon-cluster");
            open.addFirst(() -> delete(folder));
            PrivateRedis redis = PrivateRedis.start(folder);
            open.addFirst(redis);
            Logs.LOG.info("Redis is process {} at {}", redis.pid(), redis.url());
            List<ClusterNode> nodes = new CopyOnWriteArrayList<>();
            ClusterDesk desk = new ClusterDesk(nodes, redis);
            Front front = Front.open(port, () -> backends(nodes), desk);
            open.addFirst(front);
            nodes.addAll(startNodes(count, folder, redis, desk.sightings(), open));
            nodes.forEach(ClusterNode::keepUp);
            redis.keepUp();
            return new Cluster(open, nodes, front);
        } catch (StartException e) {
            closeAll(open);
            throw e;
        } catch (IOException e) {
            closeAll(open);
            throw new StartException("the cluster could not be started: " + Listening.oneLine(e), e);
        } catch (InterruptedException e) {
            closeAll(open);
            Thread.currentThread().interrupt();
            throw new StartException("the start was interrupted", e);
        }
    }

    /** Begins all before it waits for the first. */
    private static List<ClusterNode> startNodes(
            int count, Path folder, PrivateRedis redis, Sightings sightings, Deque<AutoCloseable> open)
            throws IOException, InterruptedException, StartException {
        shareDevelopmentKey(folder, count);
        List<ClusterNode> begun = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            Tap tap = Tap.open(redis.port(), i, sightings);
            open.addFirst(tap);
            Files.writeString(folder.resolve("node-" + i + ".yaml"), """
                    # A node of a cluster to try out: all of it on one machine, perhaps a busy one; and its peers take over
                    # at once, so nobody has to wait.
                    listen: {hosts: [127.0.0.1], port: 0}
                    redis: {url: "%s", connectTime: 1m, callTime: 3s}
                    network: {port: none}
                    drain: {notice: 0s, window: 0s, away: 0s}
                    """.formatted(tap.url()));
            ClusterNode node = new ClusterNode(i, folder);
            open.addFirst(node);
            node.begin();
            begun.add(node);
        }
        for (ClusterNode node : begun) {
            node.awaitReady();
        }
        return begun;
    }

    /** A token that one node has issued is good at all. */
    private static void shareDevelopmentKey(Path folder, int count) throws IOException, StartException {
        Path first = Files.createDirectories(folder.resolve("node-1"));
        var _ = DevelopmentTokens.open(first, Tokens.NONE, new SystemClock());
        byte[] key = Files.readAllBytes(first.resolve(DevelopmentTokens.FILE));
        for (int i = 2; i <= count; i++) {
            new SmallFile(folder.resolve("node-" + i).resolve(DevelopmentTokens.FILE)).replace(key);
        }
    }

    private static List<Front.Backend> backends(List<ClusterNode> nodes) {
        List<Front.Backend> all = new ArrayList<>();
        for (ClusterNode node : nodes) {
            InetSocketAddress address = node.address();
            if (address != null) {
                all.add(new Front.Backend(node.number(), address));
            }
        }
        return all;
    }

    /** Where a browser finds it. */
    String url() {
        return "http://127.0.0.1:" + front.port();
    }

    /** Has {@link #close} wait for no client. */
    void hurry() {
        nodes.forEach(ClusterNode::kill);
    }

    /** All nodes take leave of their clients at once; then the front, Redis and what they have kept go. */
    @Override
    public void close() {
        nodes.forEach(ClusterNode::leave);
        synchronized (open) {
            closeAll(open);
        }
    }

    private static void closeAll(Deque<AutoCloseable> open) {
        while (!open.isEmpty()) {
            AutoCloseable part = open.removeFirst();
            try {
                part.close();
            } catch (Exception e) {
                Logs.LOG.error("a part of the cluster could not be closed", e);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
