package dev.carillon.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many files and sockets the process may have open. */
final class OpenFiles {

    /** For jars, the log's files and whatever else is no connection. */
    static final int SPARE = 1000;

    private OpenFiles() {}

    /** The limit; as good as none where the system has no such thing. */
    static long max() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }
}
