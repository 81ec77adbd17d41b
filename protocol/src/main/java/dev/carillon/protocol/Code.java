package dev.carillon.protocol;

import org.jspecify.annotations.Nullable;

/** Every error and close code (PROTOCOL.md §9). Made from codes.json by CodesTest; change it there. */
public enum Code {
    OVERLOADED(4000, "overloaded", 503, "A queue of the server is full."),
    STORAGE_FULL(4001, "storage_full", 507, "The disk has no space left; nothing that was acknowledged is lost."),
    STORAGE_FAULT(4002, "storage_fault", 503, "The log could not be written or read."),
    EARLIER_PUBLISH_REFUSED(4003, "earlier_publish_refused", 503, "An earlier publish of this connection to this channel was refused and may come again: send that one first, or abandon it."),
    RATE_LIMITED(4004, "rate_limited", 429, "More was sent than the limit allows in this time."),
    DECISION_LATE(4005, "decision_late", 503, "Who decides about this request did not answer in time."),
    CHANNELS_FULL(4006, "channels_full", 503, "The node keeps as many channels as its limit allows."),
    PRESENCE_FULL(4007, "presence_full", 503, "As many users as the limit allows are listed in the channel's presence: this one is not."),
    BROKER_AWAY(4008, "broker_away", 503, "The log that the nodes share does not answer; nothing that was acknowledged is lost by that."),
    BROKER_BACK(4009, "broker_back", 503, "The log that the nodes share answers again: what was published meanwhile comes, and what was refused can be sent again."),
    MOVING(4300, "moving", 503, "The node is going away; another one takes over."),
    HEARTBEAT_MISSED(4301, "heartbeat_missed", 408, "Nothing was heard from the peer for the announced heartbeat."),
    NODE_FULL(4302, "node_full", 503, "The node takes no more for now: it holds as many connections as its limit allows, or more sessions begin at once than it takes in."),
    INTERNAL(4303, "internal", 500, "The server made a mistake, which its log tells."),
    SLOW(4304, "slow", 503, "The peer does not read what it asked for."),
    TOKEN_EXPIRING(4305, "token_expiring", 401, "The token will expire after the time given: authenticate with a new one, or come back with it."),
    MALFORMED(4600, "malformed", 400, "The message is not the JSON that it should be, or a field is missing or of another type."),
    UNKNOWN_TYPE(4601, "unknown_type", 400, "There is no message of this type."),
    INVALID_CHANNEL(4602, "invalid_channel", 400, "A channel's name has 1 to 200 characters of A-Z a-z 0-9 _ . : ~ -."),
    UNKNOWN_CHANNEL(4603, "unknown_channel", 404, "No pattern of the configuration allows a channel of this name."),
    NOT_PERMITTED(4604, "not_permitted", 403, "No grant allows this."),
    UNAUTHENTICATED(4605, "unauthenticated", 401, "A token or key is missing, or is none that this server knows."),
    TOO_LARGE(4606, "too_large", 413, "It is larger than the limit named in the message."),
    INVALID_POSITION(4607, "invalid_position", 400, "This is no position that this server can read."),
    IDEMPOTENCY_CONFLICT(4608, "idempotency_conflict", 409, "The idempotency key was used before with other data."),
    INVALID_IDEMPOTENCY_KEY(4609, "invalid_idempotency_key", 400, "An idempotency key has 16 to 64 characters of A-Z a-z 0-9 _ . : ~ -."),
    NOT_SUBSCRIBED(4610, "not_subscribed", 409, "This session is not subscribed to the channel."),
    ALREADY_SUBSCRIBED(4611, "already_subscribed", 409, "This session is subscribed to the channel already."),
    TOO_MANY_SUBSCRIPTIONS(4612, "too_many_subscriptions", 409, "The session is subscribed to as many channels as the limit allows."),
    UNSUPPORTED(4613, "unsupported", 501, "This server does not do that on this channel."),
    UNSUPPORTED_MEDIA_TYPE(4614, "unsupported_media_type", 415, "The body's content type is not one that this address takes."),
    ORIGIN_REFUSED(4615, "origin_refused", 403, "Pages of this origin are not allowed here."),
    HOST_REFUSED(4616, "host_refused", 421, "This server does not answer to this host name."),
    METHOD_NOT_ALLOWED(4617, "method_not_allowed", 405, "This address does not take this method."),
    NOT_FOUND(4618, "not_found", 404, "There is nothing at this address."),
    UPGRADE_REQUIRED(4619, "upgrade_required", 426, "This address speaks WebSocket only."),
    BAD_REQUEST(4620, "bad_request", 400, "The HTTP request is not one that this server takes."),
    TOKEN_EXPIRED(4621, "token_expired", 401, "The token has expired."),
    TOKEN_NOT_YET_VALID(4622, "token_not_yet_valid", 401, "The token is not valid yet."),
    TOKEN_WRONG_AUDIENCE(4623, "token_wrong_audience", 401, "The token was issued for somebody else, or by somebody else."),
    TOKEN_INVALID(4624, "token_invalid", 401, "The token cannot be trusted; the message says why."),
    REVOKED(4625, "revoked", 403, "What proves who this is was revoked."),
    MAP_FULL(4626, "map_full", 409, "The map holds as many keys, or as many bytes, as its limit allows."),
    SIGNALS_ONLY(4627, "signals_only", 409, "This channel keeps nothing: send a signal instead."),
    KEY_REQUIRED(4628, "key_required", 400, "This channel is a map: say whose value it is, by key.");

    private static final long RETRY_MILLIS = 1000;

    private final int number;
    private final String wire;
    private final int http;
    private final String text;

    Code(int number, String wire, int http, String text) {
        this.number = number;
        this.wire = wire;
        this.http = http;
        this.text = text;
    }

    /** The number in errors and close frames. */
    public int number() {
        return number;
    }

    /** The name in errors and metrics. */
    public String wire() {
        return wire;
    }

    /** The status of an HTTP answer with this code. */
    public int http() {
        return http;
    }

    /** One sentence for people. */
    public String text() {
        return text;
    }

    /** What a peer does about it. */
    public Action action() {
        return Action.of(number);
    }

    /** After how many milliseconds to try again; 0 where that is of no use. */
    public long retryMillis() {
        return action() == Action.RETRY ? RETRY_MILLIS : 0;
    }

    /** The code of this number; null where this version knows none. */
    public static @Nullable Code of(int number) {
        for (Code code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return null;
    }
}
