// The text of an event stream, as WHATWG HTML §9.2.6 reads it; `id` and `retry` are left out, because here a client keeps its
// positions and its waits itself.

/** A line or an event with more characters ends the connection: nobody is sent so much. */
const TEXT_MAX = 32 * 1024 * 1024;

export class EventParser {
  #rest = "";
  #data = "";
  #type = "";
  #skipsNewline = false;

  constructor(private readonly event: (data: string, type: string) => void) {}

  /** Takes the next piece, wherever it was cut. Throws `RangeError` where an event has no end. */
  push(piece: string): void {
    const text = this.#skipsNewline && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece === "") return;
    this.#skipsNewline = piece.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
    if (this.#rest.length + this.#data.length > TEXT_MAX) throw new RangeError("An event has no end.");
  }

  #line(line: string): void {
    if (line === "") return this.#end();
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") this.#data += `${value}\n`;
    if (field === "event") this.#type = value;
  }

  #end(): void {
    if (this.#data !== "") this.event(this.#data.slice(0, -1), this.#type || "message");
    this.#data = "";
    this.#type = "";
  }
}
