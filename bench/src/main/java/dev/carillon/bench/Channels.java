package dev.carillon.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Many channels with few readers each, published to in turn at a fixed rate. Each connection reads its share of the channels,
 * and no two the same ones.
 *
 * @param readers of a channel
 * @param readingConnections a tenth of the channels, so that the readers come out even
 * @param bytes of data in a publication
 * @param rate publications a second
 */
record Channels(int channels, int readers, int readingConnections, int bytes, int rate) implements Workload {

    /** No divisor in common with any number of connections that is used: so channels spread over all of them. */
    private static final int STEP = 7;

    private static final int STRIDE = 101;

    @Override
    public String name() {
        return "channels-" + channels;
    }

    @Override
    public String description() {
        return String.format(
                "%,d channels with %d readers each on %,d connections, %,d publications/s of %,d B",
                channels, readers, readingConnections, rate, bytes);
    }

    @Override
    public int connections() {
        return readingConnections + 1;
    }

    /** Who reads the n-th channel. */
    private int reader(int channel, int which) {
        return (channel * STEP + which * STRIDE) % readingConnections;
    }

    List<List<String>> readings() {
        List<List<String>> readings = new ArrayList<>();
        for (int i = 0; i < readingConnections; i++) {
            readings.add(new ArrayList<>());
        }
        for (int channel = 0; channel < channels; channel++) {
            for (int which = 0; which < readers; which++) {
                readings.get(reader(channel, which)).add(name(channel));
            }
        }
        return readings;
    }

    private static String name(int channel) {
        return "bench-" + channel;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        List<List<String>> readings = readings();
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, readings::get);
            crowd.growTo(readingConnections);
            Crowd publisher = Crowd.idle(generator, target);
            publisher.growTo(1);
            List<Outgoing> publications = new ArrayList<>();
            for (int channel = 0; channel < channels; channel++) {
                String message = target.dialect().publish(name(channel), Stamp.data(bytes));
                publications.add(new Outgoing(generator, target.dialect(), message, 1));
            }
            Histogram latencies = new Histogram();
            crowd.record(latencies);
            int[] next = {0};
            Span span = new Span(target, crowd);
            long missing = new Pacing(generator, crowd).open(rate, seconds, intended -> {
                publications.get(next[0]++ % channels).send(publisher.clients().getFirst(), 1, intended);
                return readers;
            });
            span.end(sample);
            sample.put(Metric.MISSING, (double) missing).putLatencies(latencies);
        }
        return sample;
    }
}
