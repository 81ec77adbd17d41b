package dev.carillon.bench;

import dev.carillon.bench.Target.Memory;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a process is asked for its memory, by what it runs on. Each collects garbage first where it can. Blocks. */
final class MemoryProbes {

    private static final Pattern LIVE_OBJECTS = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final Pattern CATEGORY =
            Pattern.compile("-\\s+([A-Z][A-Za-z ]+) \\(reserved=\\d+KB, committed=(\\d+)KB");

    private MemoryProbes() {}

    /**
     * A Java virtual machine. The heap is the sum of the live objects, which the histogram counts right after a full
     * collection of its own: what the collector calls used would include the buffers that threads have begun to allocate from
     * since. What is outside the heap is told only where it was started with {@code -XX:NativeMemoryTracking=summary}.
     */
    static Memory ofJava(long process) throws BenchException {
        Matcher live = LIVE_OBJECTS.matcher(jcmd(process, "GC.class_histogram"));
        if (!live.find()) {
            throw new BenchException("jcmd tells nothing of the server's heap");
        }
        double direct = 0;
        double runtime = 0;
        Matcher category = CATEGORY.matcher(jcmd(process, "VM.native_memory", "summary"));
        while (category.find()) {
            double bytes = Long.parseLong(category.group(2)) * 1024.0;
            switch (category.group(1)) {
                case "Java Heap" -> {}
                case "Other" -> direct += bytes;
                default -> runtime += bytes;
            }
        }
        boolean isTracked = runtime > 0;
        return new Memory(
                Long.parseLong(live.group(1)),
                isTracked ? direct : Double.NaN,
                isTracked ? runtime : Double.NaN,
                ResidentMemory.of(process));
    }

    private static String jcmd(long process, String... words) throws BenchException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(Long.toString(process));
        command.addAll(List.of(words));
        try {
            Process asked =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var out = asked.inputReader(StandardCharsets.UTF_8)) {
                String answer = out.readAllAsString();
                asked.waitFor();
                return answer;
            }
        } catch (IOException e) {
            throw new BenchException("jcmd failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }

    /** One of the peers in JavaScript: it collects, and answers with {@code process.memoryUsage()}. */
    static Memory ofJavaScript(long process, URI address) throws BenchException {
        String usage;
        try (var answer = address.toURL().openStream()) {
            usage = new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BenchException("the server tells nothing of its memory: " + e.getMessage());
        }
        return new Memory(member(usage, "heapUsed"), member(usage, "external"), Double.NaN, ResidentMemory.of(process));
    }

    private static double member(String usage, String name) throws BenchException {
        Matcher value = Pattern.compile("\"" + name + "\":(\\d+)").matcher(usage);
        if (!value.find()) {
            throw new BenchException("the server tells nothing of its memory: " + usage);
        }
        return Double.parseDouble(value.group(1));
    }

    /** One that only the kernel tells of. */
    static Memory ofOther(long process) throws BenchException {
        return new Memory(Double.NaN, Double.NaN, Double.NaN, ResidentMemory.of(process));
    }
}
