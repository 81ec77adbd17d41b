// Starts a server of ours as a user would, by the script at the root of the repository, and ends it by its process id.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A first start from fresh sources compiles them. */
const READY_WITHIN_MILLIS = 540_000;
const STOP_WITHIN_MILLIS = 15_000;

export interface Server {
  /** Such as http://127.0.0.1:40123, or https:// with TLS. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly command?: "serve" | "echo";
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startServer({ command = "serve", args = [], env = {} }: ServerOptions = {}): Promise<Server> {
  const home = process.env["CARILLON_HOME"] ?? fileURLToPath(new URL("../../../..", import.meta.url));
  const data = mkdtempSync(join(tmpdir(), "carillon-"));
  const dataArgs = command === "serve" ? ["--data", data] : [];
  const child = spawn(join(home, "carillon"), [command, "--port", "0", ...dataArgs, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));

  async function stop(): Promise<void> {
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MILLIS);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await exited;
    }
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  }

  try {
    const url = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ready line in time:\n${said}`)), READY_WITHIN_MILLIS);
      createInterface(child.stdout).on("line", (line) => {
        said += `${line}\n`;
        const ready = /^ready (https?:\/\/127\.0\.0\.1:\d+)$/.exec(line);
        if (ready?.[1] === undefined) return;
        clearTimeout(late);
        resolve(ready[1]);
      });
      child.on("error", reject);
      void exited.then(() => reject(new Error(`carillon ${command} ended before it was ready:\n${said}`)));
    });
    return { url, port: Number(new URL(url).port), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
