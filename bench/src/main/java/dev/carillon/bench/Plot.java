package dev.carillon.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Every round of a workload as a dot, a strip for each side of each result, with a bar at the median. An SVG that is readable
 * on a light and on a dark page. Stateless.
 */
final class Plot {

    private static final int WIDTH = 760;
    private static final int LEFT = 130;
    private static final int RIGHT = 30;
    private static final int TOP = 44;
    private static final int STRIP = 20;
    private static final int GAP = 12;
    private static final int BOTTOM = 40;
    private static final int TICKS_MAX = 8;
    private static final String OURS = "#c2410c";
    private static final String THEIRS = "#2563eb";
    private static final String INK = "#7a7a7a";

    private Plot() {}

    /** @param results of one workload, each with the chief figure of at least one round */
    static String of(Workload workload, List<Result> results) {
        Metric metric = workload.chief();
        double most = results.stream()
                .flatMapToDouble(result -> Arrays.stream(new boolean[][] {{true}, {false}})
                        .flatMapToDouble(side -> Arrays.stream(result.values(metric, side[0]))))
                .max()
                .orElse(1);
        double step = step(most);
        double right = Math.max(step, Math.ceil(most / step) * step);
        int height = TOP + results.size() * (2 * STRIP + GAP) + BOTTOM;
        StringBuilder svg = new StringBuilder(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" role=\"img\">%n",
                WIDTH, height));
        text(svg, LEFT, 18, "start", workload.name() + ": " + metric.title + ", a dot a round, a bar at the median");
        axis(svg, metric, step, right, height - BOTTOM);
        int y = TOP;
        for (Result result : results) {
            strip(svg, Peer.CARILLON.title, OURS, result.values(metric, true), y, right);
            strip(svg, Peer.titleOf(result.peer()), THEIRS, result.values(metric, false), y + STRIP, right);
            y += 2 * STRIP + GAP;
        }
        return svg.append("</svg>\n").toString();
    }

    /** 1, 2 or 5 times a power of ten, so that there are few enough ticks. */
    static double step(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(most, 1e-9))) - 1);
        for (double factor : new double[] {1, 2, 5, 10, 20, 50}) {
            if (most / (factor * power) <= TICKS_MAX) {
                return factor * power;
            }
        }
        return 100 * power;
    }

    private static double x(double value, double right) {
        return LEFT + Math.max(0, value) / right * (WIDTH - LEFT - RIGHT);
    }

    private static void axis(StringBuilder svg, Metric metric, double step, double right, int bottom) {
        for (int i = 0; i * step <= right * 1.0001; i++) {
            double x = x(i * step, right);
            line(svg, x, TOP - 8, x, bottom, INK, 0.4);
            text(svg, x, bottom + 16, "middle", metric.format(i * step));
        }
    }

    private static void strip(StringBuilder svg, String title, String colour, double[] values, int y, double right) {
        double middle = y + STRIP / 2.0;
        text(svg, LEFT - 10, middle + 4, "end", title);
        for (double value : values) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\" fill-opacity=\"0.55\"/>%n",
                    x(value, right),
                    middle,
                    colour));
        }
        if (values.length > 0) {
            double x = x(Statistics.median(values), right);
            line(svg, x, y + 1, x, y + STRIP - 1, colour, 2);
        }
    }

    private static void line(
            StringBuilder svg, double x1, double y1, double x2, double y2, String colour, double width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>%n",
                x1,
                y1,
                x2,
                y2,
                colour,
                width));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                INK,
                text.replace("&", "&amp;").replace("<", "&lt;")));
    }
}
