// Shows the request, the answer, and over HTTP/1.1 how the one's key becomes the other's accept value.

import { byId, make } from "@carillon/look";
import { deriveAccept } from "./accept.js";
import type { Handshake } from "./feed.js";

export async function showHandshake(handshake: Handshake): Promise<void> {
  byId("request").replaceChildren(...marked(handshake.request, "sec-websocket-key", "key"));
  byId("response").replaceChildren(...marked(handshake.response, "sec-websocket-accept", "accept"));
  byId("handshake-empty").hidden = true;
  byId("handshake").hidden = false;

  const steps = byId("derivation");
  const verdict = byId("verdict");
  const { proof } = handshake;
  if (proof === undefined) {
    const whole = "The stream of an HTTP/2 connection carries it. There is no key: only a server that knows WebSockets answers this CONNECT with 200.";
    steps.replaceChildren(step("RFC 8441", whole));
    verdict.textContent = "";
    verdict.removeAttribute("data-agrees");
    return;
  }
  // Only pages of a trustworthy origin (https, or loopback) may reckon SHA-1.
  if (!("subtle" in crypto)) {
    steps.replaceChildren(step("SHA-1", "not reckoned: this page was not loaded over https or from this machine"));
    return;
  }
  const derived = await deriveAccept(proof.key, proof.guid);
  const agrees = derived.accept === proof.accept;
  steps.replaceChildren(
    step("The key, 16 random bytes in base64", make("mark", "key", proof.key)),
    step("and RFC 6455’s GUID behind it", make("mark", "key", proof.key), proof.guid),
    step("SHA-1 of that, 20 bytes", spaced(derived.sha1)),
    step("in base64", make("mark", "accept", derived.accept)),
  );
  verdict.textContent = agrees
    ? "This page reckoned it too: both agree."
    : `The server answered ${proof.accept}: they differ.`;
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
