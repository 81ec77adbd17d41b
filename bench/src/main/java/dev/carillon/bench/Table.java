package dev.carillon.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Rows of numbers under names that say their units. A number that was not measured is NaN. For one thread. */
final class Table {

    private final List<String> columns;
    private final List<double[]> rows = new ArrayList<>();

    Table(String... columns) {
        this.columns = List.of(columns);
    }

    void add(double... row) {
        if (row.length != columns.size()) {
            throw new IllegalArgumentException(row.length + " cells under " + columns.size() + " names");
        }
        rows.add(row);
    }

    /**
     * How much a column grows for one more of the first column: the slope of the least squares line.
     *
     * @return NaN with fewer than two rows
     */
    double slope(String column) {
        int at = columns.indexOf(column);
        double meanX = rows.stream().mapToDouble(row -> row[0]).average().orElse(Double.NaN);
        double meanY = rows.stream().mapToDouble(row -> row[at]).average().orElse(Double.NaN);
        double xy = 0;
        double xx = 0;
        for (double[] row : rows) {
            xy += (row[0] - meanX) * (row[at] - meanY);
            xx += (row[0] - meanX) * (row[0] - meanX);
        }
        return xy / xx;
    }

    /** A column's cell in the last row. */
    double last(String column) {
        return rows.getLast()[columns.indexOf(column)];
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("| ").append(String.join(" | ", columns)).append(" |\n|");
        text.append("---|".repeat(columns.size())).append('\n');
        for (double[] row : rows) {
            text.append(Arrays.stream(row).mapToObj(Table::plain).collect(Collectors.joining(" | ", "| ", " |\n")));
        }
        return text.toString();
    }

    /** For {@link Json}. */
    List<Map<String, Object>> toMaps() {
        List<Map<String, Object>> maps = new ArrayList<>();
        for (double[] row : rows) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < row.length; i++) {
                if (!Double.isNaN(row[i])) {
                    map.put(columns.get(i), row[i]);
                }
            }
            maps.add(map);
        }
        return maps;
    }

    /** As it stands in a cell. */
    static String plain(double number) {
        if (Double.isNaN(number)) {
            return "not measured";
        }
        return number == Math.rint(number) ? Long.toString((long) number) : String.format(Locale.ROOT, "%.2f", number);
    }
}
