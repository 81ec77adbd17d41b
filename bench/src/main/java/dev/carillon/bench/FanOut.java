package dev.carillon.bench;

import java.util.List;

/**
 * One publisher, many readers of one channel, a fixed number of publications a second, each on its own.
 *
 * @param bytes of data in a publication
 * @param rate publications a second
 */
record FanOut(int readers, int bytes, int rate) implements Workload {

    static final String CHANNEL = "bench";

    @Override
    public String name() {
        return "fanout-" + readers;
    }

    @Override
    public String description() {
        return String.format("1 publisher to %,d readers, %,d publications/s of %,d B", readers, rate, bytes);
    }

    @Override
    public int connections() {
        return readers + 1;
    }

    @Override
    public Workload warmUp() {
        return new FanOutWarmUp(readers, bytes);
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, number -> List.of(CHANNEL));
            crowd.growTo(readers);
            Publisher publisher = new Publisher(generator, target, bytes, 1);
            Histogram latencies = new Histogram();
            crowd.record(latencies);
            Span span = new Span(target, crowd);
            long missing = new Pacing(generator, crowd).open(rate, seconds, intended -> {
                publisher.publish(1, intended);
                return readers;
            });
            span.end(sample);
            sample.put(Metric.MISSING, (double) missing).putLatencies(latencies);
        }
        return sample;
    }
}
