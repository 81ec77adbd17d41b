package dev.carillon.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code strace -f -y} wrote down of a process. Where a call was interrupted by the line of another thread, strace
 * writes it in two lines; such a call is put together again, and lies between the two.
 */
final class SystemCalls {

    private static final Pattern LINE = Pattern.compile("(\\d+) +\\S+ (.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. (\\w+) resumed>(.*)");
    private static final String UNFINISHED = " <unfinished ...>";

    /**
     * A call.
     *
     * @param begin the line on which it was seen to begin
     * @param end the line on which it was seen to return
     * @param text its name, arguments and result
     */
    record Call(int begin, int end, String text) {

        private static final Pattern FILE = Pattern.compile("(\\w+)\\(\\d+<([^>]*)>.*", Pattern.DOTALL);

        boolean isWrite() {
            return text.startsWith("write") || text.startsWith("pwrite") || text.startsWith("send");
        }

        /** Whether it returned only once the file is on the device. */
        boolean isSync() {
            return text.matches("(fdatasync|fsync)\\(.*\\) += 0");
        }

        /** What it is about: a path, or {@code socket:…} or {@code TCP:…}. */
        String file() {
            Matcher matcher = FILE.matcher(text);
            return matcher.matches() ? matcher.group(2) : "";
        }

        boolean isToSocket() {
            return isWrite() && file().matches("(socket|TCP|TCPv6):.*");
        }
    }

    private SystemCalls() {}

    /** The program that writes down and becomes another. It stays the child of nobody, so that the other is the child. */
    static List<String> writingTo(Path file) {
        return List.of(
                "strace",
                "-D",
                "-f",
                "-tt",
                "-y",
                "-s",
                "4096",
                "-e",
                "trace=fdatasync,fsync,sync_file_range,write,pwrite64,writev,sendto,sendmsg",
                "-o",
                file.toString());
    }

    /** Reads what was written about a process that has ended; waits for the end of the writing. */
    static List<Call> read(Path file, long pid) throws IOException, InterruptedException {
        Pattern end = Pattern.compile("(?m)^" + pid + " +\\S+ \\+\\+\\+ (exited|killed) ");
        Peer.until("the trace is whole", () -> end.matcher(textOf(file)).find());
        return calls(textOf(file).lines().toList());
    }

    private static String textOf(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Call> calls(List<String> lines) {
        record Begun(int line, String text) {}
        Map<String, Begun> begun = new HashMap<>();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher line = LINE.matcher(lines.get(i));
            if (!line.matches()) {
                continue;
            }
            String thread = line.group(1);
            String text = line.group(2);
            Matcher resumed = RESUMED.matcher(text);
            if (text.endsWith(UNFINISHED)) {
                begun.put(thread, new Begun(i, text.substring(0, text.length() - UNFINISHED.length())));
            } else if (resumed.matches()) {
                Begun first = begun.remove(thread);
                if (first != null) {
                    calls.add(new Call(first.line(), i, first.text() + resumed.group(2)));
                }
            } else {
                calls.add(new Call(i, i, text));
            }
        }
        return calls;
    }
}
