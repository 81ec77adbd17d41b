package dev.carillon.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * CPU time that a process has used so far, by {@code /proc/<pid>/stat}. Their sum is exact; how much of it was user's is
 * what the kernel saw at its ticks.
 *
 * @param user seconds; resolution 10 ms
 * @param system seconds; resolution 10 ms
 */
record CpuTime(double user, double system) {

    static final CpuTime NONE = new CpuTime(0, 0);

    /** What the kernel counts in: USER_HZ is 100 on every architecture that the bench runs on. */
    private static final double TICKS_A_SECOND = 100;

    /** Places of utime and stime among the fields behind the name, which is the second one. */
    private static final int UTIME = 11;

    private static final int STIME = 12;

    /** Places in the first line of {@code /proc/stat}. */
    private static final int IDLE = 4;

    private static final int WAITING = 5;
    private static final int STEAL = 8;

    static CpuTime of(long pid) {
        try {
            return parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param stat a line of the kernel's; the name in it is in parentheses, and may hold any characters, those too */
    static CpuTime parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return new CpuTime(
                Long.parseLong(fields[UTIME]) / TICKS_A_SECOND, Long.parseLong(fields[STIME]) / TICKS_A_SECOND);
    }

    /** Seconds in which any of the machine's cores was at work, for whomever, or was taken away by its host. */
    static double machine() {
        try {
            return parseMachine(Files.readString(Path.of("/proc/stat")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param stat user, nice, system, idle, iowait, irq, softirq, steal, and guests, who are in user already */
    static double parseMachine(String stat) {
        String[] fields = stat.lines().findFirst().orElse("").split("\\s+", -1);
        double ticks = 0;
        for (int i = 1; i <= STEAL; i++) {
            if (i != IDLE && i != WAITING) {
                ticks += Long.parseLong(fields[i]);
            }
        }
        return ticks / TICKS_A_SECOND;
    }

    /** The time of each of its threads, those of one name together; threads that have ended are in none. */
    static Map<String, CpuTime> threads(long pid) {
        Map<String, CpuTime> times = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path task : tasks.toList()) {
                try {
                    String stat = Files.readString(task.resolve("stat"));
                    String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
                    times.merge(name, parse(stat), CpuTime::plus);
                } catch (NoSuchFileException ended) {
                    // It ended between the listing and the look.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return times;
    }

    double total() {
        return user + system;
    }

    CpuTime plus(CpuTime more) {
        return new CpuTime(user + more.user, system + more.system);
    }

    CpuTime since(CpuTime before) {
        return new CpuTime(user - before.user, system - before.system);
    }
}
