package dev.carillon.gateway;

import java.util.concurrent.atomic.LongAdder;

/**
 * What one transport has carried, for metrics: bytes in and out, framing, envelope and data apart. Written by the event
 * loops, read from any thread.
 */
public final class Traffic {

    /** How a peer speaks. */
    public enum Transport {
        WEBSOCKET("websocket"),
        EVENT_STREAM("sse"),
        LONG_POLL("longpoll"),
        /** Plain GET. */
        POLL("poll"),
        /** POST of a publication. */
        POST("post"),
        /** Everything else: pages, documentation, metrics. */
        PAGE("page");

        private final String label;

        Transport(String label) {
            this.label = label;
        }

        /** The word in metrics. */
        public String label() {
            return label;
        }
    }

    final LongAdder inFraming = new LongAdder();
    final LongAdder inEnvelope = new LongAdder();
    final LongAdder inData = new LongAdder();
    final LongAdder outFraming = new LongAdder();
    final LongAdder outEnvelope = new LongAdder();
    final LongAdder outData = new LongAdder();

    /** Bytes received of WebSocket frames' headers or HTTP. */
    public long inFraming() {
        return inFraming.sum();
    }

    /** Bytes received of Carillon's own fields. */
    public long inEnvelope() {
        return inEnvelope.sum();
    }

    /** Bytes received of what publishers gave. */
    public long inData() {
        return inData.sum();
    }

    /** Bytes sent of WebSocket frames' headers, event stream lines or HTTP. */
    public long outFraming() {
        return outFraming.sum();
    }

    /** Bytes sent of Carillon's own fields. */
    public long outEnvelope() {
        return outEnvelope.sum();
    }

    /** Bytes sent of what publishers gave. */
    public long outData() {
        return outData.sum();
    }
}
