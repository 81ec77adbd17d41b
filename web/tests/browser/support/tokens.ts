// Tokens as an app's own login would issue them, and a server that wants them.

import { createHmac } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SECRET = "a secret of the tests, long enough for HS256";

/** A configuration under which whoever has a token may do all on channels `room:…`, and nobody else anything. */
export function configurationWithTokens(more = ""): string {
  const file = join(mkdtempSync(join(tmpdir(), "carillon-tokens-")), "carillon.yaml");
  const grants = '[{channels: "room:**", may: [subscribe, publish, signal, presence]}]';
  writeFileSync(file, `tokens: {keys: [{id: k1, algorithm: HS256, secret: "${SECRET}"}], roles: [user]}\nroles: [{name: user, grants: ${grants}}]\n${more}`);
  return file;
}

export function token(user: string, lifeMillis: number, secret = SECRET, claims: object = {}): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Date.now() / 1_000;
  const text = `${encode({ alg: "HS256", typ: "JWT", kid: "k1" })}.${encode({ sub: user, iat: Math.floor(now), exp: Math.ceil(now + lifeMillis / 1_000), ...claims })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
