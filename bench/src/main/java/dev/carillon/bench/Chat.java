package dev.carillon.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Everybody reads one channel, and everybody publishes once a round. First one round after the other, then at a fixed rate.
 *
 * @param bytes of data in a publication
 * @param rate rounds a second in the second part
 */
record Chat(int members, int bytes, int rate) implements Workload {

    @Override
    public String name() {
        return "chat-" + members;
    }

    @Override
    public String description() {
        return String.format(
                "%,d members of one channel, each publishes %,d B a round; latencies at %,d rounds/s",
                members, bytes, rate);
    }

    @Override
    public int connections() {
        return members;
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        Sample sample = new Sample();
        try (Generator generator = new Generator(target.address())) {
            Crowd crowd = Crowd.readers(generator, target, number -> List.of(FanOut.CHANNEL));
            crowd.growTo(members);
            Outgoing publication = new Outgoing(
                    generator, target.dialect(), target.dialect().publish(FanOut.CHANNEL, Stamp.data(bytes)), 1);
            List<Client> clients = new ArrayList<>(crowd.clients());
            Pacing pacing = new Pacing(generator, crowd);
            Pacing.Round everybody = intended -> {
                for (Client client : clients) {
                    publication.send(client, 1, intended);
                }
                return (long) members * members;
            };
            Span span = new Span(target, crowd);
            pacing.closed(seconds, everybody);
            span.end(sample);
            Histogram latencies = new Histogram();
            crowd.record(latencies);
            long missing = pacing.open(rate, seconds, everybody);
            sample.put(Metric.MISSING, (double) missing).putLatencies(latencies);
        }
        return sample;
    }
}
