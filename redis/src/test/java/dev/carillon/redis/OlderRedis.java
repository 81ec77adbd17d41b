package dev.carillon.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Says that it is a Redis of version 6.2, and answers as far as anybody asks it before it is refused. */
final class OlderRedis implements AutoCloseable {

    private static final String INFO = "# Server\r\nredis_version:6.2.14\r\nredis_mode:standalone\r\nrole:master\r\n";

    private final ServerSocket listener;

    OlderRedis() throws IOException {
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Thread.startVirtualThread(() -> serve(client));
            }
        } catch (IOException e) {
            assert listener.isClosed() : e;
        }
    }

    private static void serve(Socket client) {
        try (client;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                OutputStream out = client.getOutputStream()) {
            for (String count = in.readLine(); count != null; count = in.readLine()) {
                String first = "";
                for (int i = 0; i < Integer.parseInt(count.substring(1)); i++) {
                    in.readLine(); // its length
                    String word = in.readLine();
                    first = i == 0 ? word.toUpperCase(Locale.ROOT) : first;
                }
                out.write(answer(first).getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String answer(String command) {
        return switch (command) {
            case "HELLO" ->
                "%5\r\n+server\r\n+redis\r\n+version\r\n+6.2.14\r\n+proto\r\n:3\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n";
            case "INFO" -> "$" + INFO.length() + "\r\n" + INFO + "\r\n";
            case "CONFIG" -> "%0\r\n";
            case "PING" -> "+PONG\r\n";
            default -> "+OK\r\n";
        };
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
