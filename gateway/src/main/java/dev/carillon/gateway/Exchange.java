package dev.carillon.gateway;

import dev.carillon.protocol.Code;
import dev.carillon.protocol.ServerMessage;
import dev.carillon.websocket.Handshake;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One HTTP request and the way to answer it. Owned by the connection's event loop. */
final class Exchange {

    final HttpConnection connection;
    private final HttpRequest request;
    private final byte[] body;
    private final QueryStringDecoder query;
    private final @Nullable Account account;
    private Traffic.Transport transport = Traffic.Transport.PAGE;
    /** The body's bytes that were not taken yet by who counts. */
    private int uncountedBytes;

    Exchange(HttpConnection connection, HttpRequest request, byte[] body) {
        this.connection = connection;
        this.request = request;
        this.body = body;
        this.uncountedBytes = body.length;
        this.query = new QueryStringDecoder(request.uri());
        this.account = connection.hall.counters().accounts().of(request.headers());
        if (account != null) {
            account.requests.increment();
        }
    }

    HttpRequest request() {
        return request;
    }

    HttpHeaders headers() {
        return request.headers();
    }

    byte[] body() {
        return body;
    }

    /** What counts its bytes beside metrics; null for nobody. */
    @Nullable
    Account account() {
        return account;
    }

    /** The length of the body, which is counted as something else than framing; 0 from the second time on. */
    int takeBodyBytes() {
        int taken = uncountedBytes;
        uncountedBytes = 0;
        return taken;
    }

    /** Whether the path and the query can be read: percent signs are followed by hexadecimal digits. */
    boolean isDecodable() {
        try {
            query.path();
            query.parameters();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    String path() {
        return query.path();
    }

    boolean isMethod(HttpMethod method) {
        return request.method().equals(method);
    }

    /** A query parameter; null without. */
    @Nullable
    String parameter(String name) {
        List<String> values = query.parameters().get(name);
        return values == null ? null : values.getFirst();
    }

    /** Each value of a query parameter; empty without. */
    List<String> parameters(String name) {
        return query.parameters().getOrDefault(name, List.of());
    }

    /** The query's parameters without the credential; of one that is given twice the last. */
    Map<String, String> lastParameters() {
        Map<String, String> last = new HashMap<>();
        query.parameters().forEach((name, values) -> last.put(name, values.getLast()));
        last.remove(Credential.PARAMETER);
        return last;
    }

    /** A header; null without. */
    @Nullable
    String header(CharSequence name) {
        return headers().get(name);
    }

    /** Whether the client asks for an event stream. */
    boolean acceptsEventStream() {
        String accept = header(HttpHeaderNames.ACCEPT);
        return accept != null && accept.contains("text/event-stream");
    }

    /** Whether the request came by https. */
    boolean isSecure() {
        return connection.hall.tls() != null;
    }

    /** Whether the client asks for a WebSocket, rightly or not. */
    boolean isUpgrade() {
        return connection.isHttp2() ? isMethod(HttpMethod.CONNECT) : Handshake.isUpgrade(request);
    }

    /** What its asking for a WebSocket comes to; the subprotocols are those that are spoken. */
    Handshake.Result handshake(List<String> subprotocols) {
        return connection.isHttp2()
                ? Handshake.checkConnect(request, subprotocols)
                : Handshake.check(request, subprotocols);
    }

    boolean isKeepAlive() {
        return HttpUtil.isKeepAlive(request);
    }

    boolean isHttp11() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    }

    /** As what the bytes of this exchange count. */
    void countAs(Traffic.Transport carrier) {
        transport = carrier;
    }

    Traffic.Transport transport() {
        return transport;
    }

    /** Answers with JSON, and a line end for those who read it in a terminal. */
    void answerJson(int status, byte[] json, Map<String, String> headers) {
        answerJson(status, json, 0, headers);
    }

    /** Likewise; so many bytes of the JSON are what publishers gave. */
    void answerJson(int status, byte[] json, long data, Map<String, String> headers) {
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        boolean isSent = connection.respond(this, status, "application/json", line, headers);
        if (isSent && !isMethod(HttpMethod.HEAD)) {
            connection.recount(this, json.length, Math.min(data, json.length));
        }
    }

    /** Answers with a refusal and its code's status. */
    void refuse(ServerMessage.Refusal refusal) {
        refuse(refusal, Map.of());
    }

    void refuse(ServerMessage.Refusal refusal, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        if (refusal.retryMillis() > 0) {
            all.putAll(retryAfter(refusal.retryMillis()));
        }
        answerJson(refusal.code().http(), refusal.toJson(), all);
    }

    /** The header that says so (RFC 9110 §10.2.3), which knows whole seconds only: not sooner than asked. */
    static Map<String, String> retryAfter(long millis) {
        return Map.of(HttpHeaderNames.RETRY_AFTER.toString(), Long.toString(Math.ceilDiv(millis, 1000)));
    }

    /**
     * Refuses what may come again later. A browser's {@code EventSource} would give up for good on any status but 200: to an
     * event stream it is said in-band (PROTOCOL.md §7), and the stream ends.
     */
    void refuseForNow(ServerMessage.Refusal refusal) {
        if (!acceptsEventStream()) {
            refuse(refusal);
            return;
        }
        boolean isNamed = isMethod(HttpMethod.GET);
        ServerMessage reconnect = new ServerMessage.Reconnect(refusal.retryMillis());
        ByteArrayOutputStream events = new ByteArrayOutputStream(512);
        events.writeBytes(Framings.event(isNamed ? "event: error\ndata: " : "data: ", refusal.toJson()));
        String head = (isNamed ? "event: reconnect\n" : "") + "retry: " + refusal.retryMillis() + "\ndata: ";
        events.writeBytes(Framings.event(head, reconnect.toJson()));
        connection.respond(this, 200, "text/event-stream", events.toByteArray(), Map.of("Cache-Control", "no-store"));
    }

    void refuse(Code code, String message) {
        refuse(ServerMessage.Refusal.of(null, code, null, message));
    }

    void refuse(Code code) {
        refuse(code, code.text());
    }
}
