package dev.carillon.server;

import java.util.List;

/**
 * A part of an application that lives in the server's process: it answers HTTP requests below a path of its own, publishes
 * and reads channels, and has a say in what others publish. Given to {@link CarillonServer#start(Configuration, Site,
 * List)}; {@code carillon serve} takes those that a {@link java.util.ServiceLoader} finds, in development mode only.
 *
 * <p>Every method but {@link #name}, {@link #channels} and {@link #rules} runs on virtual threads, several at a time, and may wait.
 */
public interface Extension {

    /**
     * Lower-case letters, digits and hyphens: it owns the path {@code /name} and all below. Names of the server's own
     * addresses, such as {@code channels} or {@code metrics}, are refused at the start.
     */
    String name();

    /**
     * The channels that it needs set otherwise than by default. They hold where the configuration sets none itself; where it
     * does, that alone counts, and the extension must bear what it finds.
     */
    default List<ChannelRule> channels() {
        return List.of();
    }

    /** What it has to say about publications. Asked once, before {@link #start}; a rule is first applied after that. */
    List<PublishRule> rules();

    /**
     * Called once, before connections are accepted. What it throws keeps the server from starting.
     *
     * @param host what the server offers; for as long as it runs
     */
    void start(Host host);

    /** Answers a request. What it throws is told to the log, and to the peer as {@code internal} without its text. */
    HttpReply answer(HttpCall call);
}
