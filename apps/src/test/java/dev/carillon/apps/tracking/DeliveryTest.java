package dev.carillon.apps.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule.Ruling;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Orders, moved by fixes. */
final class DeliveryTest {

    private final HeldChannels channels = new HeldChannels();
    private final Town town = TownPlan.draw(Tracking.TOWN);
    private long now = 1_000_000_000_000L;
    private final InstantSource clock = () -> Instant.ofEpochMilli(now);
    private final Outlet outlet = new Outlet(channels);
    private final Couriers couriers = new Couriers(outlet, clock);
    private final Orders orders = new Orders(outlet, channels, couriers, town, clock);

    private Order placed() {
        Orders.Outcome outcome = orders.place(0, null, "asha");
        assertThat(outcome).isInstanceOf(Orders.Outcome.Placed.class);
        return ((Orders.Outcome.Placed) outcome).order();
    }

    private Ruling publish(String user, Place place) {
        String fix = "{\"t\":" + now + ",\"lon\":" + place.lon() + ",\"lat\":" + place.lat() + ",\"acc\":5}";
        return couriers.decide(user, TrackingNames.FIXES, Data.json("{\"fixes\":[" + fix + "]}"));
    }

    /** Rides there on the straight line, and stays for a while. */
    private void ride(Place from, Place to) {
        for (int i = 0; i <= 30; i++) {
            now += 1000;
            assertThat(publish("courier.asha", i < 25 ? from.towards(to, i / 25.0) : to))
                    .isEqualTo(new Ruling.Accept());
        }
    }

    private List<String> stages(Order order) {
        List<String> stages = new ArrayList<>();
        channels.stream(TrackingNames.order(order.id()))
                .forEach(event -> stages.add(Objects.requireNonNull(
                        Objects.requireNonNull(Tree.read(Data.json(event))).text("stage"))));
        return stages;
    }

    @Test
    void anOrderGoesFromStageToStageByWhereItsCourierIs() {
        Order order = placed();
        ride(Place.ofMetres(order.shop().east() + 300, order.shop().north()), order.shop());
        assertThat(stages(order)).containsExactly("placed", "accepted", "preparing", "picked_up");
        ride(order.shop(), order.home());
        assertThat(stages(order))
                .containsExactly("placed", "accepted", "preparing", "picked_up", "nearby", "delivered");
        assertThat(channels.map(TrackingNames.ORDERS)).isEmpty();
        assertThat(channels.stream(TrackingNames.trail(order.id()))).hasSizeGreaterThan(50);
        assertThat(channels.map(TrackingNames.place(order.id()))).containsOnlyKeys("courier", "route");
    }

    @Test
    void aCustomerNextDoorIsNotNearbyBeforeTheCourierHasTheOrder() {
        Order order = placed();
        ride(Place.ofMetres(order.home().east() + 300, order.home().north()), order.home());
        assertThat(stages(order)).containsExactly("placed", "accepted");
    }

    @Test
    void aStageThatCannotBeKeptComesWithALaterFixOnce() {
        Order order = placed();
        Place near = Place.ofMetres(order.shop().east() + 300, order.shop().north());
        channels.fail(TrackingNames.order(order.id()));
        ride(near, order.shop());
        assertThat(stages(order)).containsExactly("placed", "accepted");
        channels.fail(null);
        now += 1000;
        publish("courier.asha", order.shop());
        now += 1000;
        publish("courier.asha", order.shop());
        assertThat(stages(order)).containsExactly("placed", "accepted", "preparing", "picked_up");
    }

    @Test
    void whatWasUnderWayGoesOnAfterARestart() {
        Order order = placed();
        ride(Place.ofMetres(order.shop().east() + 300, order.shop().north()), order.shop());
        Couriers newCouriers = new Couriers(outlet, clock);
        Orders restarted = new Orders(outlet, channels, newCouriers, town, clock);
        assertThat(restarted.start()).isNull();
        assertThat(Objects.requireNonNull(restarted.delivery(order.id()))
                        .order()
                        .stage())
                .isEqualTo(Stage.PICKED_UP);
        for (int i = 0; i <= 30; i++) {
            now += 1000;
            Place place = i < 25 ? order.shop().towards(order.home(), i / 25.0) : order.home();
            String fix = "{\"t\":" + now + ",\"lon\":" + place.lon() + ",\"lat\":" + place.lat() + "}";
            newCouriers.decide("courier.asha", TrackingNames.FIXES, Data.json("{\"fixes\":[" + fix + "]}"));
        }
        assertThat(stages(order)).endsWith("picked_up", "nearby", "delivered").doesNotHaveDuplicates();
    }

