package dev.carillon.peers;

/** What a message on a peer's {@code /live} says. Stateless. */
final class Words {

    /** Takes what it says apart. */
    interface Listener {
        void onSubscribe(String channel);

        void onPublish(String channel, String data);
    }

    private Words() {}

    static void read(String message, Listener listener) {
        if (message.startsWith("s ")) {
            listener.onSubscribe(message.substring(2));
            return;
        }
        int end = message.indexOf(' ', 2);
        listener.onPublish(message.substring(2, end), message.substring(end + 1));
    }

    static void sayReady(int port) {
        System.out.println("ready http://127.0.0.1:" + port);
    }
}
