package dev.carillon.conformance;

import dev.carillon.conformance.Opening.Negotiation;
import dev.carillon.conformance.Opening.Refuses;
import dev.carillon.conformance.Opening.Switches;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A chapter of our own: the opening handshake as a server must read it. Stateless. */
final class Handshakes {
    private static final String READING = "RFC 6455 §4.2.1";
    private static final String ANSWERING = "RFC 6455 §4.2.2";
    private static final String VERSIONS = "RFC 6455 §4.4";
    private static final String EXTENSIONS = "RFC 6455 §9.1";
    private static final String HOST = "RFC 9112 §3.2";
    private static final String LISTS = "RFC 9110 §5.6.1";
    private static final String UPGRADE = "RFC 9110 §7.8";

    private static final Refuses WRONG_VERSION = new Refuses(Set.of(), Map.of("sec-websocket-version", "13"), false);

    /** A draft's version that differs in nothing that is asked here; a server may speak several (RFC 6455 §4.4). */
    private static final Refuses DRAFT = new Refuses(Set.of(), Map.of("sec-websocket-version", "13"), true);

    private static final Refuses NO_UPGRADE = new Refuses(Set.of(), Map.of(), false);
    private static final Refuses BETTER_REFUSED = new Refuses(Set.of(), Map.of(), true);
    private static final Switches BETTER_OPENED = new Switches(Set.of(), Negotiation.NONE, true);

    private Handshakes() {}

    static Chapter chapter() {
        Questions questions = new Questions();
        askValid(questions);
        askRequestLine(questions);
        askUpgrade(questions);
        askKey(questions);
        askVersion(questions);
        askSubprotocols(questions);
        askExtensions(questions);
        return questions.chapter("H", "The opening handshake");
    }

    private static Script speak() {
        return new Script().send(Wire.text("open")).hearText("open").leave();
    }

    private static void opens(Questions questions, String id, String question, String section, Opening opening) {
        questions.ask(id, question, section, opening, Handshakes::speak);
    }

    private static void refused(Questions questions, String id, String question, String section, Opening opening) {
        boolean isDecided = opening.expected() instanceof Refuses;
        questions.ask(
                id, question, section, isDecided ? opening : opening.expecting(Opening.REFUSED), Handshakes::speak);
    }

    private static void askValid(Questions questions) {
        Opening plain = Opening.plain();
        opens(questions, "H.1.1", "The handshake of RFC 6455 §1.3 is answered with its accept key.", ANSWERING, plain);
        opens(
                questions,
                "H.1.2",
                "Names of headers, and the values of Upgrade and Connection, are read in any case.",
                READING,
                new Opening(
                        plain.requestLine(),
                        List.of(
                                "hOST: {host}",
                                "UPGRADE: WebSocket",
                                "connection: UPGRADE",
                                "sec-websocket-KEY: " + Opening.KEY,
                                "SEC-websocket-version: 13"),
                        Opening.OPENS));
        opens(
                questions,
                "H.1.3",
                "Connection may name more than Upgrade.",
                READING,
                plain.with("Connection", "Connection: keep-alive, Upgrade"));
        opens(
                questions,
                "H.1.4",
                "Connection may come in two lines.",
                LISTS,
                plain.with("Connection", "Connection: keep-alive", "Connection: Upgrade"));
        opens(
                questions,
                "H.1.5",
                "Upgrade may name more than websocket.",
                UPGRADE,
                plain.with("Upgrade:", "Upgrade: h2c, websocket").expecting(BETTER_OPENED));
        opens(
                questions,
                "H.1.6",
                "Spaces and tabs around values mean nothing.",
                "RFC 9110 §5.5",
                plain.with("Upgrade:", "Upgrade: \t websocket \t").with("Connection", "Connection:Upgrade\t"));
        opens(
                questions,
                "H.1.7",
                "A query in the address does not matter.",
                READING,
                plain.line("GET {path}?some=thing&more HTTP/1.1"));
        opens(
                questions,
                "H.1.8",
                "Headers that nobody knows do not matter.",
                READING,
                plain.plus("X-Unknown: 1", "Cookie: a=b; c=d", "User-Agent: conformance"));
        questions.ask(
                "H.1.9",
                "A request that comes octet by octet is answered.",
                READING,
                plain,
                () -> speak().openInOctets());
    }

    private static void askRequestLine(Questions questions) {
        Opening plain = Opening.plain();
        refused(questions, "H.2.1", "POST is refused.", READING, plain.line("POST {path} HTTP/1.1"));
        refused(questions, "H.2.2", "HEAD is refused.", READING, plain.line("HEAD {path} HTTP/1.1"));
        refused(questions, "H.2.3", "HTTP/1.0 is refused.", READING, plain.line("GET {path} HTTP/1.0"));
        Refuses badRequest = new Refuses(Set.of(400), Map.of(), false);
        refused(
                questions,
                "H.2.4",
                "A request without Host is refused with 400.",
                HOST,
                plain.without("Host").expecting(badRequest));
        refused(
                questions,
                "H.2.5",
                "A request with two Host headers is refused with 400.",
                HOST,
                plain.plus("Host: {host}").expecting(badRequest));
        refused(
                questions,
                "H.2.6",
                "A space between a header's name and its colon is refused with 400.",
                "RFC 9112 §5.1",
                plain.plus("X-Spaced : 1").expecting(badRequest));
    }

