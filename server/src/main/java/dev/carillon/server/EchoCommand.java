package dev.carillon.server;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.websocket.DeflateSettings;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Echoes WebSocket messages, on the same pipeline as {@code /live}. */
@Command(name = "echo", description = "Echoes every WebSocket message, on every path.", mixinStandardHelpOptions = true)
final class EchoCommand implements Callable<Integer> {

    private static final long MESSAGE_BYTES_MIN = 1 << 10;
    private static final long MESSAGE_BYTES_LIMIT = 1 << 30;

    @Option(names = "--port", paramLabel = "N", required = true, description = "The port; 0 picks a free one.")
    private int port;

    @Option(
            names = "--max-message",
            paramLabel = "BYTES",
            defaultValue = "1MiB",
            description = "The largest message. Default: 1MiB.")
    private String messageBytesMax = "1MiB";

    @Option(
            names = "--deflate",
            paramLabel = "MODE",
            defaultValue = "off",
            description = "permessage-deflate: off, shared (without context takeover) or dedicated. Default: off.")
    private String deflate = "off";

    @Override
    public Integer call() throws StartException {
        Configuration configuration = Configuration.builder()
                .listen(new Listen(Listen.DEFAULT.hosts(), port))
                .data(null)
                .channels(List.of(
                        new ChannelRule(Configuration.EVERY_CHANNEL, ChannelSettings.DEFAULT.with(Durability.MEMORY))))
                .limits(limits())
                .deflate(deflate())
                .build();
        CarillonServer server = CarillonServer.startEcho(configuration);
        Lifetime.runUntilToldToEnd(server::close, () -> {}, server.url());
        return CommandLine.ExitCode.OK;
    }

    private Deflate deflate() throws StartException {
        for (DeflateSettings.Mode mode : DeflateSettings.Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(deflate)) {
                return new Deflate(mode, Deflate.DEFAULT.limits());
            }
        }
        throw new StartException("--deflate is " + deflate + "; it must be off, shared or dedicated");
    }

    private Limits limits() throws StartException {
        Long bytes = Quantity.bytes(messageBytesMax);
        if (bytes == null || bytes < MESSAGE_BYTES_MIN || bytes > MESSAGE_BYTES_LIMIT) {
            throw new StartException("--max-message is " + messageBytesMax + "; it must be a size from 1KiB to "
                    + Quantity.ofBytes(MESSAGE_BYTES_LIMIT));
        }
        Limits normal = Limits.DEFAULT;
        return new Limits(
                bytes.intValue(),
                normal.headerBytes(),
                normal.connections(),
                normal.http2Streams(),
                normal.http2Resets(),
                normal.http2Controls(),
                Math.max(normal.outboxBytes(), bytes.intValue()),
                normal.slowReaderTime(),
                normal.subscriptions(),
                normal.channels(),
                normal.attached(),
                normal.catchUpBytes(),
                normal.historyPage(),
                normal.historyPageBytes(),
                normal.tailBytes(),
                normal.tailsBytes(),
                normal.outstanding(),
                normal.outstandingBytes(),
                normal.waiting(),
                normal.decisionTime(),
                normal.signalBytes(),
                normal.presence(),
                normal.presencePage(),
                normal.presenceDifferences(),
                normal.presenceCountInterval(),
                normal.presenceGrace(),
                normal.idleTime());
    }
}
