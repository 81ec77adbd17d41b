package dev.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the measurements are made on, as a reader needs to know it. */
final class Machine {

    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final Pattern CORES = Pattern.compile("(?m)^processor\\s*:");

    private Machine() {}

    /** The beginning of a command that runs on the first core only; nothing where there is one core, or no taskset. */
    static List<String> pinnedToServerCore() throws BenchException {
        return cores() > 1 && Files.isExecutable(TASKSET) ? List.of(TASKSET.toString(), "-c", "0") : List.of();
    }

    /** Of the machine, and not those that this process is pinned to. */
    private static long cores() throws BenchException {
        return CORES.matcher(file("/proc/cpuinfo")).results().count();
    }

    static Map<String, String> describe() throws BenchException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "cpu",
                first(file("/proc/cpuinfo"), "(?m)^model name\\s*:\\s*(.*)$", System.getProperty("os.arch", "")));
        facts.put("cores", Long.toString(cores()));
        facts.put(
                "memory",
                Math.round(Long.parseLong(first(file("/proc/meminfo"), "MemTotal:\\s*(\\d+)", "0")) / 1048576.0)
                        + " GiB");
        facts.put("kernel", file("/proc/sys/kernel/osrelease").strip());
        facts.put("java", Runtime.version().toString());
        facts.put("pinned", pinnedToServerCore().isEmpty() ? "no" : "servers to core 0, generator to core 1");
        facts.put("load", file("/proc/loadavg").split(" ", 2)[0]);
        return facts;
    }

    private static String file(String path) throws BenchException {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException e) {
            throw new BenchException(path + " can't be read: the bench runs on Linux only");
        }
    }

    private static String first(String text, String pattern, String otherwise) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        return found.find() ? found.group(1) : otherwise;
    }
}
