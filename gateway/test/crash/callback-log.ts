// The application's side: a web server that takes status callbacks by the thousand and keeps, per message, which came in
// which order under which idempotency token.

import { once } from "node:events";
import { createServer } from "node:http";

interface Arrival {
  readonly status: string;
  readonly token: string;
}

export interface CallbackLog {
  /** Where status callbacks are to be sent. */
  readonly url: string;
  readonly bySid: ReadonlyMap<string, readonly Arrival[]>;
  close(): Promise<void>;
}

export async function startCallbackLog(): Promise<CallbackLog> {
  const bySid = new Map<string, Arrival[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const sid = form.get("MessageSid") ?? "";
      const arrivals = bySid.get(sid) ?? [];
      bySid.set(sid, arrivals);
      const token = request.headers["i-twilio-idempotency-token"];
      arrivals.push({ status: form.get("MessageStatus") ?? "", token: String(token) });
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the callback log has no port");
  return {
    url: `http://127.0.0.1:${address.port}/status`,
    bySid,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const order = ["queued", "sending", "sent", "delivered"];

/** What is wrong with a delivered message's callbacks; null if nothing is. */
export function callbackProblem(arrivals: readonly Arrival[]): string | null {
  if (!arrivals.some(({ status }) => status === "delivered")) return "has no callback that says delivered";
  const tokens = new Map<string, string>();
  let reached = 0;
  for (const { status, token } of arrivals) {
    const known = tokens.get(status);
    if (known !== undefined && known !== token) return `has two callbacks that say ${status}, with different tokens`;
    tokens.set(status, token);
    const rank = order.indexOf(status);
    if (rank < reached) return `has its callbacks out of order: ${arrivals.map((one) => one.status).join(", ")}`;
    reached = rank;
  }
  return null;
}

/** Callbacks that came more than once (with the same token). */
export function repeatedCallbacks(log: CallbackLog): number {
  let repeated = 0;
  for (const arrivals of log.bySid.values()) {
    repeated += arrivals.length - new Set(arrivals.map(({ token }) => token)).size;
  }
  return repeated;
}
