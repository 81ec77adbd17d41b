package dev.carillon.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of a {@link Generator}, made directly: a load generator must spend less on a message than the server
 * that it measures, and what stands between the JDK's selector and the kernel costs about as much as a frame does. IPv4 on
 * Linux, x86_64 and aarch64.
 *
 * <p>A call that fails answers the negative of its {@code errno}. For the one thread that made it.
 */
final class Kernel implements AutoCloseable {

    /** What {@link #epollWait} tells about a descriptor: bytes to read, room to write, or its end. */
    static final int IN = 1;

    static final int OUT = 4;

    static final int AGAIN = -11;
    static final int INTERRUPTED = -4;
    static final int IN_PROGRESS = -115;

    /** For {@link #setOption}. */
    static final int SOL_SOCKET = 1;

    static final int SO_RCVBUF = 8;
    static final int IPPROTO_TCP = 6;
    static final int TCP_NODELAY = 1;

    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SO_ERROR = 4;
    private static final int SO_LINGER = 13;
    private static final int IP_BIND_ADDRESS_NO_PORT = 24;
    private static final int TCP_INFO = 11;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int EPOLL_ADD = 1;
    private static final int EPOLL_CHANGE = 3;

    /** {@code struct tcp_info}: up to and with {@code tcpi_data_segs_in}, which lies here. */
    private static final int TCP_INFO_BYTES = 160;

    private static final int DATA_SEGMENTS_IN = 152;

    /** {@code struct epoll_event} is packed on x86_64 only. */
    private static final boolean IS_PACKED =
            Arrays.asList("amd64", "x86_64").contains(System.getProperty("os.arch", ""));

    private static final int EVENT_BYTES = IS_PACKED ? 12 : 16;
    private static final int EVENT_DATA = IS_PACKED ? 4 : 8;
    private static final int SCRATCH_BYTES = 256;
    private static final long NANOS_A_SECOND = 1_000_000_000L;

    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt ADDRESS = ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt EVENTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final MemoryLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
    private static final MethodHandle BIND = call("bind", INT, INT, POINTER, INT);
    private static final MethodHandle CONNECT = call("connect", INT, INT, POINTER, INT);
    private static final MethodHandle CLOSE = call("close", INT, INT);
    private static final MethodHandle RECEIVE = call("recv", LONG, INT, POINTER, LONG, INT);
    private static final MethodHandle SEND = call("send", LONG, INT, POINTER, LONG, INT);
    private static final MethodHandle SET_OPTION = call("setsockopt", INT, INT, INT, INT, POINTER, INT);
    private static final MethodHandle GET_OPTION = call("getsockopt", INT, INT, INT, INT, POINTER, POINTER);
    private static final MethodHandle EPOLL_CREATE = call("epoll_create1", INT, INT);
    private static final MethodHandle EPOLL_CONTROL = call("epoll_ctl", INT, INT, INT, INT, POINTER);
    private static final MethodHandle EPOLL_WAIT = call("epoll_pwait2", INT, INT, POINTER, INT, POINTER, POINTER);
    private static final MethodHandle PROCESS_CONTROL = call("prctl", INT, INT, LONG, LONG, LONG, LONG);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment captured = arena.allocate(CAPTURED);
    private final MemorySegment scratch = arena.allocate(SCRATCH_BYTES, 8);
    private final MemorySegment time = arena.allocate(16, 8);
    private final MemorySegment events;
    private final int eventsMax;
    private final int epoll;

    /** @param eventsMax how many descriptors one {@link #epollWait} tells about at most */
    Kernel(int eventsMax) throws BenchException {
        this.eventsMax = eventsMax;
        events = arena.allocate((long) EVENT_BYTES * eventsMax, 8);
        epoll = require("epoll_create1", invoke(EPOLL_CREATE, 0));
        // A thread's timers are up to 50 µs late otherwise, and a paced load would be sent so much behind its time.
        require("prctl", sharpenTimers());
    }

