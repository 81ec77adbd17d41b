package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class KernelTest {

    private static final int LOOPBACK = 0x7F000001;
    private static final long PATIENCE = Duration.ofSeconds(20).toNanos();

    @Test
    void aSegmentIsWhatThePeerPutIntoOneWrite() throws IOException, BenchException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Kernel kernel = new Kernel(8)) {
            int socket = connect(kernel, listening.getLocalPort(), LOOPBACK);
            try (Socket peer = listening.accept()) {
                peer.setTcpNoDelay(true);
                for (int bytes : new int[] {10, 1000, 30_000}) {
                    peer.getOutputStream().write(new byte[bytes]);
                }
                assertThat(receive(kernel, socket, 31_010)).isEqualTo(31_010);
                assertThat(kernel.segmentsReceived(socket)).isEqualTo(3);
            }
            kernel.reset(socket);
        }
    }

    @Test
    void aConnectionComesFromTheAddressThatItIsBoundTo() throws IOException, BenchException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Kernel kernel = new Kernel(8)) {
            int socket = connect(kernel, listening.getLocalPort(), LOOPBACK + 4);
            try (Socket peer = listening.accept()) {
                assertThat(peer.getInetAddress().getHostAddress()).isEqualTo("127.0.0.5");
            }
            kernel.reset(socket);
        }
    }

    @Test
    void aRefusedConnectionIsToldByItsErrno() throws IOException, BenchException {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        try (Kernel kernel = new Kernel(8)) {
            int socket = kernel.open();
            int refused = kernel.connect(socket, LOOPBACK, port);
            if (refused == Kernel.IN_PROGRESS) {
                kernel.watch(socket, Kernel.OUT, 1);
                await(kernel);
                refused = -kernel.connected(socket);
            }
            assertThat(refused).isEqualTo(-111);
            kernel.reset(socket);
        }
    }

    @Test
    void waitingEndsAtItsTimeWhereNothingHappens() throws BenchException {
        try (Kernel kernel = new Kernel(8)) {
            long from = System.nanoTime();
            assertThat(kernel.epollWait(2_000_000)).isZero();
            assertThat(System.nanoTime() - from).isGreaterThanOrEqualTo(2_000_000);
        }
    }

    private static int connect(Kernel kernel, int port, int from) throws BenchException {
        int socket = kernel.open();
        kernel.bind(socket, from);
        int answer = kernel.connect(socket, LOOPBACK, port);
        assertThat(answer).isIn(0, Kernel.IN_PROGRESS);
        kernel.watch(socket, Kernel.OUT, 7);
        await(kernel);
        assertThat(kernel.number(0)).isEqualTo(7);
        assertThat(kernel.told(0) & Kernel.OUT).isNotZero();
        assertThat(kernel.connected(socket)).isZero();
        kernel.change(socket, Kernel.IN, 7);
        return socket;
    }

    private static void await(Kernel kernel) throws BenchException {
        assertThat(kernel.epollWait(PATIENCE)).isEqualTo(1);
    }

    private static int receive(Kernel kernel, int socket, int wanted) throws BenchException {
        MemorySegment into = kernel.allocate(1 << 16);
        int received = 0;
        while (received < wanted) {
            await(kernel);
            int bytes = kernel.receive(socket, into, received, into.byteSize() - received);
            assertThat(bytes).isPositive();
            received += bytes;
        }
        return received;
    }
}
