package dev.carillon.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;

/** The two ways to let go of a socket. */
final class Sockets {

    private Sockets() {}

    /** In good order: what was written still arrives, and then the end. */
    static void close(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which is all that was wanted.
        }
    }

    /** With a reset (RFC 9293 §3.10.5, the ABORT call): its peer reads an error, and nothing of what was still on its way. */
    static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already, or was never connected.
        }
        close(socket);
    }
}
