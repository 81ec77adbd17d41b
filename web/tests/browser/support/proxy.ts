// A TCP proxy on loopback whose connections can be cut, as a train in a tunnel does: all at once, with a reset.

import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

export interface Proxy {
  readonly url: string;
  /** Connections that are open now. */
  readonly connections: number;
  /** Resets every connection, and every new one until `mend`. Answers how many were open. */
  cut(): number;
  mend(): void;
  close(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let isCut = false;
  const listener = createServer((near) => {
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(targetPort, "127.0.0.1");
    open.add(near);
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.on("close", () => {
      open.delete(near);
      far.destroy();
    });
    far.on("close", () => near.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    get connections() {
      return open.size;
    },
    cut() {
      isCut = true;
      const count = open.size;
      for (const socket of open) socket.resetAndDestroy();
      return count;
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
