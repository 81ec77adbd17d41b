package dev.carillon.apps;

import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.protocol.ChannelPattern;
import dev.carillon.protocol.Code;
import dev.carillon.server.Host;
import dev.carillon.server.HttpCall;
import dev.carillon.server.HttpReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the page of documents asks for over HTTP: a token for a link by which one may read a document, and not write to it. Thread-safe. */
final class DocumentPasses {

    private static final Duration LIFETIME = Duration.ofHours(12);

    private DocumentPasses() {}

    /** {@code {"name", "document"}}: a token for whoever says a name, that may read this document and do nothing else. */
    static HttpReply answer(Host host, HttpCall call) {
        Json asked = Json.read(call.body());
        String given = asked == null ? null : asked.text("name");
        String document = asked == null ? null : asked.text("document");
        String user = given == null ? null : ChatNames.user(given);
        ChannelPattern channel =
                document == null || document.contains("*") ? null : ChannelPattern.parse("document:" + document);
        if (user == null || channel == null) {
            return HttpReply.refusal(
                    Code.MALFORMED, "to read a document, POST an object with a name and the document's");
        }
        Grant reading = new Grant(channel, Set.of(Permission.SUBSCRIBE));
        String token = host.issueToken(user, List.of(reading), LIFETIME);
        return HttpReply.json(200, Json.write(Map.of("token", token)).getBytes(StandardCharsets.UTF_8));
    }
}
