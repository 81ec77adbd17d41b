package dev.carillon.bench;

import java.util.List;

/**
 * What warms a server up for {@link FanOut}: the same crowd comes, is published to as fast as the server takes it, and goes but
 * for a tenth, which is published to likewise; and so again and again. At its own rate a compiler would hear for minutes of what
 * happens once a publication, and of what happens once a connection only between the rounds, and would compile it in them.
 *
 * @param bytes of data in a publication
 */
record FanOutWarmUp(int readers, int bytes) implements Workload {

    private static final int TIMES = 5;

    @Override
    public String name() {
        return "fanout-" + readers + "-warm-up";
    }

    @Override
    public String description() {
        return String.format("1 publisher to %,d readers, and to a tenth, one publication after the other", readers);
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
            Publisher publisher = new Publisher(generator, target, bytes, 1);
            Pacing pacing = new Pacing(generator, crowd);
            Span span = new Span(target, crowd);
            for (int i = 0; i < TIMES; i++) {
                crowd.growTo(readers);
                publish(pacing, publisher, readers, seconds / TIMES / 2);
                crowd.drop(readers - readers / 10);
                publish(pacing, publisher, readers / 10, seconds / TIMES / 2);
            }
            span.end(sample);
        }
        return sample;
    }

    private static void publish(Pacing pacing, Publisher publisher, int readers, double seconds) throws BenchException {
        pacing.closed(seconds, intended -> {
            publisher.publish(1, intended);
            return readers;
        });
    }
}