    @Test
    void aCourierHasOneOrderAtATime() {
        placed();
        assertThat(orders.place(1, null, "asha"))
                .isInstanceOfSatisfying(
                        Orders.Outcome.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.NOT_PERMITTED));
    }

    @Test
    void anOrderThatCannotBeKeptIsRefusedAndItsCourierIsFree() {
        channels.fail(TrackingNames.ORDERS);
        assertThat(orders.place(0, null, "asha"))
                .isInstanceOfSatisfying(
                        Orders.Outcome.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.MAP_FULL));
        channels.fail(null);
        placed();
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsCancelled() {
        Order order = placed();
        now += Orders.AGE_MAX.toMillis() + 1;
        orders.tidy();
        assertThat(stages(order)).endsWith("cancelled");
        assertThat(orders.delivery(order.id())).isNull();
        assertThat(orders.place(1, null, "asha")).isInstanceOf(Orders.Outcome.Placed.class);
    }

    @Test
    void onlyItsCourierAndAGatewayPublishItsFixes() {
        assertThat(publish("courier.asha", Town.MIDDLE)).isEqualTo(new Ruling.Accept());
        assertThat(publish("ada", Town.MIDDLE)).isInstanceOf(Ruling.Refuse.class);
        assertThat(publish(Passes.GATEWAY, Town.MIDDLE)).isInstanceOf(Ruling.Refuse.class);
        assertThat(couriers.decide(null, TrackingNames.FIXES, Data.json("{}"))).isInstanceOf(Ruling.Refuse.class);
        assertThat(Passes.courierOf(Passes.GATEWAY, "bo")).isEqualTo("bo");
        assertThat(Passes.courierOf("courier.asha", "bo")).isNull();
        assertThat(Passes.courierOf("courier.", null)).isNull();
    }

    @Test
    void aFixIsOnTheMapOfTheFleetUnderItsTile() {
        publish("courier.asha", Town.MIDDLE);
        assertThat(channels.map(TrackingNames.FLEET).get("asha"))
                .satisfies(value -> assertThat(value.tag())
                        .isEqualTo(Tile.of(Town.MIDDLE, 16).toString()));
    }

    @Test
    void whatIsInDoubtAloneIsRefusedAndBesideGoodFixesLeftOut() {
        publish("courier.asha", Town.MIDDLE);
        now += 1000;
        assertThat(publish("courier.asha", Place.ofMetres(5000, 0)))
                .isInstanceOfSatisfying(
                        Ruling.Refuse.class,
                        refused -> assertThat(refused.message()).contains("nobody gets there"));
        String two = "{\"fixes\":[{\"t\":" + now + ",\"lon\":3.5,\"lat\":56.5},{\"t\":" + now
                + ",\"n\":1,\"lon\":0,\"lat\":0}]}";
        assertThat(couriers.decide("courier.asha", TrackingNames.FIXES, Data.json(two)))
                .isEqualTo(new Ruling.Accept());
        assertThat(couriers.doubted()).isEqualTo(2);
    }

    @Test
    void theCensusCountsWhoWasHeardOfLately() {
        Census census = new Census(couriers, orders, outlet, clock);
        publish("courier.asha", Town.MIDDLE);
        publish("courier.bo", Town.MIDDLE);
        census.count();
        assertThat(channels.map(TrackingNames.COUNTS)).hasSize(1);
        assertThat(channels.map(TrackingNames.COUNTS)
                        .values()
                        .iterator()
                        .next()
                        .data()
                        .text())
                .isEqualTo("{\"free\":2}");
        now += TrackingNames.SILENCE.toMillis() + 1;
        census.count();
        assertThat(channels.map(TrackingNames.COUNTS)).isEmpty();
    }
}
