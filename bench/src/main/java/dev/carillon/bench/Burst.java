package dev.carillon.bench;

import java.util.List;

/**
 * One publisher, many readers of one channel, publications in bursts of one write. First one burst after the other, each once
 * the last has come to everybody, which gives CPU and rate; then at a fixed rate, which gives latencies.
 *
 * @param bytes of data in a publication
 * @param together publications in a burst
 * @param rate publications a second in the second part
 */
record Burst(int readers, int bytes, int together, int rate) implements Workload {

    @Override
    public String name() {
        return "burst-" + readers;
    }

    @Override
    public String description() {
        return String.format(
                "1 publisher to %,d readers, %d publications of %,d B in flight; latencies at %,d publications/s",
                readers, together, bytes, rate);
    }

    @Override
    public int connections() {
        return readers + 1;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            crowd.growTo(readers);
            Publisher publisher = new Publisher(generator, target, bytes, together);
            Pacing pacing = new Pacing(generator, crowd);
            Pacing.Round burst = intended -> {
                publisher.publish(together, intended);
                return (long) together * readers;
            };
            Span span = new Span(target, crowd);
            pacing.closed(seconds, burst);
            span.end(sample);
            Histogram latencies = new Histogram();
            crowd.record(latencies);
            long missing = pacing.open((double) rate / together, seconds, burst);
            sample.put(Metric.MISSING, (double) missing).putLatencies(latencies);
        }
        return sample;
    }
}
