package dev.carillon.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a server says, for clients written in Java and for the golden vectors. */
final class ServerMessageReader {

    private static final int PUBLICATIONS_MAX = 100_000;
    private static final int USERS_MAX = 1_000_000;

    private ServerMessageReader() {}

    static ServerMessage read(JsonObject object) throws JsonObject.Malformed {
        String type = object.requiredText("type");
        return switch (type) {
            case "hello" -> hello(object);
            case "subscribed" ->
                new ServerMessage.Subscribed(
                        object.id(),
                        object.channel(),
                        0,
                        required(object, "position"),
                        object.flag("recovered"),
                        gapIn(object));
            case "publication" -> new ServerMessage.Delivery(publication(object));
            case "gap" -> new ServerMessage.Gapped(object.channel(), gap(object));
            case "reset" -> new ServerMessage.Reset(object.channel());
            case "tracked" -> new ServerMessage.Tracked(object.id(), object.channel());
            case "current" -> new ServerMessage.Current(object.channel(), required(object, "position"));
            case "redacted" -> new ServerMessage.Redacted(object.channel(), required(object, "position"));
            case "presence" -> presence(object);
            case "count" ->
                new ServerMessage.PresenceCount(object.id(), object.channel(), (int) natural(object, "users"), (int)
                        natural(object, "connections"));
            case "join" ->
                new ServerMessage.Join(object.channel(), object.requiredText("user"), natural(object, "version"));
            case "leave" ->
                new ServerMessage.Leave(object.channel(), object.requiredText("user"), natural(object, "version"));
            case "signal" ->
                new ServerMessage.Signalled(
                        object.channel(), object.text("from"), object.data(), natural(object, "dropped"));
            case "published" ->
                new ServerMessage.Published(
                        object.id(), object.channel(), required(object, "position"), object.flag("duplicate"));
            case "abandoned" -> new ServerMessage.Abandoned(object.id(), object.channel());
            case "unsubscribed" ->
                new ServerMessage.Unsubscribed(object.id(), object.channel(), (int) natural(object, "code"));
            case "history" -> history(object);
            case "authenticated" ->
                new ServerMessage.Authenticated(object.id(), object.text("user"), natural(object, "expires"));
            case "error" -> refusal(object);
            case "pong" -> new ServerMessage.Pong(object.id());
            case "reconnect" -> new ServerMessage.Reconnect(natural(object, "after"));
            default -> throw new JsonObject.Malformed(Code.UNKNOWN_TYPE, Code.UNKNOWN_TYPE.text());
        };
    }

    private static long natural(JsonObject object, String name) throws JsonObject.Malformed {
        return object.number(name, 0, Long.MAX_VALUE, 0);
    }

    private static Position required(JsonObject object, String name) throws JsonObject.Malformed {
        Position position = object.position(name);
        if (position == null) {
            throw new JsonObject.Malformed("\"" + name + "\" is missing");
        }
        return position;
    }

    private static ServerMessage hello(JsonObject object) throws JsonObject.Malformed {
        JsonObject limits = object.object("limits");
        if (limits == null) {
            throw new JsonObject.Malformed("\"limits\" is missing");
        }
        return new ServerMessage.Hello(
                object.requiredText("session"),
                object.text("user"),
                natural(object, "expires"),
                natural(object, "heartbeat"),
                new ServerMessage.Limits(
                        natural(limits, "messageBytes"),
                        (int) natural(limits, "signalBytes"),
                        (int) natural(limits, "subscriptions"),
                        natural(limits, "idempotencyMillis"),
                        (int) natural(limits, "idempotencyCount"),
                        natural(limits, "presenceMillis")));
    }

    private static ServerMessage presence(JsonObject object) throws JsonObject.Malformed {
        List<ServerMessage.Present> users = new ArrayList<>();
        for (JsonObject user : object.objects("users", USERS_MAX)) {
            users.add(new ServerMessage.Present(user.requiredText("user"), (int) natural(user, "connections")));
        }
        return new ServerMessage.PresenceList(
                object.id(),
                object.channel(),
                natural(object, "version"),
                object.text("after"),
                users,
                object.text("next"));
    }

    private static Publication publication(JsonObject object) throws JsonObject.Malformed {
        Change change = object.change();
        boolean isRedacted = object.flag("redacted");
        return new Publication(
                object.channel(),
                required(object, "position"),
                object.data(isRedacted || (change != null && change.isRemoved())),
                object.text("from"),
                natural(object, "at"),
                object.idempotencyKey(),
                change,
                isRedacted);
    }

    private static Gap gap(JsonObject object) throws JsonObject.Malformed {
        Gap.Cause cause = Gap.Cause.of(object.requiredText("cause"));
        if (cause == null) {
            throw new JsonObject.Malformed("\"cause\" is none that this version knows");
        }
        return new Gap(cause, object.text("after"), required(object, "next"));
    }

    private static @Nullable Gap gapIn(JsonObject object) throws JsonObject.Malformed {
        JsonObject gap = object.object("gap");
        return gap == null ? null : gap(gap);
    }

    private static ServerMessage history(JsonObject object) throws JsonObject.Malformed {
        List<Publication> publications = new ArrayList<>();
        for (JsonObject publication : object.objects("publications", PUBLICATIONS_MAX)) {
            publications.add(publication(publication));
        }
        return new ServerMessage.HistoryPage(
                object.id(),
                object.channel(),
                publications,
                required(object, "position"),
                object.flag("more"),
                object.flag("reset"),
                gapIn(object));
    }

    private static ServerMessage refusal(JsonObject object) throws JsonObject.Malformed {
        Code code = Code.of((int) natural(object, "code"));
        if (code == null) {
            throw new JsonObject.Malformed("\"code\" is none that this version knows");
        }
        return new ServerMessage.Refusal(
                object.id(),
                code,
                object.has("channel") ? object.channel() : null,
                object.requiredText("message"),
                natural(object, "retry"));
    }
}
