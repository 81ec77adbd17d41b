package dev.carillon.bench;

import java.util.List;

/**
 * {@link FanOut} to readers that negotiated permessage-deflate, each message deflated by itself, so that a server may do that
 * once for all. The publisher sends its messages as they are.
 *
 * @param bytes of data in a publication: words
 * @param rate publications a second
 */
record DeflateFanOut(int readers, int bytes, int rate) implements Workload {

    @Override
    public String name() {
        return "deflate-fanout-" + readers;
    }

    @Override
    public String description() {
        return String.format(
                "1 publisher to %,d readers that take deflate without context, %,d publications/s of %,d B of words",
                readers, rate, bytes);
    }

    @Override
    public boolean deflates() {
        return true;
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
            crowd.offerDeflate();
            crowd.growTo(readers);
            Publisher publisher = new Publisher(generator, target, FanOut.CHANNEL, Stamp.words(bytes), 1);
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
