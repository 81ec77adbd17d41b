package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.server.ChannelRule;
import dev.carillon.server.Extension;
import dev.carillon.server.Host;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import dev.carillon.server.PublishRule;
import java.time.InstantSource;
import java.util.List;

/** Delivery tracking as the part of the server that it is: {@code /dispatch} and below, and the rules of its channels. */
public final class Tracking implements Extension {

    /** The seed of the town that everybody rides through. */
    static final long TOWN = 7;

    /** Whether there is delivery tracking. There is none where the configuration sets channels and has none for it. */
    private sealed interface State {
        /** There is. */
        record Open(Couriers couriers, Desk desk) implements State {}

        /** There is none, and why. */
        record Closed(Code code, String message) implements State {}
    }

    private volatile State state = new State.Closed(Code.OVERLOADED, "delivery tracking has not been started");

    /** For the {@link java.util.ServiceLoader}. */
    public Tracking() {}

    @Override
    public String name() {
        return "dispatch";
    }

    @Override
    public List<ChannelRule> channels() {
        return TrackingNames.channels();
    }

    /** Couriers publish fixes; to all other channels of ours, only we do. */
    @Override
    public List<PublishRule> rules() {
        return List.of(new PublishRule(TrackingNames.EVERYTHING, (user, channel, data) -> switch (state) {
            case State.Closed(Code code, String message) -> new PublishRule.Ruling.Refuse(code, message);
            case State.Open open
            when channel.equals(TrackingNames.FIXES) -> open.couriers().decide(user, channel, data);
            case State.Open _ ->
                new PublishRule.Ruling.Refuse(
                        Code.NOT_PERMITTED, "here only the app itself publishes; fixes go to " + TrackingNames.FIXES);
        }));
    }

    @Override
    public void start(Host host) {
        InstantSource clock = InstantSource.system();
        Town town = TownPlan.draw(TOWN);
        Outlet outlet = new Outlet(host.channels());
        Couriers couriers = new Couriers(outlet, clock);
        Orders orders = new Orders(outlet, host.channels(), couriers, town, clock);
        String problem = orders.start();
        if (problem != null) {
            state = new State.Closed(
                    Code.UNKNOWN_CHANNEL,
                    "there is no delivery tracking: " + TrackingNames.ORDERS + " says " + problem);
            return;
        }
        Desk desk = new Desk(town, new Passes(host), couriers, orders, outlet, clock);
        state = new State.Open(couriers, desk);
        Thread.ofVirtual().name("census").start(new Census(couriers, orders, outlet, clock));
    }

    @Override
    public HttpReply answer(HttpCall call) {
        return switch (state) {
            case State.Open open -> open.desk().answer(call);
            case State.Closed(Code code, String message) -> HttpReply.refusal(code, message);
        };
    }
}
