package dev.carillon.bench;

import java.util.List;
import java.util.stream.Stream;

/** Why other servers differ, as their sources and what they did say, for docs/conformance.md. Stateless. */
final class Explanations {

    private Explanations() {}

    static List<Explanation> all() {
        return Stream.of(ws(), nettyOpening(), nettyFrames(), bun())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Explanation> ws() {
        return List.of(
                new Explanation(Peer.WS, List.of("H.1.5"), """
                    Of `Upgrade` it compares the whole value with `websocket`, and does not read it as a list.
                    """),
                new Explanation(Peer.WS, List.of("H.1.6"), """
                    Node's HTTP parser sees no upgrade where a tab stands behind `Upgrade` in `Connection`, and so it is
                    answered as an ordinary request.
                    """),
                new Explanation(Peer.WS, List.of("H.2.3", "H.2.4", "H.2.5"), """
                    Node checks `Host` only where it calls a request's handler; an upgrade goes past that. HTTP's
                    version is nobody's.
                    """),
                new Explanation(Peer.WS, List.of("H.5.3"), """
                    It serves version 8, a draft with the same frames, beside 13, which §4.4 allows.
                    """),
                new Explanation(Peer.WS, List.of("6.4.*"), """
                    Text is checked when the message is whole. §8.1 asks for no more; failing at once saves the rest of
                    a large message.
                    """),
                new Explanation(Peer.WS, List.of("L.5", "L.6"), """
                    The form of a length is not checked; §5.2: \"the minimal number of bytes MUST be used\".
                    """),
                new Explanation(Peer.WS, List.of("9.3.1", "9.4.1"), """
                    It takes no message of more than 16,384 fragments, and says so with 1008.
                    """),
                new Explanation(
                        Peer.WS,
                        List.of(
                                "D.3.3", "D.4.1", "D.4.2", "D.4.3", "D.4.4", "D.4.5", "D.4.6", "D.4.7", "D.4.8",
                                "D.4.10", "D.4.11", "D.4.12", "D.4.14"),
                        """
                    An offer that is not legal makes it refuse the whole handshake, also when another offer behind it is
                    legal; §7: \"MUST decline\" the offer, so that the connection opens without it.
                    """),
                new Explanation(Peer.WS, List.of("D.4.9", "D.4.13"), """
                    Numbers go through JavaScript's conversion, which takes leading zeros.
                    """),
                new Explanation(Peer.WS, List.of("D.8.8"), """
                    Its inflater gives out what it has when its input ends, and nobody asks whether that was at the
                    border of a block.
                    """));
    }

    private static List<Explanation> nettyOpening() {
        return List.of(
                new Explanation(Peer.NETTY, List.of("H.1.5"), """
                    Of `Upgrade` it compares the whole value with `websocket`, and does not read it as a list.
                    """),
                new Explanation(Peer.NETTY, List.of("H.2.3", "H.4.2", "H.4.3", "H.4.4", "H.4.5", "H.4.6"), """
                    Its handshaker looks at the method, at `Upgrade` and `Connection`, and for the presence of a key.
                    HTTP's version is not looked at, nor what the key is: it hashes what there is, of two keys the
                    first.
                    """),
                new Explanation(Peer.NETTY, List.of("H.2.4", "H.2.5", "H.2.6"), """
                    Its HTTP codec leaves `Host` to whoever uses it, and takes a space before the colon of a header for
                    a part of neither name nor value.
                    """),
                new Explanation(Peer.NETTY, List.of("H.5.1", "H.5.3"), """
                    A request without a version is taken for one of the draft 76, and refused because it isn't; then no
                    version is named. Version 8, a draft with the same frames, is served beside 13, which §4.4 allows.
                    """),
                new Explanation(Peer.NETTY, List.of("H.6.3", "H.6.4"), """
                    It was given no subprotocols, and then does not look at what is offered, which is no less safe.
                    """),
                new Explanation(Peer.NETTY, List.of("H.7.*"), """
                    The list of extensions is split at commas and semicolons, and what does not match a pattern is
                    passed over; §9.1 wants the connection failed.
                    """),
                new Explanation(Peer.NETTY, List.of("D.4.2", "D.4.3", "D.4.4", "D.4.5", "D.4.13", "D.4.14"), """
                    Of parameters it knows the names and no rules: a second one replaces the first or is answered twice,
                    a value where none may be is passed over, and numbers go through `Integer.parseInt`, which takes
                    `08` and throws at `ten`.
                    """),
                new Explanation(Peer.NETTY, List.of("13.3.*", "13.4.*", "13.5.*", "13.6.*", "D.1.*", "D.3.5"), """
                    `server_max_window_bits` is declined whatever it says, 15 included: the JDK's zlib has no parameter
                    for the window, and JZlib, which has one, is an optional library.
                    """),
                new Explanation(Peer.NETTY, List.of("D.3.6"), """
                    Only the first line of `Sec-WebSocket-Extensions` is read.
                    """));
    }

    private static List<Explanation> nettyFrames() {
        return List.of(
                new Explanation(Peer.NETTY, List.of("3.*", "D.6.1", "D.6.2", "D.6.3", "D.6.4"), """
                    A decoder that is to allow extensions checks no reserved bit at all, whether or not one was
                    negotiated: the handler of the extension looks at RSV1 of data frames, and whatever else is set is
                    handed on. A pong and a close frame even go back with the bits that came.
                    """),
                new Explanation(Peer.NETTY, List.of("6.4.3", "6.4.4"), """
                    It hands on whole frames, and text is checked behind that; so a wrong octet shows at the end of its
                    frame. (Its close frames come in two, as below.)
                    """),
                new Explanation(
                        Peer.NETTY,
                        List.of(
                                "2.5", "4.*", "5.*", "6.*", "7.3.2", "7.3.6", "L.1", "L.3", "L.4", "L.5", "L.6", "L.7",
                                "L.8", "L.9", "L.10", "L.11", "D.6.5", "D.8.6", "D.8.7"),
                        """
                    The fault is found, and answered with the right close frame. But it is the decoder that writes this,
                    behind the back of the protocol handler, which then sees the connection closing, believes that no
                    close frame was sent, and sends its own with 1000. A client that reads on is told that all was well.
                    """),
                new Explanation(Peer.NETTY, List.of("7.5.1", "7.9.*"), """
                    Once a close frame has come, its decoder sends none for what is wrong with it (its flag for the
                    closing handshake is set before the frame is checked); what the client gets is the protocol
                    handler's 1000.
                    """),
                new Explanation(Peer.NETTY, List.of("L.12"), """
                    Each octet of a reason is checked, but not that the last character is whole. Found by fuzzing its
                    decoder beside ours.
                    """),
                new Explanation(Peer.NETTY, List.of("7.13.*"), """
                    Every code above 2999 counts as valid, those above 4999 as well, and is sent back.
                    """),
                new Explanation(
                        Peer.NETTY,
                        List.of("L.2", "D.8.1", "D.8.2", "D.8.3", "D.8.4", "D.8.5", "D.8.9", "D.9.2", "D.9.3", "D.9.4"),
                        """
                    The inflater and the aggregator throw exceptions that know no close code; an application that closes
                    on an exception, as this echo and its examples do, closes with 1000.
                    """),
                new Explanation(Peer.NETTY, List.of("D.9.1"), """
                    Its largest allocation is a capacity that must not be reached: a message of just that size counts as
                    too large.
                    """),
                new Explanation(Peer.NETTY, List.of("D.8.8"), """
                    Its inflater gives out what it has when its input ends, and nobody asks whether that was at the
                    border of a block.
                    """),
                new Explanation(Peer.NETTY, List.of("D.7.4"), """
                    A fragment of a compressed message that inflates to nothing yet is taken for an error.
                    """));
    }

    private static List<Explanation> bun() {
        return List.of(
                new Explanation(Peer.BUN, List.of("H.2.3", "H.2.5", "H.3.4", "H.3.5", "H.3.6"), """
                    Its upgrade asks for a key and `Upgrade`; `Connection`, a second `Host` and HTTP's version are not
                    looked at.
                    """),
                new Explanation(Peer.BUN, List.of("H.6.3", "H.6.4"), """
                    Unless the application chooses, it does not look at the subprotocols on offer, which is no less
                    safe.
                    """),
                new Explanation(Peer.BUN, List.of("H.7.*"), """
                    What it can't read of the offered extensions is passed over; §9.1 wants the connection failed.
                    """),
                new Explanation(Peer.BUN, List.of("6.4.*"), """
                    Text is checked when the message is whole. §8.1 asks for no more; failing at once saves the rest of
                    a large message.
                    """),
                new Explanation(Peer.BUN, List.of("L.5", "L.6"), """
                    The form of a length is not checked; §5.2: \"the minimal number of bytes MUST be used\".
                    """),
                new Explanation(Peer.BUN, List.of("13.3.*", "13.5.*", "D.1.*"), """
                    A window below 15 bits is declined.
                    """),
                new Explanation(Peer.BUN, List.of("D.5.6"), """
                    It answers every offer with `client_no_context_takeover`, so that no connection keeps a window.
                    """),
                new Explanation(Peer.BUN, List.of("D.8.8"), """
                    Its inflater gives out what it has when its input ends, and nobody asks whether that was at the
                    border of a block.
                    """));
    }
}
