package dev.carillon.server;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs several nodes on a Redis of their own, to try a cluster out on one machine. */
@Command(
        name = "cluster",
        description = "Runs several nodes on a private Redis behind a round-robin front, to try out on this machine: in"
                + " development mode, and nothing of it is kept.",
        mixinStandardHelpOptions = true)
final class ClusterCommand implements Callable<Integer> {

    private static final int NODES_MAX = 9;

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "3", description = "How many, 1 to 9. Default: 3.")
    private int nodes = 3;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port of the front; 0 picks a free one. Default: 8080.")
    private int port = 8080;

    @Override
    public Integer call() throws StartException {
        if (nodes < 1 || nodes > NODES_MAX) {
            throw new StartException("--nodes is " + nodes + "; it must be from 1 to " + NODES_MAX);
        }
        if (port < 0 || port > 0xffff) {
            throw new StartException("--port is " + port + "; it must be from 0 to " + 0xffff);
        }
        Cluster cluster = Cluster.start(nodes, port);
        Lifetime.runUntilToldToEnd(cluster::close, cluster::hurry, cluster.url());
        return CommandLine.ExitCode.OK;
    }
}
