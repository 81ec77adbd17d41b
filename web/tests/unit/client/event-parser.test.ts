// Event streams are read as WHATWG HTML §9.2.6 says, wherever they are cut.

import { describe, expect, test } from "vitest";
import { EventParser } from "../../../client/src/fallback/event-parser.js";

function parse(pieces: readonly string[]): [string, string][] {
  const events: [string, string][] = [];
  const parser = new EventParser((data, type) => events.push([type, data]));
  for (const piece of pieces) parser.push(piece);
  return events;
}

describe("an event stream", () => {
  const stream =
    ": a comment\nretry: 1000\n\ndata: one\n\nevent: heartbeat\ndata: {}\n\r\nid: 7\ndata:two\ndata:  lines\r\n\r\n" +
    "event: nothing to say\n\ndata\n\ndata: ünïcode 💫\r\rfield: unknown\ndata: x:y\n\ndata: cut off";
  const events = [
    ["message", "one"],
    ["heartbeat", "{}"],
    ["message", "two\n lines"],
    ["message", ""],
    ["message", "ünïcode 💫"],
    ["message", "x:y"],
  ];

  test("is read as a whole", () => {
    expect(parse([stream])).toEqual(events);
  });

  test("is read the same when it is cut in two at any place", () => {
    for (let at = 0; at <= stream.length; at++) expect(parse([stream.slice(0, at), stream.slice(at)]), `cut at ${at}`).toEqual(events);
  });

  test("is read the same one character at a time", () => {
    expect(parse(stream.split(""))).toEqual(events);
  });

  test("whose event has no end is given up", () => {
    const parser = new EventParser(() => {});
    const endless = "x".repeat(1 << 20);
    expect(() => {
      for (let i = 0; i < 40; i++) parser.push(endless);
    }).toThrow(RangeError);
  });
});
