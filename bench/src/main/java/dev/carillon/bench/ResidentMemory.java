package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /proc} says of a process's memory. */
final class ResidentMemory {

    /** Without the pages of its files, such as the program itself: these are shared, and come and go as they are used. */
    private static final Pattern OWN_PAGES = Pattern.compile("(?m)^Rss(Anon|Shmem):\\s+(\\d+) kB");

    private ResidentMemory() {}

    /** Bytes of its own that are in memory. */
    static double of(long process) throws BenchException {
        try {
            return parse(Files.readString(Path.of("/proc", Long.toString(process), "status")));
        } catch (IOException e) {
            throw new BenchException("process " + process + " has ended");
        }
    }

    static double parse(String status) throws BenchException {
        Matcher pages = OWN_PAGES.matcher(status);
        double bytes = 0;
        while (pages.find()) {
            bytes += Long.parseLong(pages.group(2)) * 1024.0;
        }
        if (bytes == 0) {
            throw new BenchException("/proc tells nothing of the server's memory");
        }
        return bytes;
    }
}