    private static void askUpgrade(Questions questions) {
        Opening plain = Opening.plain();
        refused(
                questions,
                "H.3.1",
                "A request without Upgrade opens nothing.",
                READING,
                plain.without("Upgrade:").expecting(NO_UPGRADE));
        refused(
                questions,
                "H.3.2",
                "Upgrade to something else opens nothing.",
                READING,
                plain.with("Upgrade:", "Upgrade: h2c").expecting(NO_UPGRADE));
        refused(
                questions,
                "H.3.3",
                "Upgrade to something that only contains the word opens nothing.",
                READING,
                plain.with("Upgrade:", "Upgrade: websockets").expecting(NO_UPGRADE));
        refused(
                questions,
                "H.3.4",
                "A request without Connection opens nothing.",
                READING,
                plain.without("Connection").expecting(NO_UPGRADE));
        refused(
                questions,
                "H.3.5",
                "Connection without Upgrade opens nothing.",
                READING,
                plain.with("Connection", "Connection: keep-alive").expecting(NO_UPGRADE));
        refused(
                questions,
                "H.3.6",
                "Connection with a token that only contains the word opens nothing.",
                READING,
                plain.with("Connection", "Connection: no-upgrade").expecting(NO_UPGRADE));
    }

    private static void askKey(Questions questions) {
        Opening plain = Opening.plain();
        String name = "Sec-WebSocket-Key";
        refused(questions, "H.4.1", "A request without a key is refused.", READING, plain.without(name));
        refused(questions, "H.4.2", "An empty key is refused.", READING, plain.with(name, name + ":"));
        refused(
                questions,
                "H.4.3",
                "A key of 15 octets is refused.",
                READING,
                plain.with(name, name + ": MTIzNDU2Nzg5MDEyMzQ1"));
        refused(
                questions,
                "H.4.4",
                "A key of 17 octets is refused.",
                READING,
                plain.with(name, name + ": MTIzNDU2Nzg5MDEyMzQ1Njc="));
        refused(
                questions,
                "H.4.5",
                "A key that is not base64 is refused.",
                READING,
                plain.with(name, name + ": dGhlIHNhbXBsZSBub25jZ!=="));
        refused(
                questions,
                "H.4.6",
                "Two keys are refused.",
                "RFC 6455 §11.3.1",
                plain.plus(name + ": AQIDBAUGBwgJCgsMDQ4PEC=="));
    }

    private static void askVersion(Questions questions) {
        String name = "Sec-WebSocket-Version";
        Opening plain = Opening.plain();
        refused(
                questions,
                "H.5.1",
                "A request without a version is refused.",
                READING,
                plain.without(name).expecting(WRONG_VERSION));
        int number = 2;
        for (String version : new String[] {"0", "8", "12", "14", "255", "13, 8", "thirteen"}) {
            refused(
                    questions,
                    "H.5." + number++,
                    "Version '" + version + "' is refused, and the answer says 13.",
                    VERSIONS,
                    plain.with(name, name + ": " + version).expecting(version.equals("8") ? DRAFT : WRONG_VERSION));
        }
    }

    private static void askSubprotocols(Questions questions) {
        String name = "Sec-WebSocket-Protocol: ";
        Opening plain = Opening.plain();
        opens(
                questions,
                "H.6.1",
                "Of the subprotocols on offer one is chosen, or none.",
                ANSWERING,
                plain.plus(name + "one.example, two.example").expecting(offered("one.example", "two.example")));
        opens(
                questions,
                "H.6.2",
                "Subprotocols may come in two lines.",
                "RFC 6455 §11.3.4",
                plain.plus(name + "one.example", name + "two.example")
                        .expecting(offered("one.example", "two.example")));
        refused(
                questions,
                "H.6.3",
                "A subprotocol that is not a token is refused.",
                "RFC 6455 §4.1",
                plain.plus(name + "one example").expecting(BETTER_REFUSED));
        refused(
                questions,
                "H.6.4",
                "A subprotocol that is offered twice is refused.",
                "RFC 6455 §4.1",
                plain.plus(name + "one.example, one.example").expecting(BETTER_REFUSED));
    }

    private static Switches offered(String... protocols) {
        return new Switches(Set.of(protocols), Negotiation.NONE, false);
    }

    private static void askExtensions(Questions questions) {
        String name = "Sec-WebSocket-Extensions: ";
        Opening plain = Opening.plain();
        opens(
                questions,
                "H.7.1",
                "An extension that nobody knows is not taken, and the connection opens.",
                EXTENSIONS,
                plain.plus(name + "x-unknown; some=thing, x-other"));
        opens(
                questions,
                "H.7.2",
                "An extension with a quoted parameter is read.",
                EXTENSIONS,
                plain.plus(name + "x-unknown; some=\"thing\""));
        int number = 3;
        for (String malformed :
                new String[] {"permessage-deflate; =", "x unknown", "x-unknown;; a", "x-unknown; a=\"b"}) {
            refused(
                    questions,
                    "H.7." + number++,
                    "An offer that does not keep the grammar ('" + malformed + "') is refused.",
                    EXTENSIONS,
                    plain.plus(name + malformed));
        }
    }
}
