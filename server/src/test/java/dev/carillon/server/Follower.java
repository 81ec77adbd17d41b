package dev.carillon.server;

import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.Publication;
import java.util.ArrayList;
import java.util.List;

/** A reader through several lives of the server: it comes back each time with the last position that it was given. */
final class Follower implements AutoCloseable {

    private final String channel;
    private final List<Reader> lives = new ArrayList<>();

    /** Follows from the beginning. */
    Follower(Peer peer, Reader.Delivery delivery, String channel) {
        this.channel = channel;
        lives.add(Reader.follow(peer, delivery, channel, Position.ORIGIN));
    }

    String channel() {
        return channel;
    }

    /** Waits until its connection is cut. */
    void awaitEnd() {
        lives.getLast().awaitEnd();
        lives.getLast().close();
    }

    void comeBack(Peer peer) {
        lives.add(lives.getLast().again(peer));
    }

    /** Waits until the publication of this position was delivered. */
    void awaitPosition(Position position) {
        lives.getLast().awaitPosition(position);
    }

    /** All that it was delivered in all its lives. */
    List<Publication> seen() {
        return lives.stream().flatMap(life -> life.seen().stream()).toList();
    }

    /** All gaps that it was told. */
    List<Gap> gaps() {
        return lives.stream().flatMap(life -> life.gaps().stream()).toList();
    }

    /** True exactly when it went on from its position each time and was told of no gap. */
    boolean isRecovered() {
        return lives.stream().allMatch(Reader::isRecovered);
    }

    @Override
    public void close() {
        lives.getLast().close();
    }

    @Override
    public String toString() {
        return lives.getLast() + " of " + channel;
    }
}
