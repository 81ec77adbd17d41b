package dev.carillon.bench;

import java.util.List;

/**
 * Connections that are opened as fast as the server takes them, each until it is subscribed to a channel; and dropped by RST
 * whenever there are so many. The CPU for their end is in it.
 */
record Connects(int connections) implements Workload {

    @Override
    public String name() {
        return "connects";
    }

    @Override
    public String description() {
        return String.format(
                "connections as fast as they are taken, up to subscribed; dropped at %,d and begun again", connections);
    }

    @Override
    public Metric chief() {
        return Metric.CONNECT_CPU;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            long opened = 0;
            Span span = new Span(target, crowd);
            while (span.seconds() < seconds) {
                crowd.growTo(connections);
                opened += connections;
                crowd.drop(connections);
            }
            CpuTime used = span.endBusy(sample);
            sample.put(Metric.CONNECTS, opened / sample.require(Metric.SECONDS));
            if (used != null) {
                sample.put(Metric.CONNECT_CPU, used.total() * 1e6 / opened);
            }
        }
        return sample;
    }
}
