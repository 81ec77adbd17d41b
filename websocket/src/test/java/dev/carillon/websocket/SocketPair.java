package dev.carillon.websocket;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Two ends of a stream within the kernel, as file descriptors that do not block. */
final class SocketPair implements AutoCloseable {

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MethodHandle PAIR = call("socketpair", INT, INT, INT, INT, ValueLayout.ADDRESS);
    private static final MethodHandle RECEIVE = call("recv", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
    private static final MethodHandle CLOSE = call("close", INT, INT);

    private static final int AF_UNIX = 1;

    /** SOCK_STREAM and SOCK_NONBLOCK. */
    private static final int STREAM = 0x801;

    final int writer;
    private final int reader;
    private boolean hasReader = true;

    SocketPair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment both = arena.allocate(8, 4);
            if ((int) PAIR.invokeExact(AF_UNIX, STREAM, 0, both) != 0) {
                throw new AssertionError("no socketpair");
            }
            writer = both.get(INT, 0);
            reader = both.get(INT, 4);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("restricted") // a test of native calls
    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, parameters));
    }

    /** What lies there, at most so many bytes. */
    byte[] read(int bytesMax) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(bytesMax);
            long count = (long) RECEIVE.invokeExact(reader, to, (long) bytesMax, 0);
            return to.asSlice(0, Math.max(count, 0)).toArray(ValueLayout.JAVA_BYTE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    void closeReader() {
        if (hasReader) {
            hasReader = false;
            close(reader);
        }
    }

    private static void close(int file) {
        try {
            int _ = (int) CLOSE.invokeExact(file);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        closeReader();
        close(writer);
    }
}
