// What is told of an exchange to who debugs: enough to see what happened, nothing that is secret or private.

import type { Connection, ExchangeLogEntry } from "../connection.ts";
import { type Exchange, exchange, type HttpRequest } from "./exchange.ts";

/** Makes one exchange and tells the connection's observer of it. */
export async function observedExchange(
  connection: Connection,
  request: HttpRequest,
  attempt: number,
): Promise<Exchange> {
  const startedMs = performance.now();
  const result = await exchange(request);
  connection.onExchange?.(describe(connection, request, result, { attempt, startedMs }));
  return result;
}

function describe(
  connection: Connection,
  request: HttpRequest,
  result: Exchange,
  { attempt, startedMs }: { readonly attempt: number; readonly startedMs: number },
): ExchangeLogEntry {
  return {
    method: request.method,
    url: connection.redact(maskUrl(request.url)),
    headerNames: Object.keys(request.headers).map((name) => name.toLowerCase()),
    requestBytes: request.body?.length ?? 0,
    attempt,
    durationMs: Math.round(performance.now() - startedMs),
    status: result.kind === "answer" ? result.status : null,
    responseBytes: result.kind === "answer" ? result.body.length : 0,
    failure: result.kind === "failed" ? connection.redact(`${result.code}: ${result.reason}`) : null,
  };
}

/** Names of query parameters without their values; digits of what may be a phone number as dots. */
function maskUrl(url: URL): string {
  const names = [...new Set(url.searchParams.keys())].map((name) => `${name}=…`).join("&");
  const path = url.pathname.replace(/(^|[^0-9a-zA-Z])((?:\+|%2B)?\d{3})\d{4,}/gi, "$1$2…");
  return `${url.origin}${path}${names === "" ? "" : `?${names}`}`;
}
