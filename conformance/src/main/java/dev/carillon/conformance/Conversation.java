package dev.carillon.conformance;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts one case to one server. For one thread, once. */
final class Conversation {
    /** What a server may say that fails a connection, though it is not what the RFC says of this fault. */
    private static final Set<Integer> REFUSALS = Set.of(1002, 1003, 1007, 1008, 1009, 1010, 1011);

    /** What a server may say that has a limit of its own. */
    private static final Set<Integer> LIMITS = Set.of(1008, 1009);

    private static final int SWITCHING = 101;

    private final Target target;
    private final Case asked;
    private final Script script;

    /** The worst so far, and the first reason for it. */
    private Verdict verdict = Verdict.STRICT;

    private String why = "";

    /** What came where something else was expected, and is for the ending to judge. */
    private @Nullable Heard early;

    private Conversation(Target target, Case asked) {
        this.target = target;
        this.asked = asked;
        script = asked.script().get();
    }

    static Finding about(Case asked, Target target) {
        Conversation conversation = new Conversation(target, asked);
        try (Connection connection = Connection.to(target)) {
            conversation.hold(connection);
        } catch (Violation e) {
            conversation.note(Verdict.FAILED, e.getMessage());
        } catch (IOException e) {
            conversation.note(Verdict.FAILED, "the connection fails: " + e.getMessage());
        }
        return new Finding(asked, conversation.verdict, conversation.why);
    }

    private void hold(Connection connection) throws IOException, Violation {
        connection.waitFor(target.patience());
        connection.send(asked.opening().request(target), script.opensInOctets());
        Connection.Response response;
        try {
            response = connection.response();
        } catch (SocketTimeoutException e) {
            throw new Violation("no HTTP response comes");
        }
        switch (asked.opening().expected()) {
            case Opening.Refuses refuses -> {
                checkRefusal(refuses, response);
                if (verdict == Verdict.LENIENT) {
                    speak(connection, null);
                }
            }
            case Opening.Switches switches -> {
                if (switches.mayRefuse() && response.status() / 100 == 4) {
                    note(Verdict.LENIENT, "it refuses with " + response.status());
                    return;
                }
                checkSwitch(switches, response);
                Deflate agreed = Deflate.agreed(asked.opening().offers(), response.header("sec-websocket-extensions"));
                if (isAsHoped(switches.negotiation(), agreed)) {
                    speak(connection, agreed);
                }
            }
        }
    }

    /** Whether the case can be asked under what was agreed. */
    private boolean isAsHoped(Opening.Negotiation hope, @Nullable Deflate agreed) throws Violation {
        if (hope == Opening.Negotiation.NONE) {
            if (agreed != null) {
                throw new Violation("it takes an offer that it must not take");
            }
            return true;
        }
        if (agreed == null) {
            note(Verdict.DECLINED, "permessage-deflate is not taken");
            return false;
        }
        if (hope == Opening.Negotiation.DEFLATE_WITH_CONTEXT && agreed.clientResets()) {
            note(Verdict.DECLINED, "it wants each of our messages compressed anew");
            return false;
        }
        return true;
    }

    private void checkRefusal(Opening.Refuses refuses, Connection.Response response) throws Violation {
        if (response.status() == SWITCHING) {
            if (!refuses.mayOpen()) {
                throw new Violation("it opens the connection");
            }
            note(Verdict.LENIENT, "it opens the connection");
            return;
        }
        if (response.status() / 100 != 4) {
            note(Verdict.LENIENT, "it answers " + response.status());
        } else if (!refuses.statuses().isEmpty() && !refuses.statuses().contains(response.status())) {
            note(
                    Verdict.LENIENT,
                    "it answers " + response.status() + " instead of " + Words.either(refuses.statuses()));
        }
        for (Map.Entry<String, String> header : refuses.headers().entrySet()) {
            if (!response.header(header.getKey()).contains(header.getValue())) {
                throw new Violation(
                        "it answers " + response.status() + " without " + header.getKey() + ": " + header.getValue());
            }
        }
    }

    /** RFC 6455 §4.1, what a client must check. */
    private static void checkSwitch(Opening.Switches switches, Connection.Response response) throws Violation {
        if (response.status() != SWITCHING) {
            throw new Violation("it answers " + response.status());
        }
        boolean isRight = response.header("upgrade").equalsIgnoreCase("websocket")
                && response.header("connection").equalsIgnoreCase("upgrade")
                && response.header("sec-websocket-accept").equals(Opening.ACCEPT);
        if (!isRight) {
            throw new Violation("Upgrade, Connection or Sec-WebSocket-Accept is wrong in its answer (RFC 6455 §4.2.2)");
        }
        String protocol = response.header("sec-websocket-protocol");
        if (!protocol.isEmpty() && !switches.protocols().contains(protocol)) {
            throw new Violation("it chooses the subprotocol '" + protocol + "', which was not offered");
        }
    }

    private void speak(Connection connection, @Nullable Deflate agreed) throws IOException, Violation {
        try (Compressor compressor = agreed == null ? null : new Compressor(agreed)) {
            Inflater inflater = agreed == null ? null : new Inflater(agreed);
            FrameReader reader = new FrameReader(connection.in(), inflater);
            for (Step step : script.steps()) {
                if (early == null || step instanceof Step.Ending) {
                    perform(step, connection, reader, compressor);
                }
            }
        }
    }

