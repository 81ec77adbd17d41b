// Shows the request, the 101, and how the one's key becomes the other's accept value.

import { byId, make } from "@carillon/look";
import { deriveAccept } from "./accept.js";
import type { Handshake } from "./feed.js";

export async function showHandshake(handshake: Handshake): Promise<void> {
  byId("request").replaceChildren(...marked(handshake.request, "sec-websocket-key", "key"));
  byId("response").replaceChildren(...marked(handshake.response, "sec-websocket-accept", "accept"));
  byId("handshake-empty").hidden = true;
  byId("handshake").hidden = false;

  const steps = byId("derivation");
  // Only pages of a trustworthy origin (https, or loopback) may reckon SHA-1.
  if (!("subtle" in crypto)) {
    steps.replaceChildren(step("SHA-1", "not reckoned: this page was not loaded over https or from this machine"));
    return;
  }
  const derived = await deriveAccept(handshake.key, handshake.guid);
  const agrees = derived.accept === handshake.accept;
  steps.replaceChildren(
    step("The key, 16 random bytes in base64", make("mark", "key", handshake.key)),
    step("and RFC 6455’s GUID behind it", make("mark", "key", handshake.key), handshake.guid),
    step("SHA-1 of that, 20 bytes", spaced(derived.sha1)),
    step("in base64", make("mark", "accept", derived.accept)),
  );
  const verdict = byId("verdict");
  verdict.textContent = agrees
    ? "This page reckoned it too: both agree."
    : `The server answered ${handshake.accept}: they differ.`;
  verdict.toggleAttribute("data-agrees", agrees);
}

function step(title: string, ...content: (Node | string)[]): HTMLElement {
  return make("li", "", make("span", "step-title", title), make("code", "", ...content));
}

function spaced(hex: string): string {
  return (hex.match(/../g) ?? []).join(" ");
}

/** The text with the value of one header marked. */
function marked(text: string, header: string, className: string): Node[] {
  const lines = text.trimEnd().split("\r\n");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    const name = colon < 0 ? "" : line.slice(0, colon);
    const row = make("span", "line");
    if (name === "") row.append(make("b", "", line));
    else if (name.toLowerCase() !== header) row.append(make("span", "name", `${name}:`), line.slice(colon + 1));
    else row.append(make("span", "name", `${name}:`), " ", make("mark", className, line.slice(colon + 1).trim()));
    return row;
  });
}
