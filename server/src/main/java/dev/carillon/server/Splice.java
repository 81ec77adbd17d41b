package dev.carillon.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** Two connections joined into one, each of whose pieces somebody may look at as it passes. */
final class Splice {

    private static final int BUFFER_BYTES = 16 << 10;

    /** Looks at what passes in one direction; on that direction's thread. */
    interface Look {
        void at(byte[] bytes, int length);
    }

    private Splice() {}

    /**
     * Carries both directions until the far end has said all, or either has gone; then both are closed. Blocks, and takes a
     * virtual thread for the way to the far end.
     *
     * @param in the near end's, of which some may have been read
     */
    static void join(Socket near, InputStream in, Socket far, Look up, Look down) throws IOException {
        Thread.startVirtualThread(() -> {
            try {
                carry(in, far.getOutputStream(), up);
                far.shutdownOutput();
            } catch (IOException e) {
                closeQuietly(far); // the near end has gone: the far one is to know
            }
        });
        try {
            carry(far.getInputStream(), near.getOutputStream(), down);
        } finally {
            closeQuietly(near);
            closeQuietly(far);
        }
    }

    private static void carry(InputStream from, OutputStream to, Look look) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            look.at(buffer, read);
            to.write(buffer, 0, read);
        }
    }

    static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            Logs.LOG.debug("closing what is closed", e);
        }
    }
}
