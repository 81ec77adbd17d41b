package dev.carillon.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volleys over real sockets: by calls of their own, by io_uring, and by rings that fail. */
@Timeout(60)
class VolleyTest {

    private static final int READERS = 8;
    private static final int MEMORY_BYTES = 1 << 20;

    private final List<Reader> readers = new ArrayList<>();
    private final BlockingQueue<WebSocketConnection> opened = new ArrayBlockingQueue<>(READERS);
    private final byte[] content = new byte[MEMORY_BYTES];
    private final ByteBuf memory = Unpooled.directBuffer(MEMORY_BYTES, MEMORY_BYTES);
    private final MultiThreadIoEventLoopGroup loop;

    /** One end that the volley sends to, and the other, which reads; and where what it was sent lies in the memory. */
    private record Reader(Socket socket, WebSocketConnection connection, List<int[]> expected) {

        byte[] expectedOf(byte[] content) {
            byte[] all = new byte[expected.stream().mapToInt(part -> part[1]).sum()];
            int at = 0;
            for (int[] part : expected) {
                System.arraycopy(content, part[0], all, at, part[1]);
                at += part[1];
            }
            return all;
        }
    }

    VolleyTest() {
        assumeTrue(Epoll.isAvailable(), "volleys are for epoll");
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @BeforeEach
    void connect() throws Exception {
        Seed.forProperty("volleyContent").nextBytes(content);
        memory.writeBytes(content);
        Channel server = new ServerBootstrap()
                .group(loop)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        WebSocketListener listener = new RecordingListener() {
                            @Override
                            public void onOpen(WebSocketConnection connection) {
                                opened.add(connection);
                            }
                        };
                        WebSocketHandler.open(
                                socket.pipeline(), new WebSocketHandler(WebSocketLimits.defaults(), listener));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        for (int i = 0; i < READERS; i++) {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(16 << 10);
            socket.setSoTimeout(30_000);
            socket.connect((InetSocketAddress) server.localAddress());
            WebSocketConnection connection = Objects.requireNonNull(opened.poll(30, TimeUnit.SECONDS));
            readers.add(new Reader(socket, connection, new ArrayList<>()));
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Reader reader : readers) {
            reader.socket.close();
        }
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        memory.release();
    }

    private void onLoop(Runnable task) throws Exception {
        loop.submit(task).get(30, TimeUnit.SECONDS);
    }

    /** As a reader of a run is given it: by the volley if it takes it, else by itself. */
    private void give(Volley volley, Reader to, int at, int length) {
        to.expected.add(new int[] {at, length});
        if (!volley.add(to.connection, at, length, 0)) {
            to.connection.sendShared(memory, at, length, 0);
        }
    }

    private void giveAll(Volley volley, int at, int length) {
        readers.forEach(reader -> give(volley, reader, at, length));
        volley.send(memory);
    }

    private void assertAllCame(Reader reader) throws IOException {
        byte[] expected = reader.expectedOf(content);
        byte[] came = reader.socket.getInputStream().readNBytes(expected.length);
        assertThat(came.length).isEqualTo(expected.length);
        assertThat(Arrays.mismatch(came, expected)).isEqualTo(-1);
    }

    /** Reads behind what was expected: nothing may be there but the end. */
    private void assertNothingElseComes(Reader reader) throws Exception {
        reader.socket.shutdownOutput();
        assertThat(reader.socket.getInputStream().read()).isEqualTo(-1);
    }

    private SendRings rings(boolean byRing) {
        if (!byRing) {
            return SendRings.off();
        }
        SendRingTest.open().close(); // or the test says nothing
        return SendRings.linked(1, LinuxRingCalls::new, why -> {});
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readersWhoseSocketsAreFullGetAllWholeAndInOrder(boolean byRing) throws Exception {
        SplittableRandom random = Seed.forProperty("volley");
        SendRings rings = rings(byRing);
        Volley volley = new Volley(rings);
        for (int round = 0; round < 400; round++) {
            onLoop(() -> {
                for (Reader reader : readers) {
                    int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 300);
                    if (random.nextInt(5) > 0) {
                        give(volley, reader, random.nextInt(MEMORY_BYTES - length), length);
                    }
                }
                volley.send(memory);
            });
            Reader quick = readers.get(random.nextInt(2));
            if (round % 20 == 0) {
                assertAllCame(quick);
                quick.expected.clear();
            }
        }
        assertThat(rings.sends() > 0).isEqualTo(byRing);
        for (Reader reader : readers) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
        onLoop(volley::close);
        assertThat(rings.openRings()).isZero();
    }

    @Test
    void aVolleyLargerThanTheRingIsSentInOrder() throws Exception {
        SendRings rings = rings(true);
        Volley volley = new Volley(rings);
        int sends = 3 * SendRing.SENDS_MAX + 17;
        onLoop(() -> {
            for (int i = 0; i < sends; i++) {
                give(
                        volley,
                        readers.get(i % READERS),
                        i * 8,
                        8); // many times each, which is well as long as all of it fits
            }
            volley.send(memory);
            volley.close();
        });
        assertThat(rings.sends()).isEqualTo(sends);
        for (Reader reader : readers) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
    }

    @Test
    void readersThatResetInTheMiddleHoldUpNoOther() throws Exception {
        Volley volley = new Volley(rings(true));
        for (int round = 0; round < 100; round++) {
            int at = round * 100;
            if (round % 25 == 10) {
                Reader gone = readers.get(round / 25);
                gone.socket.setSoLinger(true, 0);
                gone.socket.close();
            }
            onLoop(() -> giveAll(volley, at, 100));
        }
        for (Reader reader : readers.subList(4, READERS)) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
        for (Reader gone : readers.subList(0, 4)) {
            gone.connection.channel().closeFuture().await(30, TimeUnit.SECONDS);
            assertThat(gone.connection.channel().isOpen()).isFalse();
        }
        onLoop(volley::close);
    }

    @Test
    void aRefusedRingIsNotMissed() throws Exception {
        FakeKernel kernel = new FakeKernel();
        kernel.setupAnswer = -1;
        List<String> log = new ArrayList<>();
        SendRings rings = SendRings.linked(1, () -> kernel, log::add);
        Volley volley = new Volley(rings);
        onLoop(() -> giveAll(volley, 0, 1000));
        onLoop(() -> giveAll(volley, 1000, 1000));
        for (Reader reader : readers) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
        assertThat(kernel.setups).isEqualTo(1);
        assertThat(log).hasSize(1);
        assertThat(rings.sends()).isZero();
    }

    @Test
    void whatABrokenRingWasNotGivenIsSentOnceByItself() throws Exception {
        FakeKernel kernel = new FakeKernel();
        kernel.then(toSubmit -> {
                    kernel.complete(kernel.take(), 0);
                    kernel.complete(kernel.take(), -11);
                    return 2;
                })
                .then(toSubmit -> -9);
        SendRings rings = SendRings.linked(1, () -> kernel, why -> {});
        Volley volley = new Volley(rings);
        onLoop(() -> giveAll(volley, 0, 1000));
        assertThat(rings.openRings()).isZero();
        assertThat(kernel.closes).isEqualTo(1);
        onLoop(() -> giveAll(volley, 1000, 1000));
        for (Reader reader : readers) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
        assertThat(kernel.setups).isEqualTo(1);
    }

    @Test
    void aConnectionOfWhichNobodyKnowsWhatWasSentEnds() throws Exception {
        FakeKernel kernel = new FakeKernel();
        kernel.then(toSubmit -> {
                    kernel.take();
                    return 1;
                })
                .then(toSubmit -> -9);
        Volley volley = new Volley(SendRings.linked(1, () -> kernel, why -> {}));
        onLoop(() -> giveAll(volley, 0, 1000));
        assertThat(readers.getFirst().socket.getInputStream().read()).isEqualTo(-1);
        for (Reader reader : readers.subList(1, READERS)) {
            assertAllCame(reader);
            assertNothingElseComes(reader);
        }
    }
}
