package dev.carillon.bench;

import java.util.List;

/**
 * Many readers are dropped by RST at once, miss a few publications, and all come back as fast as they can, while others are
 * served at a fixed rate. Where the dialect has positions they resume, and are back once they have what they missed.
 *
 * @param others who stay, on a channel of their own
 * @param bytes of data in a publication
 * @param rate publications a second to the others
 */
record Storm(int dropped, int others, int bytes, int rate) implements Workload {

    private static final String STORMY = "bench-storm";
    private static final int MISSED = 5;

    /** How many are dropped between two looks at the sockets: together they take about a millisecond. */
    private static final int DROPPED_TOGETHER = 250;

    @Override
    public String name() {
        return "storm-" + dropped;
    }

    @Override
    public String description() {
        return String.format(
                "%,d readers dropped by RST come back while %,d others are sent %,d publications/s of %,d B",
                dropped, others, rate, bytes);
    }

    @Override
    public Metric chief() {
        return Metric.BACK;
    }

    @Override
    public boolean needsFreshServer() {
        return true;
    }

    @Override
    public Workload warmUp() {
        return new Storm(dropped / 5, others, bytes, rate);
    }

    @Override
    public int connections() {
        return dropped + others + 2;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Crowd calm = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            calm.growTo(others);
            Crowd stormy = Crowd.readers(generator, target, number -> List.of(STORMY));
            stormy.growTo(dropped);
            Publisher toCalm = new Publisher(generator, target, bytes, 1);
            Publisher toStormy = new Publisher(generator, target, STORMY, bytes, MISSED);
            Pacing pacing = new Pacing(generator, calm);
            Pacing.Round round = intended -> {
                toCalm.publish(1, intended);
                return others;
            };
            Return returning = new Return(stormy, toStormy, dropped);
            returning.learnPosition(generator);

            Histogram before = new Histogram();
            calm.record(before);
            long missing = pacing.open(rate, seconds, round);
            Histogram meanwhile = new Histogram();
            calm.record(meanwhile);
            returning.begin();
            Span span = new Span(target, calm);
            while (!returning.isOver()) {
                missing += pacing.open(rate, 0.2, round, returning::go);
            }
            span.endBusy(sample);
            sample.put(Metric.BACK, returning.seconds()).put(Metric.MISSING, (double) missing);
            sample.putLatencies(meanwhile);
            sample.put(Metric.P99_BEFORE, before.quantile(0.99) / 1e6);
            sample.put(Metric.P99_RATIO, meanwhile.quantile(0.99) / before.quantile(0.99));
        }
        return sample;
    }

    /** The crowd's way out and back, a step at a time between the rounds of the others. */
    private static final class Return {

        private static final double SECONDS_MAX = 120;

        private final Crowd crowd;
        private final Publisher publisher;
        private final int size;
        private long began;
        private long ended;
        private boolean isDropped;
        private long awaited;

        Return(Crowd crowd, Publisher publisher, int size) {
            this.crowd = crowd;
            this.publisher = publisher;
            this.size = size;
        }

        /** Everybody is at the same place, which is where they will go on. */
        void learnPosition(Generator generator) throws BenchException {
            crowd.wantPosition(true);
            publisher.publish(1, System.nanoTime());
            if (new Pacing(generator, crowd).drain(crowd.deliveries() + size) > 0) {
                throw new BenchException("the readers weren't sent what was published");
            }
            crowd.wantPosition(false);
            crowd.resumeAfter(crowd.position());
        }

        void begin() {
            began = System.nanoTime();
        }

        void go() throws BenchException {
            if (isOver()) {
                return;
            }
            if (!isDropped) {
                crowd.drop(DROPPED_TOGETHER);
                isDropped = crowd.clients().isEmpty();
                if (isDropped) {
                    publisher.publish(MISSED, System.nanoTime());
                    awaited = crowd.deliveries() + (crowd.position() == null ? 0 : (long) MISSED * size);
                }
                return;
            }
            crowd.beginToGrowTo(size);
            if (crowd.ready() == size && crowd.deliveries() >= awaited) {
                ended = System.nanoTime();
            } else if (System.nanoTime() - began > SECONDS_MAX * 1e9) {
                throw new BenchException("after " + SECONDS_MAX + " s only " + crowd.ready() + " had come back, and "
                        + (awaited - crowd.deliveries()) + " publications were missing");
            }
        }

        boolean isOver() {
            return ended != 0;
        }

        double seconds() {
            return (ended - began) / 1e9;
        }
    }
}
