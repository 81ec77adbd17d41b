package dev.carillon.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down what it hears, one line a call. */
class RecordingListener implements WebSocketListener {
    final List<String> heard = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();

    @Nullable
    WebSocketConnection connection;

    WebSocketConnection connection() {
        WebSocketConnection open = connection;
        if (open == null) {
            throw new AssertionError("not open");
        }
        return open;
    }

    @Override
    public void onOpen(WebSocketConnection connection) {
        this.connection = connection;
        heard.add("open");
    }

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
        heard.add("ping " + payload.toString(UTF_8));
    }

    @Override
    public void onPong(ByteBuf payload) {
        heard.add("pong " + payload.toString(UTF_8));
    }

    @Override
    public void onWritabilityChanged(boolean isWritable) {
        heard.add("writable " + isWritable);
    }

    @Override
    public void onClosing(int code, String reason) {
        heard.add("closing " + code + " " + reason);
    }

    @Override
    public void onClosed(int code, String reason, boolean clean) {
        heard.add("closed " + code + " " + reason + " " + clean);
    }

    @Override
    public void onFailure(Throwable cause) {
        failures.add(cause);
    }
}
