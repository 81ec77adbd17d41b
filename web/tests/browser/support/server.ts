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
  /** As kill -9 does, and waits until it is over. */
  kill(): Promise<void>;
  /** Starts it again after that, with its data and on its port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly command?: "serve" | "echo" | "cluster";
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Running {
  readonly url: string;
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export async function startServer({ command = "serve", args = [], env = {} }: ServerOptions = {}): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "carillon-"));
  const dataArgs = command === "serve" ? ["--data", data] : [];
  const start = (port: number) => launch(command, ["--port", String(port), ...dataArgs, ...args], env);
  const forgetData = () => rmSync(data, { recursive: true, force: true });

  let running = await start(0).catch((error: unknown) => {
    forgetData();
    throw error;
  });
  const { url } = running;
  const port = Number(new URL(url).port);
  return {
    url,
    port,
    kill: () => running.kill("SIGKILL"),
    restart: async () => void (running = await start(port)),
    async stop() {
      await running.kill("SIGTERM");
      forgetData();
    },
  };
}

/** Becomes ready, or ends with all that it said. */
async function launch(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const home = process.env["CARILLON_HOME"] ?? fileURLToPath(new URL("../../../..", import.meta.url));
  const child = spawn(join(home, "carillon"), [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));

  async function kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MILLIS);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    clearTimeout(late);
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
    return { url, kill };
  } catch (error) {
    await kill("SIGTERM");
    throw error;
  }
}