    private void perform(Step step, Connection connection, FrameReader reader, @Nullable Compressor compressor)
            throws IOException, Violation {
        switch (step) {
            case Step.Send send -> connection.write(send.octets(), send.pieceOctets());
            case Step.SendCompressed send ->
                connection.write(message(send.isText(), send.payload(), send.fragmentOctets(), compressor), 0);
            case Step.Compressed compressed -> {
                if (!reader.hasCompressed()) {
                    note(Verdict.LENIENT, "it agrees to compress, and doesn't");
                }
            }
            case Step.Hear hear -> hear(hear.expected(), reader);
            case Step.Rounds rounds -> {
                for (int i = 0; i < rounds.messages() && early == null; i++) {
                    Octets payload = rounds.payload().apply(i);
                    connection.write(message(rounds.isText(), payload, rounds.fragmentOctets(), compressor), 0);
                    hear(new Heard.Message(rounds.isText(), payload), reader);
                }
            }
            case Step.Leave leave -> {
                if (early == null) {
                    connection.write(Wire.close(1000), 0);
                    answered(Set.of(1000), connection, reader);
                }
            }
            case Step.Answered answered -> answered(answered.codes(), connection, reader);
            case Step.Fails fails -> fails(fails.codes(), connection, reader);
            case Step.FailsAtOnce fails -> failsAtOnce(fails, connection, reader);
        }
    }

    private static Octets message(boolean isText, Octets payload, int fragmentOctets, @Nullable Compressor compressor) {
        int opcode = isText ? Wire.TEXT : Wire.BINARY;
        return compressor == null
                ? Wire.message(opcode, payload, fragmentOctets)
                : Wire.message(Wire.RSV1 | opcode, compressor.compress(payload), fragmentOctets);
    }

    private void hear(Heard expected, FrameReader reader) throws Violation {
        Heard heard = reader.next();
        if (heard.equals(expected)) {
            return;
        }
        if (heard instanceof Heard.Close close && LIMITS.contains(close.code())) {
            early = heard;
            note(Verdict.LENIENT, "it has a limit, and fails with " + close + " (RFC 6455 §10.4)");
            return;
        }
        boolean isLast = heard instanceof Heard.Close || heard instanceof Heard.End;
        if (isLast && !(script.ending() instanceof Step.Leave)) {
            early = heard;
            note(Verdict.LENIENT, "what was whole before it is not answered");
        } else {
            throw new Violation("expected was " + expected + ", and there came " + heard);
        }
    }

    private Heard last(FrameReader reader) throws Violation {
        Heard heard = early;
        return heard == null ? reader.next() : heard;
    }

    /** RFC 6455 §5.5.1: a close frame is answered, and then the server ends the TCP connection. */
    private void answered(Set<Integer> codes, Connection connection, FrameReader reader) throws IOException, Violation {
        Heard heard = last(reader);
        if (!(heard instanceof Heard.Close close)) {
            throw new Violation("expected was a close frame, and there came " + heard);
        }
        if (!codes.contains(close.code())) {
            note(Verdict.LENIENT, "it answers with " + close + " instead of " + Words.either(codes));
        }
        if (!ends(target.patience(), connection, reader)) {
            throw new Violation("it does not end the TCP connection (RFC 6455 §5.5.1)");
        }
    }

    private void failsAtOnce(Step.FailsAtOnce fails, Connection connection, FrameReader reader)
            throws IOException, Violation {
        if (early == null) {
            connection.waitFor(target.moment());
            Heard heard = reader.next();
            connection.waitFor(target.patience());
            if (heard instanceof Heard.Silence) {
                note(Verdict.LENIENT, "it fails only when it has seen the whole message");
                connection.write(fails.rest(), 0);
            } else {
                early = heard;
            }
        }
        fails(fails.codes(), connection, reader);
    }

    /** RFC 6455 §7.1.7. */
    private void fails(Set<Integer> codes, Connection connection, FrameReader reader) throws IOException, Violation {
        switch (last(reader)) {
            case Heard.Close close -> {
                if (!codes.contains(close.code())) {
                    Verdict how = REFUSALS.contains(close.code()) ? Verdict.LENIENT : Verdict.FAILED;
                    note(how, "it fails with " + close + " instead of " + Words.either(codes));
                }
                connection.write(Wire.close(close.code() == Heard.Close.NO_CODE ? 1000 : close.code()), 0);
                if (!ends(target.moment(), connection, reader)) {
                    note(Verdict.LENIENT, "it leaves the end of the TCP connection to the client (RFC 6455 §7.1.1)");
                }
            }
            case Heard.End end ->
                note(Verdict.LENIENT, "there comes " + end + ", and no close frame (RFC 6455 §7.1.7)");
            case Heard.Silence silence -> throw new Violation("it goes on as if nothing were wrong");
            case Heard.Message message -> throw new Violation("it takes it: there comes " + message);
            case Heard.Pong pong -> throw new Violation("it goes on: there comes " + pong);
        }
    }

    /** Waits for the end of the TCP connection behind a close frame; false if it doesn't come. */
    private boolean ends(Duration wait, Connection connection, FrameReader reader) throws IOException, Violation {
        connection.waitFor(wait);
        while (true) {
            switch (reader.next()) {
                case Heard.End end -> {
                    return true;
                }
                case Heard.Silence silence -> {
                    return false;
                }
                case Heard.Message message ->
                    throw new Violation("it sends a message behind its close frame (RFC 6455 §5.5.1)");
                case Heard.Close close ->
                    note(Verdict.LENIENT, "behind its close frame it sends " + close + " (RFC 6455 §1.4)");
                case Heard.Pong pong ->
                    note(Verdict.LENIENT, "behind its close frame it sends " + pong + " (RFC 6455 §1.4)");
            }
        }
    }

    private void note(Verdict how, @Nullable String reason) {
        if (how.compareTo(verdict) > 0) {
            verdict = how;
            why = reason == null ? "" : reason;
        }
    }
}
