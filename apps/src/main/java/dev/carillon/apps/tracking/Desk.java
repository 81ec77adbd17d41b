package dev.carillon.apps.tracking;

import dev.carillon.protocol.Code;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What pages and couriers ask for over HTTP, at {@code /dispatch} and below. Thread-safe; waits. */
final class Desk {

    /** The longest time that a simulated courier is without a network. */
    private static final int TUNNEL_SECONDS_MAX = 120;

    /** So many couriers are found at once, within so many metres. */
    private static final int NEAR_MAX = 100;

    private static final double RADIUS_MAX = 5_000;

    private static final String ADDRESSES = "there are /dispatch/town, /dispatch/passes, /dispatch/orders,"
            + " /dispatch/orders/{id}/tunnel, /dispatch/orders/{id}/cancel, /dispatch/near and /dispatch/figures";

    private final Town town;
    private final byte[] townJson;
    private final Passes passes;
    private final Couriers couriers;
    private final Orders orders;
    private final Outlet outlet;
    private final InstantSource clock;

    Desk(Town town, Passes passes, Couriers couriers, Orders orders, Outlet outlet, InstantSource clock) {
        this.town = town;
        this.passes = passes;
        this.couriers = couriers;
        this.orders = orders;
        this.outlet = outlet;
        this.clock = clock;
        townJson = town.toJson().getBytes(StandardCharsets.UTF_8);
    }

    HttpReply answer(HttpCall call) {
        String[] path = call.path().split("/", -1);
        boolean isOfOrder = path.length == 4 && path[1].equals("orders");
        return switch (isOfOrder ? "/orders/{id}/" + path[3] : call.path()) {
            case "/town" ->
                call.method().equals("GET") ? HttpReply.json(200, townJson) : HttpReply.methodRefused("GET");
            case "/near" -> call.method().equals("GET") ? near(call) : HttpReply.methodRefused("GET");
            case "/figures" -> call.method().equals("GET") ? figures() : HttpReply.methodRefused("GET");
            case "/passes" -> call.method().equals("POST") ? pass(call) : HttpReply.methodRefused("POST");
            case "/orders" -> call.method().equals("POST") ? place(call) : HttpReply.methodRefused("POST");
            case "/orders/{id}/tunnel" ->
                call.method().equals("POST") ? tunnel(call, path[2]) : HttpReply.methodRefused("POST");
            case "/orders/{id}/cancel" ->
                call.method().equals("POST") ? cancel(path[2]) : HttpReply.methodRefused("POST");
            default -> HttpReply.refusal(Code.NOT_FOUND, ADDRESSES);
        };
    }

    /** {@code {"as", "name"? or "order"?}}: a token, and the server's time. */
    private HttpReply pass(HttpCall call) {
        Tree asked = Tree.read(call.body());
        String as = asked == null ? null : asked.text("as");
        if (asked == null || as == null) {
            return malformed("for a pass, POST {\"as\": \"courier\"}, customer, dispatcher or gateway");
        }
        String name = asked.text("name");
        String order = asked.text("order");
        Passes.Pass pass = switch (as) {
            case "courier" -> name != null && TrackingNames.isCourier(name) ? passes.courier(name) : null;
            case "customer" -> order != null && order.matches("[A-Za-z0-9_-]{22}") ? passes.customer(order) : null;
            case "dispatcher" -> passes.dispatcher();
            case Passes.GATEWAY -> passes.gateway();
            default -> null;
        };
        return pass == null
                ? malformed("a courier has a name of 1 to 40 letters, digits, - and _; a customer has an order")
                : json(
                        200,
                        "{\"user\":\"" + pass.user() + "\",\"token\":\"" + pass.token() + "\",\"expires\":"
                                + Passes.LIFETIME.toMillis() + ",\"now\":" + clock.millis() + "}");
    }

