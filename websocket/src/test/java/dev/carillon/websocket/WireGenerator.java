package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Valid client streams: messages of all sizes and kinds, fragmented anyhow, control frames wherever they may be. */
final class WireGenerator {
    private static final int[] SIZES = {0, 1, 2, 7, 8, 9, 31, 125, 126, 127, 1000, 65535, 65536, 70_000};

    private final SplittableRandom random;
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();
    private final List<String> expected = new ArrayList<>();

    WireGenerator(SplittableRandom random) {
        this.random = random;
    }

    /** Bytes as a client sends them and the lines that a {@link RecordingSink} must write down. */
    record Stream(String hex, List<String> expected) {
        byte[] bytes() {
            return ByteBufUtil.decodeHexDump(hex);
        }
    }

    Stream stream(int messages) {
        wire.reset();
        expected.clear();
        for (int i = 0; i < messages; i++) {
            sprinkleControlFrames();
            message();
        }
        if (random.nextInt(4) == 0) {
            frame(Opcode.CLOSE, true, FrameEncoder.closePayload(4000, "done"));
            expected.add("close 4000 done");
        }
        return new Stream(ByteBufUtil.hexDump(wire.toByteArray()), List.copyOf(expected));
    }

    private void message() {
        boolean isText = random.nextBoolean();
        byte[] payload = isText ? text().getBytes(UTF_8) : octets(size());
        int fragments = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : 1;
        int from = 0;
        for (int i = 1; i <= fragments; i++) {
            int to = i == fragments ? payload.length : from + random.nextInt(payload.length - from + 1);
            Opcode opcode = i > 1 ? Opcode.CONTINUATION : isText ? Opcode.TEXT : Opcode.BINARY;
            frame(opcode, i == fragments, Arrays.copyOfRange(payload, from, to));
            if (i < fragments) {
                sprinkleControlFrames();
            }
            from = to;
        }
        expected.add(isText ? "text " + new String(payload, UTF_8) : "binary " + ByteBufUtil.hexDump(payload));
    }

    private void sprinkleControlFrames() {
        while (random.nextInt(3) == 0) {
            boolean isPing = random.nextBoolean();
            byte[] payload = octets(random.nextInt(126));
            frame(isPing ? Opcode.PING : Opcode.PONG, true, payload);
            expected.add((isPing ? "ping " : "pong ") + ByteBufUtil.hexDump(payload));
        }
    }

    private void frame(Opcode opcode, boolean fin, byte[] payload) {
        wire.writeBytes(FrameEncoder.maskedFrame(opcode, fin, payload, random.nextInt()));
    }

    private int size() {
        return random.nextInt(4) == 0 ? SIZES[random.nextInt(SIZES.length)] : random.nextInt(300);
    }

    private byte[] octets(int length) {
        byte[] octets = new byte[length];
        random.nextBytes(octets);
        return octets;
    }

    private String text() {
        int[] planes = {0x80, 0x80, 0x80, 0x800, 0xD800, 0x11_0000};
        int highest = planes[random.nextInt(planes.length)];
        StringBuilder text = new StringBuilder();
        for (int left = size(); left > 0; left--) {
            int codePoint = random.nextInt(highest);
            text.appendCodePoint(codePoint >= 0xD800 && codePoint < 0xE000 ? '?' : codePoint);
        }
        return text.toString();
    }
}
