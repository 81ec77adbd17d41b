package dev.carillon.apps.tracking;

import dev.carillon.protocol.Data;
import org.jspecify.annotations.Nullable;

/**
 * An order as of one of its stages.
 *
 * @param id which nobody guesses: whoever has it may follow the order
 * @param courier who brings it
 * @param isSimulated whether that courier is played by this server
 * @param placedAt when it was placed
 * @param version counts its stages, from 1
 */
record Order(
        String id,
        String shopName,
        Place shop,
        Place home,
        String courier,
        boolean isSimulated,
        long placedAt,
        Stage stage,
        int version) {

    /** The same in its next stage. */
    Order become(Stage next) {
        if (!stage.mayBecome(next)) {
            throw new IllegalArgumentException("an order that is " + stage.wire() + " does not become " + next.wire());
        }
        return new Order(id, shopName, shop, home, courier, isSimulated, placedAt, next, version + 1);
    }

    /** What the order's channel says of this stage. */
    Data event(long at) {
        String of = switch (stage) {
            case PLACED ->
                ",\"shop\":{\"name\":\"" + shopName + "\",\"at\":" + shop.toJson() + "},\"home\":" + home.toJson();
            case ACCEPTED -> ",\"courier\":\"" + courier + "\"";
            case PREPARING, PICKED_UP, NEARBY, DELIVERED, CANCELLED -> "";
        };
        return Data.json("{\"stage\":\"" + stage.wire() + "\",\"version\":" + version + ",\"t\":" + at + of + "}");
    }

    /** Says the same again after a restart: an event is published under this key once. */
    String key() {
        return "order-" + id + "-" + stage.wire();
    }

    Data toJson() {
        return Data.json("{\"id\":\"" + id + "\",\"shop\":\"" + shopName + "\",\"from\":" + shop.toJson() + ",\"to\":"
                + home.toJson() + ",\"courier\":\"" + courier + "\",\"simulated\":" + isSimulated + ",\"placed\":"
                + placedAt
                + ",\"stage\":\"" + stage.wire() + "\",\"version\":" + version + "}");
    }

    /** Null where it is none. */
    static @Nullable Order read(Data data) {
        Tree tree = Tree.read(data);
        if (tree == null) {
            return null;
        }
        String id = tree.text("id");
        String shopName = tree.text("shop");
        String courier = tree.text("courier");
        String stageName = tree.text("stage");
        Stage stage = stageName == null ? null : Stage.of(stageName);
        Place shop = tree.place("from");
        Place home = tree.place("to");
        double placed = tree.number("placed");
        double version = tree.number("version");
        if (id == null || shopName == null || courier == null || stage == null || shop == null || home == null) {
            return null;
        }
        boolean isSimulated = Boolean.TRUE.equals(tree.members().get("simulated"));
        return placed >= 0 && version >= 1
                ? new Order(id, shopName, shop, home, courier, isSimulated, (long) placed, stage, (int) version)
                : null;
    }
}