    /** {@code {"shop"?, "home"?: [lon, lat], "courier"?}}: 201 with the order. */
    private HttpReply place(HttpCall call) {
        Tree asked = call.body().length == 0 ? Tree.EMPTY : Tree.read(call.body());
        if (asked == null) {
            return malformed("an order is an object, perhaps with shop, home and courier");
        }
        double shop = asked.has("shop") ? asked.number("shop") : -1;
        Place home = asked.place("home");
        String courier = asked.text("courier");
        boolean isFine = shop >= -1 && shop < town.shops().size() && shop == Math.rint(shop);
        isFine &= asked.has("home") == (home != null) && (home == null || home.metresTo(Town.MIDDLE) <= Track.AREA_MAX);
        isFine &= asked.has("courier") == (courier != null) && (courier == null || TrackingNames.isCourier(courier));
        if (!isFine) {
            return malformed(
                    "shop counts from 0, home is [longitude, latitude] in town, and courier is a courier's name");
        }
        return switch (orders.place((int) shop, home, courier)) {
            case Orders.Outcome.Placed(Order order) -> json(201, order.toJson().text());
            case Orders.Outcome.Refused(Code code, String message) -> HttpReply.refusal(code, message);
        };
    }

    private HttpReply tunnel(HttpCall call, String id) {
        Tree asked = Tree.read(call.body());
        double seconds = asked == null ? Double.NaN : asked.number("seconds");
        if (!(seconds >= 0 && seconds <= TUNNEL_SECONDS_MAX)) {
            return malformed("seconds is a number from 0 to " + TUNNEL_SECONDS_MAX);
        }
        return orders.tunnel(id, Duration.ofMillis((long) (seconds * 1000)))
                ? json(200, "{}")
                : HttpReply.refusal(Code.NOT_FOUND, "no simulated courier is under way with such an order");
    }

    private HttpReply cancel(String id) {
        Delivery delivery = orders.delivery(id);
        if (delivery == null) {
            return HttpReply.refusal(Code.NOT_FOUND, "no such order is under way");
        }
        Code refused = delivery.become(Stage.CANCELLED, clock.millis());
        return refused == null
                ? json(200, "{}")
                : HttpReply.refusal(refused, "it is over already, or can't be kept now");
    }

    private record Found(String id, Courier.Seen seen, double metres) {}

    /** {@code ?lon=&lat=&radius=}: the couriers that were seen lately, the nearest first. */
    private HttpReply near(HttpCall call) {
        double lon = number(call.query().get("lon"));
        double lat = number(call.query().get("lat"));
        double radius = number(call.query().get("radius"));
        if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && radius > 0 && radius <= RADIUS_MAX)) {
            return malformed("near asks for lon, lat and radius, in metres up to " + (int) RADIUS_MAX);
        }
        Place middle = new Place(lon, lat);
        long since = clock.millis() - TrackingNames.SILENCE.toMillis();
        String found = couriers.all().stream()
                .map(courier -> found(courier, middle))
                .filter(Objects::nonNull)
                .filter(one -> one.seen().at() >= since && one.metres() <= radius)
                .sorted(Comparator.comparingDouble(Found::metres))
                .limit(NEAR_MAX)
                .map(one -> "{\"courier\":\"" + one.id() + "\",\"metres\":" + Math.round(one.metres()) + ",\"at\":"
                        + one.seen().place().toJson() + ",\"duty\":\""
                        + one.seen().duty().wire() + "\"}")
                .collect(Collectors.joining(","));
        return json(200, "{\"couriers\":[" + found + "]}");
    }

    private static @Nullable Found found(Courier courier, Place middle) {
        Courier.Seen seen = courier.seen();
        return seen == null ? null : new Found(courier.id(), seen, seen.place().metresTo(middle));
    }

    private static double number(@Nullable String text) {
        try {
            return text == null ? Double.NaN : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private HttpReply figures() {
        return json(
                200,
                "{\"couriers\":" + couriers.all().size() + ",\"orders\":" + orders.count() + ",\"fixes\":{\"taken\":"
                        + couriers.taken() + ",\"repeated\":" + couriers.repeated() + ",\"doubted\":"
                        + couriers.doubted()
                        + "},\"published\":" + outlet.published() + ",\"refused\":" + outlet.refused() + "}");
    }

    private static HttpReply malformed(String message) {
        return HttpReply.refusal(Code.MALFORMED, message);
    }

    private static HttpReply json(int status, String json) {
        return HttpReply.json(status, json.getBytes(StandardCharsets.UTF_8));
    }
}
