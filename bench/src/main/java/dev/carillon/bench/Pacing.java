package dev.carillon.bench;

/**
 * Sends by the clock and not by the last answer, so that a server that is late isn't spared: what it was late for waits, and
 * is stamped with the moment for which it was intended.
 */
final class Pacing {

    /** Something that is sent, and what it will come to. */
    interface Round {
        /**
         * Sends.
         *
         * @param intended the moment for which it is meant, by {@link System#nanoTime}
         * @return how many deliveries it will be
         */
        long send(long intended) throws BenchException;
    }

    /** What else is done between two rounds. */
    interface Meanwhile {
        void run() throws BenchException;
    }

    /** How long a server may take for what is still on its way at the end. */
    private static final long DRAIN_NANOS = 10_000_000_000L;

    private final Generator generator;
    private final Crowd crowd;

    Pacing(Generator generator, Crowd crowd) {
        this.generator = generator;
        this.crowd = crowd;
    }

    /**
     * So many rounds a second.
     *
     * @return how many deliveries did not come
     */
    long open(double perSecond, double seconds, Round round) throws BenchException {
        return open(perSecond, seconds, round, () -> {});
    }

    long open(double perSecond, double seconds, Round round, Meanwhile meanwhile) throws BenchException {
        long start = System.nanoTime();
        long rounds = Math.max(1, Math.round(perSecond * seconds));
        long expected = crowd.deliveries();
        for (long i = 0; i < rounds; i++) {
            long intended = start + (long) (i * 1e9 / perSecond);
            while (System.nanoTime() - intended < 0) {
                meanwhile.run();
                generator.turn(intended);
            }
            expected += round.send(intended);
            // Without this a schedule that has fallen behind would send without ever reading.
            generator.turn(System.nanoTime());
        }
        return drain(expected);
    }

    /** One round after the other, each once all of the one before it has come. */
    void closed(double seconds, Round round) throws BenchException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() - end < 0) {
            long missing = drain(crowd.deliveries() + round.send(System.nanoTime()));
            if (missing > 0) {
                throw new BenchException(missing + " deliveries are missing");
            }
        }
    }

    /**
     * Waits for what is on its way.
     *
     * @return how many deliveries did not come
     */
    long drain(long expected) throws BenchException {
        generator.turnUntil(() -> crowd.deliveries() >= expected, System.nanoTime() + DRAIN_NANOS);
        return Math.max(0, expected - crowd.deliveries());
    }
}
