package dev.carillon.gateway;

import dev.carillon.engine.Permission;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * {@code /documents/{name}} over WebSocket: a document, for providers that speak as y-websocket does; and {@code /documents/{name}/versions} over HTTP: what it was before (docs/documents.md).
 */
final class DocumentRoutes {

    private static final String DOCUMENTS = "/documents/";
    private static final String VERSIONS = "/versions";
    private static final Map<String, String> UNSTORED = Map.of("Cache-Control", "no-store");

    private DocumentRoutes() {}

    /** Whether a path is one of a document's, or of its versions; the page at {@code /documents} isn't. */
    static boolean owns(String path, boolean isUpgrade) {
        return path.startsWith(DOCUMENTS) && (isUpgrade || path.indexOf(VERSIONS, DOCUMENTS.length()) > 0);
    }

    static void route(Exchange exchange) {
        String rest = exchange.path().substring(DOCUMENTS.length());
        int slash = rest.indexOf('/');
        ChannelName channel = DocumentChannels.ofDocument(slash < 0 ? rest : rest.substring(0, slash));
        Code refusal = channel == null
                ? Code.INVALID_CHANNEL
                : exchange.connection.hall.documents().refusalOf(channel);
        if (channel == null || refusal != null) {
            exchange.refuse(refusal == null ? Code.INVALID_CHANNEL : refusal);
        } else if (slash < 0) {
            Doorway.upgradeToDocument(exchange, channel);
        } else if (rest.startsWith(VERSIONS, slash)) {
            versions(exchange, channel, rest.substring(slash + VERSIONS.length()));
        } else {
            exchange.refuse(Code.NOT_FOUND);
        }
    }

    /** @param rest of the path, behind {@code versions} */
    private static void versions(Exchange exchange, ChannelName channel, String rest) {
        boolean isRead = exchange.isMethod(HttpMethod.GET) || exchange.isMethod(HttpMethod.HEAD);
        if (rest.isEmpty() && isRead) {
            exchange.countAs(Traffic.Transport.POLL);
            DocumentReply.ask(exchange, channel, Permission.SUBSCRIBE, DocumentRoutes::list);
        } else if (rest.isEmpty() && exchange.isMethod(HttpMethod.POST)) {
            exchange.countAs(Traffic.Transport.POST);
            keep(exchange, channel);
        } else if (rest.isEmpty()) {
            Router.refuseMethod(exchange, "GET, HEAD, POST");
        } else if (!rest.matches("/[1-9]\\d{0,17}")) {
            exchange.refuse(Code.NOT_FOUND);
        } else if (isRead) {
            exchange.countAs(Traffic.Transport.POLL);
            long number = Long.parseLong(rest.substring(1));
            DocumentReply.ask(
                    exchange, channel, Permission.SUBSCRIBE, (document, then) -> read(document, number, then));
        } else {
            Router.refuseMethod(exchange, "GET, HEAD");
        }
    }

    private static void list(Document document, Consumer<DocumentReply.Answer> then) {
        document.findVersions(result -> {
            switch (result) {
                case DocumentVersions.Result.Found(List<DocumentVersion> versions) -> {
                    String json = "{\"versions\":"
                            + versions.stream().map(DocumentVersion::json).collect(Collectors.joining(",", "[", "]"))
                            + ",\"bytes\":" + document.sizesJson() + '}';
                    then.accept(answer(200, json));
                }
                case DocumentVersions.Result.Failed(Code code) -> then.accept(refusal(code));
            }
        });
    }

    private static void keep(Exchange exchange, ChannelName channel) {
        String name = exchange.parameter("name");
        if (name == null || !DocumentVersion.isName(name)) {
            exchange.refuse(
                    Code.BAD_REQUEST,
                    "a version is kept under a ?name= of one line and at most " + DocumentVersion.NAME_LENGTH_MAX
                            + " characters");
            return;
        }
        DocumentReply.ask(
                exchange,
                channel,
                Permission.PUBLISH,
                (document, then) -> document.keepVersion(name, result -> {
                    switch (result) {
                        case DocumentVersions.Result.Found(List<DocumentVersion> versions) ->
                            then.accept(
                                    versions.isEmpty()
                                            ? refusal(Code.NOT_FOUND)
                                            : answer(201, versions.getLast().json()));
                        case DocumentVersions.Result.Failed(Code code) -> then.accept(refusal(code));
                    }
                }));
    }

    private static void read(Document document, long number, Consumer<DocumentReply.Answer> then) {
        document.findVersions(result -> {
            switch (result) {
                case DocumentVersions.Result.Found(List<DocumentVersion> versions) ->
                    then.accept(versions.stream()
                            .filter(version -> version.number() == number)
                            .findFirst()
                            .<DocumentReply.Answer>map(version -> exchange -> exchange.connection.respond(
                                    exchange, 200, "application/octet-stream", version.update(), UNSTORED))
                            .orElse(refusal(Code.NOT_FOUND)));
                case DocumentVersions.Result.Failed(Code code) -> then.accept(refusal(code));
            }
        });
    }

    private static DocumentReply.Answer answer(int status, String json) {
        return exchange -> exchange.answerJson(status, json.getBytes(StandardCharsets.UTF_8), UNSTORED);
    }

    private static DocumentReply.Answer refusal(Code code) {
        return exchange -> exchange.refuse(code);
    }

    /** A document goes with its versions. */
    static void purge(Exchange exchange, ChannelName channel) {
        ReplyWire.purge(
                exchange,
                channel,
                then -> exchange.connection
                        .hall
                        .documents()
                        .purgeVersions(
                                channel,
                                code -> exchange.connection
                                        .member()
                                        .loop()
                                        .mailbox()
                                        .post(() -> then.accept(code))));
    }
}
