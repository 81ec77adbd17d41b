package dev.carillon.bench;

import java.util.List;

/**
 * Each connection sends so many messages and sends another for each that comes back. First as fast as the server can, which
 * gives CPU and rate; then at a fixed rate over all connections in turn, which gives latencies.
 *
 * @param bytes of data in a message
 * @param depth messages of one connection that are on their way at a time
 * @param rate messages a second in the second part
 */
record Echo(int bytes, int connections, int depth, int rate) implements Workload {

    /** The part of the time for which the first part runs before it is measured. */
    private static final double SETTLING = 0.2;

    @Override
    public String name() {
        return "echo-" + bytes + "-" + connections + "-" + depth;
    }

    @Override
    public String description() {
        return String.format(
                "echo of %,d B on %,d connections, %d on their way each; latencies at %,d messages/s",
                bytes, connections, depth, rate);
    }

    @Override
    public boolean isEcho() {
        return true;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Outgoing message =
                    new Outgoing(generator, target.dialect(), target.dialect().echo(Stamp.data(bytes)), depth);
            Answering answering = new Answering(message);
            Crowd crowd = new Crowd(generator, target, true, number -> List.of(), answering);
            crowd.growTo(connections);
            Pacing pacing = new Pacing(generator, crowd);

            answering.isOn = true;
            long before = crowd.deliveries();
            for (Client client : crowd.clients()) {
                message.sendAgain(client, depth);
            }
            generator.turnFor(System.nanoTime() + (long) (seconds * SETTLING * 1e9));
            Span span = new Span(target, crowd);
            generator.turnFor(System.nanoTime() + (long) (seconds * 1e9));
            span.end(sample);
            answering.isOn = false;
            long missing = pacing.drain(before + answering.sent + (long) connections * depth);

            Histogram latencies = new Histogram();
            crowd.record(latencies);
            int[] next = {0};
            missing += pacing.open((double) rate / depth, seconds, intended -> {
                message.send(crowd.clients().get(next[0]++ % connections), depth, intended);
                return depth;
            });
            sample.put(Metric.MISSING, (double) missing).putLatencies(latencies);
        }
        return sample;
    }

    private static final class Answering implements Crowd.AfterRead {

        private final Outgoing message;
        private boolean isOn;
        private long sent;

        Answering(Outgoing message) {
            this.message = message;
        }

        @Override
        public void onRead(Client client) throws BenchException {
            if (isOn) {
                sent += client.owed;
                message.sendAgain(client, client.owed);
            }
        }
    }
}