    // The launcher and the tests permit native access.
    @SuppressWarnings("restricted")
    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... parameters) {
        SymbolLookup lookup = Linker.nativeLinker().defaultLookup();
        MemorySegment function = lookup.find(name)
                .orElseThrow(() -> new UnsupportedOperationException(
                        "the C library has no " + name + ": the bench needs Linux with glibc 2.35 or later"));
        FunctionDescriptor descriptor = FunctionDescriptor.of(result, parameters);
        return Linker.nativeLinker().downcallHandle(function, descriptor, Linker.Option.captureCallState("errno"));
    }

    /** Memory that lives as long as this does. */
    MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, 64);
    }

    /** A TCP socket that doesn't block and sends small writes at once. */
    int open() throws BenchException {
        int socket = require("socket", invoke(SOCKET, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        setOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
        return socket;
    }

    /** Where it connects from; the port is chosen with the connection, so that it needs to be free for that peer only. */
    void bind(int socket, int address) throws BenchException {
        setOption(socket, 0, IP_BIND_ADDRESS_NO_PORT, 1);
        require("bind", invoke(BIND, socket, address(address, 0), 16));
    }

    /** 0 if it is connected already; {@link #IN_PROGRESS} is the usual. */
    int connect(int socket, int address, int port) {
        return invoke(CONNECT, socket, address(address, port), 16);
    }

    private MemorySegment address(int address, int port) {
        scratch.asSlice(0, 16).fill((byte) 0);
        scratch.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
        scratch.set(PORT, 2, (short) port);
        scratch.set(ADDRESS, 4, address);
        return scratch;
    }

    /** How a connection that was in progress went: 0, or its errno. */
    int connected(int socket) throws BenchException {
        scratch.set(INT, 0, 0);
        option(socket, SOL_SOCKET, SO_ERROR, 4);
        return scratch.get(INT, 0);
    }

    void setOption(int socket, int level, int option, int value) throws BenchException {
        scratch.set(INT, 0, value);
        setScratch(socket, level, option, 4);
    }

    private void setScratch(int socket, int level, int option, int bytes) throws BenchException {
        try {
            int answer = (int) SET_OPTION.invokeExact(captured, socket, level, option, scratch, bytes);
            require("setsockopt", result(answer));
        } catch (BenchException e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private void option(int socket, int level, int option, int bytes) throws BenchException {
        MemorySegment length = scratch.asSlice(SCRATCH_BYTES - 8L, 4);
        length.set(INT, 0, bytes);
        try {
            int answer = (int) GET_OPTION.invokeExact(captured, socket, level, option, scratch, length);
            require("getsockopt", result(answer));
        } catch (BenchException e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Segments with data that have come in so far. Over loopback a write is a segment, unless it is larger than 64 KiB or
     * waited behind another one: so frames over segments is what the peer puts into one write.
     */
    long segmentsReceived(int socket) throws BenchException {
        option(socket, IPPROTO_TCP, TCP_INFO, TCP_INFO_BYTES);
        return Integer.toUnsignedLong(scratch.get(INT, DATA_SEGMENTS_IN));
    }

    /** Bytes received; 0 at the peer's end of the stream. */
    int receive(int socket, MemorySegment into, long at, long room) {
        try {
            long bytes = (long) RECEIVE.invokeExact(captured, socket, into.asSlice(at, room), room, 0);
            return bytes < 0 ? -errno() : (int) bytes;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Bytes taken by the kernel, perhaps fewer than given. */
    int send(int socket, MemorySegment from, long at, long length) {
        try {
            long bytes = (long) SEND.invokeExact(captured, socket, from.asSlice(at, length), length, MSG_NOSIGNAL);
            return bytes < 0 ? -errno() : (int) bytes;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Has a descriptor watched; {@code number} is what {@link #number} tells it by. */
    void watch(int descriptor, int interest, int number) throws BenchException {
        require("epoll_ctl", control(EPOLL_ADD, descriptor, interest, number));
    }

    void change(int descriptor, int interest, int number) throws BenchException {
        require("epoll_ctl", control(EPOLL_CHANGE, descriptor, interest, number));
    }

    private int control(int what, int descriptor, int interest, int number) {
        scratch.set(EVENTS, 0, interest);
        scratch.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, number);
        return invoke(EPOLL_CONTROL, epoll, what, descriptor, scratch);
    }

    /** Waits for at most so many nanoseconds, and answers how many descriptors have something to tell. */
    int epollWait(long nanosMax) throws BenchException {
        long nanos = Math.max(0, nanosMax);
        time.set(LONG, 0, nanos / NANOS_A_SECOND);
        time.set(LONG, 8, nanos % NANOS_A_SECOND);
        int ready;
        try {
            ready = (int) EPOLL_WAIT.invokeExact(captured, epoll, events, eventsMax, time, MemorySegment.NULL);
        } catch (Throwable e) {
            throw impossible(e);
        }
        if (ready < 0) {
            int errno = -errno();
            return errno == INTERRUPTED ? 0 : require("epoll_pwait2", errno);
        }
        return ready;
    }

    /** What the i-th of those was watched as. */
    int number(int i) {
        return (int) events.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * EVENT_BYTES + EVENT_DATA);
    }

    /** Bits of {@link #IN}, {@link #OUT} and others, which tell an end. */
    int told(int i) {
        return events.get(EVENTS, (long) i * EVENT_BYTES);
    }

    /** Ends a connection by RST: the peer learns at once, and no port stays behind in TIME_WAIT. */
    void reset(int socket) throws BenchException {
        scratch.set(INT, 0, 1);
        scratch.set(INT, 4, 0);
        setScratch(socket, SOL_SOCKET, SO_LINGER, 8);
        require("close", invoke(CLOSE, socket));
    }

    // One for each shape of parameters, because a handle is called at full speed only by its exact type.

    private int invoke(MethodHandle call, int a) {
        try {
            return result((int) call.invokeExact(captured, a));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int invoke(MethodHandle call, int a, int b, int c) {
        try {
            return result((int) call.invokeExact(captured, a, b, c));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int invoke(MethodHandle call, int a, MemorySegment b, int c) {
        try {
            return result((int) call.invokeExact(captured, a, b, c));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int invoke(MethodHandle call, int a, int b, int c, MemorySegment d) {
        try {
            return result((int) call.invokeExact(captured, a, b, c, d));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int sharpenTimers() {
        try {
            return result((int) PROCESS_CONTROL.invokeExact(captured, PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int result(int answer) {
        return answer < 0 ? -errno() : answer;
    }

    private int errno() {
        return (int) ERRNO.get(captured, 0L);
    }

    private static int require(String call, int result) throws BenchException {
        if (result < 0) {
            throw new BenchException(call + " failed with errno " + -result
                    + (result == -24 ? ": raise the number of open files (ulimit -n)" : ""));
        }
        return result;
    }

    private static AssertionError impossible(@Nullable Throwable cause) {
        return new AssertionError("a downcall failed", cause);
    }

    @Override
    public void close() {
        try {
            invoke(CLOSE, epoll);
        } finally {
            arena.close();
        }
    }
}
