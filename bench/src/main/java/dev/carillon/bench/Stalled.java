package dev.carillon.bench;

import java.util.List;

/**
 * A few of a channel's readers stop reading, and the others go on as before, at a fixed rate.
 *
 * @param stalled how many of the readers
 * @param bytes of data in a publication: enough of them to fill every buffer of the kernel
 * @param rate publications a second
 */
record Stalled(int readers, int stalled, int bytes, int rate) implements Workload {

    /** What the kernel keeps for a reader that stalls, about: little, so that the server notices soon. */
    private static final int RECEIVE_BYTES = 8192;

    @Override
    public String name() {
        return "stalled-" + readers;
    }

    @Override
    public String description() {
        return String.format(
                "%,d of %,d readers stop reading; %,d publications/s of %,d B", stalled, readers, rate, bytes);
    }

    @Override
    public Metric chief() {
        return Metric.P99_RATIO;
    }

    @Override
    public boolean needsFreshServer() {
        return true;
    }

    @Override
    public Workload warmUp() {
        return new FanOut(readers, bytes, rate);
    }

    @Override
    public int connections() {
        return readers + 1;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        int awake = readers - stalled;
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            crowd.growTo(awake);
            Crowd sleepers = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            sleepers.receiveInto(RECEIVE_BYTES);
            sleepers.growTo(stalled);
            Publisher publisher = new Publisher(generator, target, bytes, 1);
            Pacing pacing = new Pacing(generator, crowd);
            Pacing.Round round = intended -> {
                publisher.publish(1, intended);
                return awake;
            };
            Histogram before = new Histogram();
            crowd.record(before);
            long missing = pacing.open(rate, seconds, round);
            double residentBefore = resident(target);
            for (Client sleeper : sleepers.clients()) {
                sleeper.pause();
            }
            Histogram meanwhile = new Histogram();
            crowd.record(meanwhile);
            Span span = new Span(target, crowd);
            missing += pacing.open(rate, seconds, round);
            span.end(sample);
            sample.put(Metric.RSS_GROWTH, (resident(target) - residentBefore) / (1 << 20));
            sample.put(Metric.MISSING, (double) missing).putLatencies(meanwhile);
            sample.put(Metric.P99_BEFORE, before.quantile(0.99) / 1e6);
            sample.put(Metric.P99_RATIO, meanwhile.quantile(0.99) / before.quantile(0.99));
        }
        return sample;
    }

    private static double resident(Target target) throws BenchException {
        Long process = target.process();
        return process == null ? Double.NaN : ResidentMemory.of(process);
    }
}
