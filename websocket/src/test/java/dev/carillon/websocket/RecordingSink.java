package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a decoder hands on, one line a call. */
class RecordingSink implements FrameSink {
    final List<String> heard = new ArrayList<>();

    @Override
    public void onText(ByteBuf payload) {
        heard.add("text " + payload.toString(UTF_8));
    }

    @Override
    public void onBinary(ByteBuf payload) {
        heard.add("binary " + ByteBufUtil.hexDump(payload));
    }

    @Override
    public void onPing(ByteBuf payload) {
        heard.add("ping " + ByteBufUtil.hexDump(payload));
    }

    @Override
    public void onPong(ByteBuf payload) {
        heard.add("pong " + ByteBufUtil.hexDump(payload));
    }

    @Override
    public void onClose(int code, String reason) {
        heard.add("close " + code + " " + reason);
    }
}
