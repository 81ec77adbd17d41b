package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Rows of numbers under names that say their units; printed as Markdown and written as JSON. For one thread. */
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

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("| ").append(String.join(" | ", columns)).append(" |\n|");
        text.append("---|".repeat(columns.size())).append('\n');
        for (double[] row : rows) {
            text.append(Arrays.stream(row).mapToObj(Table::plain).collect(Collectors.joining(" | ", "| ", " |\n")));
        }
        return text.toString();
    }

    /**
     * Writes everything as JSON to a new file in the build's folder.
     *
     * @param settings what was measured, as it was asked for
     * @return the file
     */
    Path write(Path home, String name, List<String> settings) throws IOException {
        String when = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String json = String.format(
                "{\"bench\": \"%s\", \"at\": \"%s\", \"java\": \"%s\", \"settings\": [%s],%n \"columns\": [%s],%n \"rows\": [%s]}%n",
                name,
                when,
                Runtime.version(),
                quoted(settings),
                quoted(columns),
                rows.stream()
                        .map(row ->
                                Arrays.stream(row).mapToObj(Table::plain).collect(Collectors.joining(", ", "[", "]")))
                        .collect(Collectors.joining(",\n  ")));
        Path folder = Files.createDirectories(home.resolve(".build").resolve("bench"));
        return Files.writeString(folder.resolve(name + "-" + when.replace(":", "") + ".json"), json);
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> "\"" + word + "\"").collect(Collectors.joining(", "));
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : String.format(Locale.ROOT, "%.2f", number);
    }
}
