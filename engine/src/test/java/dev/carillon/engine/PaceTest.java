package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.protocol.RequestId;
import dev.carillon.protocol.ServerMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaceTest implements Clock {

    private static final ChannelName ROOM = new ChannelName("room");

    private long nanos = 5;

    @Test
    void theTimeToWaitIsRoundedUpToMilliseconds() {
        Pace pace = new Pace(this, new SessionRates(new Rate(1000, 1), new Rate(999, 1)));
        assertThat(pace.command()).isZero();
        assertThat(pace.command()).isEqualTo(1);
        nanos += 1;
        assertThat(pace.command()).isEqualTo(1);
        nanos += 999_999;
        assertThat(pace.command()).isZero();
        assertThat(pace.signal()).isZero();
        assertThat(pace.signal()).isEqualTo(2);
        nanos += 1_001_001;
        assertThat(pace.signal()).isZero();
    }

    @Test
    void aRefusalNamesItsCommandItsChannelAndTheTime() {
        RequestId id = new RequestId("7");
        assertThat(Pace.refusal(new ClientMessage.Ping(id), 3))
                .isEqualTo(new ServerMessage.Refusal(id, Code.RATE_LIMITED, null, Code.RATE_LIMITED.text(), 3));
        List<ClientMessage> commands = List.of(
                new ClientMessage.Subscribe(id, ROOM, null, 0, ClientMessage.Subscribe.NO_PRESENCE),
                new ClientMessage.Unsubscribe(id, ROOM),
                new ClientMessage.Publish(id, ROOM, Data.json("1"), null, null),
                new ClientMessage.Signal(id, ROOM, Data.json("1")),
                new ClientMessage.History(id, ROOM, null, null, 1),
                new ClientMessage.Presence(id, ROOM, null, 0, false));
        assertThat(commands)
                .allSatisfy(command -> assertThat(Pace.refusal(command, 3))
                        .isEqualTo(
                                new ServerMessage.Refusal(id, Code.RATE_LIMITED, ROOM, Code.RATE_LIMITED.text(), 3)));
    }

    @Override
    public long millis() {
        throw new AssertionError("the date is of no interest here");
    }

    @Override
    public long nanos() {
        return nanos;
    }
}
