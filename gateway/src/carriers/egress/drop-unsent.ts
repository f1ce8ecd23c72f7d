// Connections that end with a reset when they are given up. A closed socket's unsent bytes stay with the kernel, which goes
// on delivering them for a minute or two: a request that everybody took for lost would arrive after all.

import type { Socket } from "node:net";
import type { buildConnector } from "undici";

type Connector = ReturnType<typeof buildConnector>;

/** TLS runs over a TCP socket of our own: Node can reset only that. */
export function droppingUnsent(connect: Connector): Connector {
  return (options, callback) => {
    const secure = options.protocol === "https:";
    const port = options.port === "" && secure ? "443" : options.port;
    connect({ ...options, port, protocol: "http:" }, (...[error, tcp]) => {
      if (error !== null) return callback(error, null);
      if (!secure) return callback(null, resetOnError(tcp, tcp));
      connect({ ...options, httpSocket: tcp }, (...[failed, tls]) => {
        if (failed === null) return callback(null, resetOnError(tls, tcp));
        tcp.destroy();
        callback(failed, null);
      });
    });
  };
}

function resetOnError(socket: Socket, tcp: Socket): Socket {
  const destroy = socket.destroy.bind(socket);
  let cause: Error | undefined;
  socket.destroy = (error) => {
    if (error === undefined || cause !== undefined || socket.destroyed) return destroy(error ?? cause);
    cause = error;
    // Of the TCP socket itself this comes back here, without the error.
    tcp.resetAndDestroy();
    return socket.destroyed ? socket : destroy(error);
  };
  return socket;
}
