package dev.carillon.apps;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.server.ChannelRule;
import dev.carillon.server.Extension;
import dev.carillon.server.Host;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import dev.carillon.server.PublishRule;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** All apps as the part of the server that they are: {@code /apps} and below, and the rules of their channels. */
public final class Apps implements Extension {

    /**
     * Whether there is a chat. There is none where the configuration has no channels for it, or they can't be written now:
     * that keeps nobody from using the server, and is tried again whenever somebody asks for the chat.
     */
    private sealed interface State {
        /** There is. */
        record Open(Chat chat, ChatRules rules) implements State {}

        /** There is none, and why. */
        record Closed(Code code, String message) implements State {}
    }

    private final ReentrantLock opening = new ReentrantLock();
    private volatile State state = new State.Closed(Code.OVERLOADED, "the chat has not been started");
    private @Nullable Host host;

    /** For the {@link java.util.ServiceLoader}. */
    public Apps() {}

    @Override
    public String name() {
        return "apps";
    }

    @Override
    public List<ChannelRule> channels() {
        return Playground.channels();
    }

    @Override
    public List<PublishRule> rules() {
        List<PublishRule> rules = new ArrayList<>(ChatRules.all((user, channel, data) -> switch (state()) {
            case State.Open open -> open.rules().inRoom(user, channel, data);
            case State.Closed(Code code, String message) -> new PublishRule.Ruling.Refuse(code, message);
        }));
        rules.add(InboxRules.rule());
        rules.add(Playground.rule());
        return rules;
    }

    @Override
    public void start(Host started) {
        host = started;
        state = open(started);
    }

    private State state() {
        if (state instanceof State.Closed && host != null && opening.tryLock()) {
            try {
                if (state instanceof State.Closed) {
                    state = open(host);
                }
            } finally {
                opening.unlock();
            }
        }
        return state;
    }

    private static State open(Host host) {
        Rooms rooms = new Rooms(host.channels(), InstantSource.system());
        Rooms.Refused refused = rooms.start();
        if (refused != null) {
            return new State.Closed(
                    refused.code(), "there is no chat: " + ChatNames.LIST + " says " + refused.message());
        }
        Passes passes = (user, lifetime) -> host.issueToken(user, grants(user), lifetime);
        return new State.Open(new Chat(passes, rooms), new ChatRules(rooms, new Authors(host.channels())));
    }

    private static final Set<Permission> TALKING =
            Set.of(Permission.SUBSCRIBE, Permission.PUBLISH, Permission.SIGNAL, Permission.PRESENCE);

    private static final Set<Permission> READING_AND_WRITING = Set.of(Permission.SUBSCRIBE, Permission.PUBLISH);

    /** What the apps' pages do, and nothing more. */
    private static List<Grant> grants(String user) {
        return List.of(
                new Grant(ChatNames.ROOMS, TALKING),
                new Grant(pattern(ChatNames.LIST.value()), Set.of(Permission.SUBSCRIBE)),
                new Grant(pattern(ChatNames.channelOfUser(user).value()), READING_AND_WRITING),
                new Grant(pattern(InboxRules.channelOf(user)), READING_AND_WRITING),
                new Grant(pattern("lab:*"), READING_AND_WRITING));
    }

    private static ChannelPattern pattern(String pattern) {
        return Objects.requireNonNull(ChannelPattern.parse(pattern), pattern);
    }

    @Override
    public HttpReply answer(HttpCall call) {
        return switch (call.path()) {
            case "/login" -> ofPost(call, Chat::login);
            case "/chat/rooms" -> ofPost(call, Chat::newRoom);
            case "/documents/pass" -> documentPass(call);
            default ->
                HttpReply.refusal(
                        Code.NOT_FOUND,
                        "the apps have /apps/login, /apps/chat/rooms and /apps/documents/pass; the chat is at /chat");
        };
    }

    private HttpReply documentPass(HttpCall call) {
        if (!call.method().equals("POST")) {
            return HttpReply.methodRefused("POST");
        }
        return host == null
                ? HttpReply.refusal(Code.OVERLOADED, "the apps have not been started")
                : DocumentPasses.answer(host, call);
    }

    private HttpReply ofPost(HttpCall call, BiFunction<Chat, HttpCall, HttpReply> answer) {
        if (!call.method().equals("POST")) {
            return HttpReply.methodRefused("POST");
        }
        return switch (state()) {
            case State.Open open -> answer.apply(open.chat(), call);
            case State.Closed(Code code, String message) -> HttpReply.refusal(code, message);
        };
    }
}
