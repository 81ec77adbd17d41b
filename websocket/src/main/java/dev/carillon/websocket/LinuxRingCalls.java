package dev.carillon.websocket;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The calls by {@code syscall(2)} of the C library, so that one linkage does for all of them. The first use of this class
 * links it, which takes tens of milliseconds.
 */
final class LinuxRingCalls implements RingCalls {

    /** The numbers that differ from one architecture to the other; those of io_uring do not. */
    private enum Architecture {
        X86_64(9, 11, 3),
        AARCH64(222, 215, 57);

        private final int mmap;
        private final int munmap;
        private final int close;

        Architecture(int mmap, int munmap, int close) {
            this.mmap = mmap;
            this.munmap = munmap;
            this.close = close;
        }

        static Architecture ofThis() {
            return System.getProperty("os.arch", "").equals("aarch64") ? AARCH64 : X86_64;
        }
    }

    private static final int IO_URING_SETUP = 425;
    private static final int IO_URING_ENTER = 426;

    /** PROT_READ and PROT_WRITE. */
    private static final int READ_AND_WRITE = 3;

    /** MAP_SHARED, and MAP_POPULATE so that no page is missing later. */
    private static final int SHARED_AND_THERE = 0x8001;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = link();
    private static final Architecture ARCHITECTURE = Architecture.ofThis();

    private final MemorySegment state = Arena.ofAuto().allocate(STATE);

    /** Links, if that was not done before; a {@link LinkageError} where it can't be. */
    static void prepare() {
        new LinuxRingCalls().close(-1); // refused, and does no harm
    }

    @SuppressWarnings("restricted") // native code is what this class is for
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        MemorySegment syscall = linker.defaultLookup()
                .find("syscall")
                .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no syscall(2)"));
        return linker.downcallHandle(
                syscall,
                FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                Linker.Option.firstVariadicArg(1),
                Linker.Option.captureCallState("errno"));
    }

    @Override
    public long setup(int entries, MemorySegment parameters) {
        return call(IO_URING_SETUP, entries, parameters.address(), 0, 0, 0, 0);
    }

    @Override
    public long enter(int ring, int toSubmit, int toComplete, int flags) {
        return call(IO_URING_ENTER, ring, toSubmit, toComplete, flags, 0, 0);
    }

    @Override
    public long map(int ring, long bytes, long offset) {
        return call(ARCHITECTURE.mmap, 0, bytes, READ_AND_WRITE, SHARED_AND_THERE, ring, offset);
    }

    @Override
    public long unmap(long address, long bytes) {
        return call(ARCHITECTURE.munmap, address, bytes, 0, 0, 0, 0);
    }

    @Override
    public long close(int ring) {
        return call(ARCHITECTURE.close, ring, 0, 0, 0, 0, 0);
    }

    private long call(long number, long a, long b, long c, long d, long e, long f) {
        try {
            long answer = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f);
            return answer == -1 ? -state.get(ValueLayout.JAVA_INT, ERRNO) : answer;
        } catch (Throwable failure) {
            throw new LinkageError("syscall(2) could not be called", failure);
        }
    }
}
