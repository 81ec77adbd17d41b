package dev.carillon.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A bare TCP connection to a server. Reads on the caller's thread; writes on one of its own, in order, so that a server
 * that answers while it is sent to blocks neither.
 */
final class Connection implements AutoCloseable {
    private static final int HEAD_OCTETS_MAX = 1 << 14;
    private static final int READ_OCTETS = 1 << 16;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());

    /**
     * The head of an HTTP response.
     *
     * @param headers by names in lower case; the values of one name with commas between
     */
    record Response(int status, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    private Connection(Socket socket) throws IOException {
        this.socket = socket;
        in = new BufferedInputStream(socket.getInputStream(), READ_OCTETS);
        out = socket.getOutputStream();
    }

    static Connection to(Target target) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(target.address(), (int) target.patience().toMillis());
            return new Connection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** How long a read waits. */
    void waitFor(Duration time) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
    }

    InputStream in() {
        return in;
    }

    /**
     * Writes behind what is being written. A server that has had enough may reset the connection meanwhile: what came of
     * that is seen by reading.
     *
     * @param pieceOctets of each write; 0 for one write
     */
    void write(Octets octets, int pieceOctets) {
        writer.execute(() -> {
            try {
                int size = pieceOctets == 0 ? octets.length() : pieceOctets;
                for (int at = 0; at < octets.length(); at += size) {
                    out.write(octets.bytes, at, Math.min(size, octets.length() - at));
                }
            } catch (IOException e) {
                writer.shutdown();
            }
        });
    }

    /** Reads the head of a response, to the octet. */
    Response response() throws IOException, Violation {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int octet = in.read();
            if (octet < 0 || head.length() == HEAD_OCTETS_MAX) {
                throw new Violation("it ends the connection without an HTTP response");
            }
            head.append((char) octet);
        }
        List<String> lines = head.toString().lines().toList();
        String statusLine = lines.getFirst();
        if (!statusLine.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
            throw new Violation("it answers '" + statusLine + "'");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line : new ArrayList<>(lines.subList(1, lines.size() - 1))) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new Violation("it answers with a header that has no name (RFC 9112 §5)");
            }
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (one, more) -> one + ", " + more);
        }
        return new Response(Integer.parseInt(statusLine.substring(9, 12)), headers);
    }

    void send(String request, boolean inOctets) {
        write(Octets.of(request.getBytes(ISO_8859_1)), inOctets ? 1 : 0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        writer.shutdownNow();
    }
}
