package dev.carillon.engine;

import dev.carillon.protocol.ClientMessage;

/**
 * A publish on its way into a channel.
 *
 * @param retryMillis where it came faster than its session may speak: after how long there is room again; 0 otherwise.
 *     It is refused for that, but in its place, and not if it is the retry of one that was accepted
 */
record Attempt(ClientMessage.Publish publish, long retryMillis) {

    boolean isTooFast() {
        return retryMillis > 0;
    }
}
