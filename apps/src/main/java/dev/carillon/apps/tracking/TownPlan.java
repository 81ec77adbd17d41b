package dev.carillon.apps.tracking;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Draws a town from a seed. It begins with a grid of crossings, {@link #STEP} metres apart; bends and shakes it; lays a river
 * through it, which only some streets cross; clears parks; takes some back streets away; and keeps what hangs together.
 */
final class TownPlan {

    private static final int COLUMNS = 41;
    private static final int ROWS = 31;
    private static final int MIDDLE_COLUMN = COLUMNS / 2;
    private static final int MIDDLE_ROW = ROWS / 2;
    private static final double STEP = 120;
    private static final int MAIN_EVERY = 5;
    private static final int BRIDGE_EVERY = 5;
    private static final double RIVER_HALF = 70;
    private static final int PARKS = 6;
    private static final double GONE = 0.1;
    private static final int NONE = -1;

    private static final List<String> WORDS = List.of(
            "Oak", "Mill", "Bell", "Harbour", "Tanner", "Linden", "Market", "Chapel", "Rope", "Lantern", "Heron",
            "Quarry", "Orchard", "Salt", "Weaver", "Cooper", "Abbey", "Falcon", "Garden", "Sluice", "Foundry");
    private static final List<String> SHOPS = List.of(
            "Rye and Shine",
            "Bell Pepper Pizza",
            "Clapper Coffee",
            "Toll House Noodles",
            "The Full Peal",
            "Campanile Curry",
            "Ding Dong Dumplings",
            "Belfry Burgers");

    private final Random random;
    /** The crossing at a place of the grid, or {@link #NONE}. */
    private final int[][] grid = new int[COLUMNS][ROWS];

    private final List<Place> crossings = new ArrayList<>();
    private final List<List<Place>> parks = new ArrayList<>();
    private final List<Town.Road> roads = new ArrayList<>();

    private TownPlan(long seed) {
        random = new Random(seed);
    }

    /** The same town for the same seed, on every machine. */
    static Town draw(long seed) {
        return new TownPlan(seed).town();
    }

    private Town town() {
        boolean[][] isPark = parkGround();
        for (int i = 0; i < COLUMNS; i++) {
            for (int j = 0; j < ROWS; j++) {
                Place place = bent(i, j);
                boolean isLand = Math.abs(place.north() - riverAt(place.east())) > RIVER_HALF + 15;
                grid[i][j] = isLand && !isPark[i][j] ? crossings.size() : NONE;
                if (grid[i][j] != NONE) {
                    crossings.add(place);
                }
            }
        }
        for (int i = 0; i < COLUMNS; i++) {
            streetUp(i);
        }
        for (int j = 0; j < ROWS; j++) {
            streetAcross(j);
        }
        keepWhatHangsTogether();
        return new Town(crossings, roads, names(), river(), parks, shops());
    }

    private Place bent(int i, int j) {
        double east = (i - MIDDLE_COLUMN) * STEP + 60 * Math.sin(j / 6.0) + random.nextDouble(-14, 14);
        double north = (j - MIDDLE_ROW) * STEP + 50 * Math.sin(i / 8.0) + random.nextDouble(-14, 14);
        return Place.ofMetres(east, north);
    }

    private static double riverAt(double east) {
        return 330 * Math.sin(east / 1100) - 420 + east * 0.12;
    }

    /** A park clears the crossings within it; the streets around it stay. */
    private boolean[][] parkGround() {
        boolean[][] isPark = new boolean[COLUMNS][ROWS];
        for (int k = 0; k < PARKS; k++) {
            int left = MAIN_EVERY * random.nextInt((COLUMNS - 1) / MAIN_EVERY) + random.nextInt(1, 3);
            int low = MAIN_EVERY * random.nextInt((ROWS - 1) / MAIN_EVERY) + random.nextInt(1, 3);
            isPark[left][low] = true;
            isPark[left + 1][low] = true;
            isPark[left][low + 1] = true;
            isPark[left + 1][low + 1] = true;
            double east = (left + 0.5 - MIDDLE_COLUMN) * STEP + 60 * Math.sin((low + 0.5) / 6.0);
            double north = (low + 0.5 - MIDDLE_ROW) * STEP + 50 * Math.sin((left + 0.5) / 8.0);
            if (Math.abs(north - riverAt(east)) > 320) {
                parks.add(square(east, north, 135));
            }
        }
        return isPark;
    }

    private static List<Place> square(double east, double north, double half) {
        return List.of(
                Place.ofMetres(east - half, north - half),
                Place.ofMetres(east + half, north - half),
                Place.ofMetres(east + half, north + half),
                Place.ofMetres(east - half, north + half));
    }

    private void streetUp(int i) {
        int below = NONE;
        for (int j = 0; j < ROWS; j++) {
            int here = grid[i][j];
            if (here == NONE) {
                continue;
            }
            if (below != NONE) {
                boolean isBridge = side(below) != side(here);
                boolean isMain = i % MAIN_EVERY == 0;
                if (isBridge ? i % BRIDGE_EVERY == 0 : isNext(below, here) && stays(isMain)) {
                    roads.add(new Town.Road(below, here, isMain, i));
                }
            }
            below = here;
        }
    }

    private void streetAcross(int j) {
        for (int i = 0; i + 1 < COLUMNS; i++) {
            int here = grid[i][j];
            int next = grid[i + 1][j];
            boolean isMain = j % MAIN_EVERY == 0;
            if (here != NONE && next != NONE && side(here) == side(next) && stays(isMain)) {
                roads.add(new Town.Road(here, next, isMain, COLUMNS + j));
            }
        }
    }

    private boolean isNext(int below, int here) {
        return crossings.get(below).metresTo(crossings.get(here)) < 1.6 * STEP;
    }

    private boolean stays(boolean isMain) {
        return random.nextDouble() >= GONE || isMain;
    }

    private boolean side(int crossing) {
        Place place = crossings.get(crossing);
        return place.north() > riverAt(place.east());
    }

    /** The largest part of the network; of the rest nothing stays. */
    private void keepWhatHangsTogether() {
        int[] part = new int[crossings.size()];
        Arrays.fill(part, NONE);
        List<List<Integer>> neighbours = new ArrayList<>();
        crossings.forEach(_ -> neighbours.add(new ArrayList<>()));
        for (Town.Road road : roads) {
            neighbours.get(road.a()).add(road.b());
            neighbours.get(road.b()).add(road.a());
        }
        Map<Integer, Integer> sizes = new HashMap<>();
        for (int start = 0; start < part.length; start++) {
            if (part[start] == NONE) {
                sizes.put(start, spread(start, part, neighbours));
            }
        }
        int largest = sizes.entrySet().stream()
                .max(Map.Entry.<Integer, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .orElseThrow()
                .getKey();
        int[] numberNow = new int[part.length];
        List<Place> kept = new ArrayList<>();
        for (int i = 0; i < part.length; i++) {
            numberNow[i] = part[i] == largest ? kept.size() : NONE;
            if (part[i] == largest) {
                kept.add(crossings.get(i));
            }
        }
        roads.removeIf(road -> part[road.a()] != largest);
        roads.replaceAll(road -> new Town.Road(numberNow[road.a()], numberNow[road.b()], road.isMain(), road.name()));
        crossings.clear();
        crossings.addAll(kept);
    }

    private static int spread(int start, int[] part, List<List<Integer>> neighbours) {
        Deque<Integer> next = new ArrayDeque<>(List.of(start));
        part[start] = start;
        int size = 0;
        while (!next.isEmpty()) {
            size++;
            for (int other : neighbours.get(next.remove())) {
                if (part[other] == NONE) {
                    part[other] = start;
                    next.add(other);
                }
            }
        }
        return size;
    }

    /** Those of the streets that go up, then of those that go across. */
    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < COLUMNS; i++) {
            names.add(WORDS.get(i % WORDS.size())
                    + (i % MAIN_EVERY == 0 ? " Avenue" : i < WORDS.size() ? " Street" : " Row"));
        }
        for (int j = 0; j < ROWS; j++) {
            names.add(WORDS.get((j * 5 + 3) % WORDS.size())
                    + (j % MAIN_EVERY == 0 ? " Road" : j < WORDS.size() ? " Lane" : " Way"));
        }
        return names;
    }

    private static List<Place> river() {
        List<Place> banks = new ArrayList<>();
        double end = 0.62 * COLUMNS * STEP;
        for (double east = -end; east <= end; east += 60) {
            banks.add(Place.ofMetres(east, riverAt(east) + RIVER_HALF));
        }
        for (double east = end; east >= -end; east -= 60) {
            banks.add(Place.ofMetres(east, riverAt(east) - RIVER_HALF));
        }
        return banks;
    }

    private List<Town.Shop> shops() {
        List<Town.Shop> shops = new ArrayList<>();
        for (int k = 0; k < SHOPS.size(); k++) {
            double angle = 2 * Math.PI * k / SHOPS.size();
            double far = 500 + 260 * (k % 3);
            Place wanted = Place.ofMetres(far * Math.cos(angle), far * Math.sin(angle));
            int nearest = 0;
            for (int i = 1; i < crossings.size(); i++) {
                if (crossings.get(i).metresTo(wanted) < crossings.get(nearest).metresTo(wanted)) {
                    nearest = i;
                }
            }
            shops.add(new Town.Shop(SHOPS.get(k), nearest));
        }
        return shops;
    }
}
