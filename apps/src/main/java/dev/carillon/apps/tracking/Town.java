package dev.carillon.apps.tracking;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A town that exists nowhere, drawn from a seed: crossings, roads between them, a river and parks. It lies in the North Sea,
 * where no real street can be mistaken for one of its own. Immutable.
 */
final class Town {

    /** The town's middle, in degrees. */
    static final double LON = 3.5;

    static final double LAT = 56.5;

    /** A place so near to a road, in metres, is on it. */
    private static final double ON_ROAD = 20;

    static final Place MIDDLE = new Place(LON, LAT);

    /**
     * A road between two crossings, which may be used both ways.
     *
     * @param isMain whether it is wide and quick
     * @param name an index into the names
     */
    record Road(int a, int b, boolean isMain, int name) {

        /** Metres a second of somebody on a bicycle. */
        double speed() {
            return isMain ? 9 : 7;
        }

        int other(int end) {
            return end == a ? b : a;
        }
    }

    /** A place that food comes from. */
    record Shop(String name, int crossing) {}

    private final List<Place> crossings;
    private final List<Road> roads;
    private final List<String> names;
    private final List<Place> river;
    private final List<List<Place>> parks;
    private final List<Shop> shops;
    private final List<List<Road>> roadsAt = new ArrayList<>();

    Town(
            List<Place> crossings,
            List<Road> roads,
            List<String> names,
            List<Place> river,
            List<List<Place>> parks,
            List<Shop> shops) {
        this.crossings = List.copyOf(crossings);
        this.roads = List.copyOf(roads);
        this.names = List.copyOf(names);
        this.river = List.copyOf(river);
        this.parks = List.copyOf(parks);
        this.shops = List.copyOf(shops);
        crossings.forEach(_ -> roadsAt.add(new ArrayList<>(4)));
        for (Road road : roads) {
            roadsAt.get(road.a()).add(road);
            roadsAt.get(road.b()).add(road);
        }
    }

    List<Place> crossings() {
        return crossings;
    }

    List<Road> roads() {
        return roads;
    }

    List<Shop> shops() {
        return shops;
    }

    int nearestCrossing(Place place) {
        int nearest = 0;
        for (int i = 1; i < crossings.size(); i++) {
            if (crossings.get(i).metresTo(place) < crossings.get(nearest).metresTo(place)) {
                nearest = i;
            }
        }
        return nearest;
    }

    /** The crossings nearest to the middle, so many of them, from the nearest on. */
    List<Integer> crossingsAroundMiddle(int count) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < crossings.size(); i++) {
            all.add(i);
        }
        all.sort(Comparator.comparingDouble(i -> crossings.get(i).metresTo(MIDDLE)));
        return List.copyOf(all.subList(0, Math.min(count, all.size())));
    }

    /** The name of the road nearest to a place. */
    String streetAt(Place place) {
        double nearest = Double.MAX_VALUE;
        int name = 0;
        for (Road road : roads) {
            double distance = Route.metresFrom(place, crossings.get(road.a()), crossings.get(road.b()));
            if (distance < nearest) {
                nearest = distance;
                name = road.name();
            }
        }
        return names.get(name);
    }

    /** The quickest way between two crossings, and nearly that between two places: from and to the crossing next to each. */
    Route route(Place from, Place to) {
        List<Integer> way = way(nearestCrossing(from), nearestCrossing(to));
        // Who stands on the first road already doesn't go back to where it begins; and likewise at the end.
        int first = way.size() > 1 && isOnRoad(from, way.get(0), way.get(1)) ? 1 : 0;
        int end = way.size();
        end -= end - first > 1 && isOnRoad(to, way.get(end - 1), way.get(end - 2)) ? 1 : 0;
        List<Place> line = new ArrayList<>();
        line.add(from);
        way.subList(first, end).forEach(crossing -> line.add(crossings.get(crossing)));
        line.add(to);
        return new Route(line);
    }

    private boolean isOnRoad(Place place, int a, int b) {
        return Route.metresFrom(place, crossings.get(a), crossings.get(b)) <= ON_ROAD;
    }

    /** Dijkstra's, by time. All crossings hang together, so there always is a way. */
    private List<Integer> way(int from, int to) {
        record Reached(int crossing, double seconds) {}
        double[] seconds = new double[crossings.size()];
        @Nullable Road[] by = new Road[crossings.size()];
        Arrays.fill(seconds, Double.MAX_VALUE);
        seconds[from] = 0;
        PriorityQueue<Reached> next = new PriorityQueue<>(Comparator.comparingDouble(Reached::seconds));
        next.add(new Reached(from, 0));
        while (!next.isEmpty()) {
            Reached reached = next.remove();
            if (reached.crossing() == to) {
                break;
            }
            if (reached.seconds() > seconds[reached.crossing()]) {
                continue;
            }
            for (Road road : roadsAt.get(reached.crossing())) {
                int other = road.other(reached.crossing());
                double then = reached.seconds() + metres(road) / road.speed();
                if (then < seconds[other]) {
                    seconds[other] = then;
                    by[other] = road;
                    next.add(new Reached(other, then));
                }
            }
        }
        List<Integer> way = new ArrayList<>();
        way.add(to);
        for (int at = to; at != from; ) {
            Road road = by[at];
            if (road == null) {
                throw new IllegalStateException("no way from " + from + " to " + to);
            }
            at = road.other(at);
            way.add(at);
        }
        return way.reversed();
    }

    private double metres(Road road) {
        return crossings.get(road.a()).metresTo(crossings.get(road.b()));
    }

    /** For the pages: {@code roads} are crossing, crossing, 1 for a main road, and name, one after the other. */
    String toJson() {
        StringBuilder json = new StringBuilder(1 << 16).append("{\"middle\":").append(MIDDLE.toJson());
        json.append(",\"crossings\":").append(jsonOf(crossings)).append(",\"roads\":[");
        for (int i = 0; i < roads.size(); i++) {
            Road road = roads.get(i);
            json.append(i == 0 ? "" : ",").append(road.a()).append(',').append(road.b());
            json.append(',').append(road.isMain() ? 1 : 0).append(',').append(road.name());
        }
        json.append("],\"names\":[\"").append(String.join("\",\"", names)).append("\"],\"river\":");
        json.append(jsonOf(river)).append(",\"parks\":[");
        for (int i = 0; i < parks.size(); i++) {
            json.append(i == 0 ? "" : ",").append(jsonOf(parks.get(i)));
        }
        json.append("],\"shops\":[");
        for (int i = 0; i < shops.size(); i++) {
            Shop shop = shops.get(i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"")
                    .append(shop.name())
                    .append("\",\"at\":");
            json.append(crossings.get(shop.crossing()).toJson()).append('}');
        }
        return json.append("]}").toString();
    }

    static String jsonOf(List<Place> places) {
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; i < places.size(); i++) {
            json.append(i == 0 ? "" : ",").append(places.get(i).toJson());
        }
        return json.append(']').toString();
    }
}
