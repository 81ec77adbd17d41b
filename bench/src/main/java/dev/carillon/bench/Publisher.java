package dev.carillon.bench;

/** A connection that publishes to one channel and reads none. For the generator's thread. */
final class Publisher {

    private final Client client;
    private final Outgoing publication;

    /** @param together publications that go in one send, at most */
    Publisher(Generator generator, Target target, int bytes, int together) throws BenchException {
        this(generator, target, FanOut.CHANNEL, bytes, together);
    }

    Publisher(Generator generator, Target target, String channel, int bytes, int together) throws BenchException {
        this(generator, target, channel, Stamp.data(bytes), together);
    }

    /** @param data with a stamp */
    Publisher(Generator generator, Target target, String channel, String data, int together) throws BenchException {
        Crowd alone = Crowd.idle(generator, target);
        alone.growTo(1);
        client = alone.clients().getFirst();
        publication = new Outgoing(generator, target.dialect(), target.dialect().publish(channel, data), together);
    }

    void publish(int count, long intended) throws BenchException {
        publication.send(client, count, intended);
    }
}
