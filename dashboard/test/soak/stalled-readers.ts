// Readers of the live tail that open it and then read nothing: what waits for them must not grow in the gateway, which hangs
// up on them after a while. Each comes back at once then, without Last-Event-ID.

import { connect, type Socket } from "node:net";

export interface StalledReaders {
  /** How often the gateway hung up on one. */
  readonly dropped: () => number;
  stop(): void;
}

export function startStalledReaders(url: string, authorization: string, count: number): StalledReaders {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let dropped = 0;
  let stopped = false;

  function read(): void {
    const socket = connect(Number(port), hostname);
    open.add(socket);
    socket.write(
      `GET /trunkline/v1/events?bodies=true HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    socket.pause();
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      open.delete(socket);
      if (stopped) return;
      dropped += 1;
      setTimeout(() => stopped || read(), 1_000);
    });
    // A paused socket does not notice that the other side is gone, unless it writes.
    const probe = setInterval(() => socket.write("\r\n"), 2_000);
    socket.on("close", () => clearInterval(probe));
  }

  for (let index = 0; index < count; index++) read();
  return {
    dropped: () => dropped,
    stop() {
      stopped = true;
      for (const socket of open) socket.destroy();
    },
  };
}
