// Every error and close code (PROTOCOL.md §9). Made from codes.json by CodesTest; change it there.

export type Action = "retry" | "reconnect" | "stop";

export const codes = {
  /** A queue of the server is full. */
  overloaded: 4000,
  /** The disk has no space left; nothing that was acknowledged is lost. */
  storage_full: 4001,
  /** The log could not be written or read. */
  storage_fault: 4002,
  /** An earlier publish of this connection to this channel was refused and may come again: send that one first, or abandon it. */
  earlier_publish_refused: 4003,
  /** More was sent than the limit allows in this time. */
  rate_limited: 4004,
  /** Who decides about this request did not answer in time. */
  decision_late: 4005,
  /** The node keeps as many channels as its limit allows. */
  channels_full: 4006,
  /** As many users as the limit allows are listed in the channel's presence: this one is not. */
  presence_full: 4007,
  /** The log that the nodes share does not answer; nothing that was acknowledged is lost by that. */
  broker_away: 4008,
  /** The log that the nodes share answers again: what was published meanwhile comes, and what was refused can be sent again. */
  broker_back: 4009,
  /** The node is going away; another one takes over. */
  moving: 4300,
  /** Nothing was heard from the peer for the announced heartbeat. */
  heartbeat_missed: 4301,
  /** The node takes no more for now: it holds as many connections as its limit allows, or more sessions begin at once than it takes in. */
  node_full: 4302,
  /** The server made a mistake, which its log tells. */
  internal: 4303,
  /** The peer does not read what it asked for. */
  slow: 4304,
  /** The token will expire after the time given: authenticate with a new one, or come back with it. */
  token_expiring: 4305,
  /** The message is not the JSON that it should be, or a field is missing or of another type. */
  malformed: 4600,
  /** There is no message of this type. */
  unknown_type: 4601,
  /** A channel's name has 1 to 200 characters of A-Z a-z 0-9 _ . : ~ -. */
  invalid_channel: 4602,
  /** No pattern of the configuration allows a channel of this name. */
  unknown_channel: 4603,
  /** No grant allows this. */
  not_permitted: 4604,
  /** A token or key is missing, or is none that this server knows. */
  unauthenticated: 4605,
  /** It is larger than the limit named in the message. */
  too_large: 4606,
  /** This is no position that this server can read. */
  invalid_position: 4607,
  /** The idempotency key was used before with other data. */
  idempotency_conflict: 4608,
  /** An idempotency key has 16 to 64 characters of A-Z a-z 0-9 _ . : ~ -. */
  invalid_idempotency_key: 4609,
  /** This session is not subscribed to the channel. */
  not_subscribed: 4610,
  /** This session is subscribed to the channel already. */
  already_subscribed: 4611,
  /** The session is subscribed to as many channels as the limit allows. */
  too_many_subscriptions: 4612,
  /** This server does not do that on this channel. */
  unsupported: 4613,
  /** The body's content type is not one that this address takes. */
  unsupported_media_type: 4614,
  /** Pages of this origin are not allowed here. */
  origin_refused: 4615,
  /** This server does not answer to this host name. */
  host_refused: 4616,
  /** This address does not take this method. */
  method_not_allowed: 4617,
  /** There is nothing at this address. */
  not_found: 4618,
  /** This address speaks WebSocket only. */
  upgrade_required: 4619,
  /** The HTTP request is not one that this server takes. */
  bad_request: 4620,
  /** The token has expired. */
  token_expired: 4621,
  /** The token is not valid yet. */
  token_not_yet_valid: 4622,
  /** The token was issued for somebody else, or by somebody else. */
  token_wrong_audience: 4623,
  /** The token cannot be trusted; the message says why. */
  token_invalid: 4624,
  /** What proves who this is was revoked. */
  revoked: 4625,
  /** The map holds as many keys, or as many bytes, as its limit allows. */
  map_full: 4626,
  /** This channel keeps nothing: send a signal instead. */
  signals_only: 4627,
  /** This channel is a map: say whose value it is, by key. */
  key_required: 4628,
} as const;

export type CodeName = keyof typeof codes;

/** What to do about a code, known or not: its range tells. */
export function actionOf(code: number): Action {
  if (code >= 4000 && code <= 4299) return "retry";
  if (code >= 4300 && code <= 4599) return "reconnect";
  if (code >= 4600 && code <= 4999) return "stop";
  return "reconnect";
}
