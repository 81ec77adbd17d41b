package dev.carillon.store;

import dev.carillon.engine.ChannelLog.Appended;
import dev.carillon.engine.ChannelLog.Opened;
import dev.carillon.engine.Durability;
import dev.carillon.protocol.ChannelName;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/**
 * A process that appends to eight channels until it is killed, and prints {@code channel offset} for each record that was
 * acknowledged. Arguments: folder, durability.
 */
final class KilledAppender {

    static final int CHANNELS = 8;
    static final int DATA_BYTES = 200;

    private static final int IN_FLIGHT = 256;

    private KilledAppender() {}

    static ChannelName channel(int number) {
        return new ChannelName("killed:" + number);
    }

    public static void main(String[] arguments) throws Exception {
        Durability durability = Durability.valueOf(arguments[1]);
        // Small write buffers, so that files are written and logs retired while it runs.
        RocksLog log =
                RocksLog.open(Path.of(arguments[0]), RocksLogSettings.defaults().withWriteBufferBytes(1 << 20));
        long[] heads = new long[CHANNELS];
        for (int i = 0; i < CHANNELS; i++) {
            heads[i] = Samples.open(log, channel(i)) instanceof Opened.Kept kept
                    ? kept.state().head()
                    : 0;
        }
        Semaphore room = new Semaphore(IN_FLIGHT);
        for (int turn = 0; ; turn = (turn + 1) % CHANNELS) {
            int number = turn;
            long offset = ++heads[number];
            room.acquire();
            log.append(channel(number), Samples.EPOCH, durability, Samples.record(offset, DATA_BYTES), appended -> {
                if (appended instanceof Appended.Refused(var fault)) {
                    System.out.println("refused " + fault);
                    System.exit(1);
                }
                System.out.println(number + " " + offset);
                room.release();
            });
        }
    }
}
