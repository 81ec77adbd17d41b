package dev.carillon.apps;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.server.Extension;
import dev.carillon.server.Host;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import dev.carillon.server.PublishRule;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All apps as the part of the server that they are: {@code /apps} and below, and the rules of their channels. */
public final class Apps implements Extension {

    /** What a started server needs; nothing of it is asked for earlier. */
    private record Started(Chat chat, ChatRules rules) {}

    private volatile @Nullable Started started;

    /** For the {@link java.util.ServiceLoader}. */
    public Apps() {}

    @Override
    public String name() {
        return "apps";
    }

    @Override
    public List<PublishRule> rules() {
        return ChatRules.all(() -> started().rules());
    }

    @Override
    public void start(Host host) {
        Rooms rooms = new Rooms(host.channels(), InstantSource.system());
        rooms.start();
        Passes passes = user -> host.issueToken(user, grants(user), Passes.LIFETIME);
        started = new Started(new Chat(passes, rooms), new ChatRules(rooms, new Authors(host.channels())));
    }

    /** What the chat's page does, and nothing more. */
    private static List<Grant> grants(String user) {
        return List.of(
                new Grant(ChatNames.ROOMS, EnumSet.allOf(Permission.class)),
                new Grant(only(ChatNames.LIST.value()), Set.of(Permission.SUBSCRIBE)),
                new Grant(
                        only(ChatNames.channelOfUser(user).value()), Set.of(Permission.SUBSCRIBE, Permission.PUBLISH)));
    }

    /** A pattern that one channel matches. */
    private static ChannelPattern only(String channel) {
        return Objects.requireNonNull(ChannelPattern.parse(channel), channel);
    }

    @Override
    public HttpReply answer(HttpCall call) {
        return switch (call.path()) {
            case "/login" -> ofPost(call, started().chat()::login);
            case "/chat/rooms" -> ofPost(call, started().chat()::newRoom);
            default ->
                HttpReply.refusal(
                        Code.NOT_FOUND, "the apps have /apps/login and /apps/chat/rooms; the chat is at /chat");
        };
    }

    private interface Answer {
        HttpReply to(HttpCall call);
    }

    private static HttpReply ofPost(HttpCall call, Answer answer) {
        return call.method().equals("POST") ? answer.to(call) : HttpReply.methodRefused("POST");
    }

    private Started started() {
        return Objects.requireNonNull(started, "not started");
    }
}
