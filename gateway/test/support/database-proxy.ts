// A way to a database that a test can cut: bytes go through until cut(), then connections are refused and the open ones
// reset, as when a server or its network dies.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface DatabaseProxy {
  /** DATABASE_URL through the proxy. */
  readonly url: string;
  /** Takes the database away; the returned function gives it back. */
  cut(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTo(target);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const port = await listen(server, 0);
  const url = new URL(databaseUrl);
  url.searchParams.delete("host");
  url.hostname = "127.0.0.1";
  url.port = String(port);

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return {
    url: url.href,
    close,
    async cut() {
      await close();
      return () => listenAgain(server, port);
    },
  };
}

/** A `host` parameter is a directory with a socket; otherwise it is TCP. */
function connectTo(target: URL): Socket {
  const port = target.port || "5432";
  const directory = target.searchParams.get("host");
  return directory?.startsWith("/")
    ? connect(`${directory}/.s.PGSQL.${port}`)
    : connect(Number(port), directory ?? target.hostname);
}

/** While nobody listened the system may have given the port to an outgoing connection, for a moment. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (;;) {
    try {
      await listen(server, port);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
