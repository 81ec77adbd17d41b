package dev.carillon.engine;

import dev.carillon.protocol.ServerMessage;

/** What is told to many and kept nowhere, and its encoded forms: a signal, or news of who is present. */
public final class EncodedEvent extends EncodedMessage {

    private final ServerMessage message;
    private final long channelNumber;
    private final int dataBytes;

    private EncodedEvent(ServerMessage message, long channelNumber, int dataBytes) {
        this.message = message;
        this.channelNumber = channelNumber;
        this.dataBytes = dataBytes;
    }

    static EncodedEvent of(ServerMessage.Signalled signal, long channelNumber) {
        return new EncodedEvent(signal, channelNumber, signal.data().length());
    }

    static EncodedEvent of(ServerMessage.PresenceList list) {
        return new EncodedEvent(list, 0, 0);
    }

    static EncodedEvent of(ServerMessage.PresenceCount count) {
        return new EncodedEvent(count, 0, 0);
    }

    static EncodedEvent of(ServerMessage.Join join) {
        return new EncodedEvent(join, 0, 0);
    }

    static EncodedEvent of(ServerMessage.Leave leave) {
        return new EncodedEvent(leave, 0, 0);
    }

    /** This signal as a reader is given it who was not given so many before it. */
    EncodedEvent afterDropped(int count) {
        return message instanceof ServerMessage.Signalled signal
                ? of(new ServerMessage.Signalled(signal.channel(), signal.from(), signal.data(), count), channelNumber)
                : this;
    }

    @Override
    public ServerMessage message() {
        return message;
    }

    @Override
    public long channelNumber() {
        return channelNumber;
    }

    @Override
    public int dataBytes() {
        return dataBytes;
    }
}
