// One request to a server that users name, and what came of it. Knows to the byte whether the request was written: before
// that it can be dropped, after that nobody knows. Follows no redirect, waits for no endless body, never rejects.

import type { Dispatcher } from "undici";
import { createAddressCheck } from "../egress/addresses.ts";
import { type Connections, createConnections, type Resolver, systemResolver } from "../egress/connections.ts";
import { type EgressFailure, egressFailure, failureOf } from "../egress/failure.ts";
import { orAborted } from "./or-aborted.ts";

export interface ExchangeTarget {
  readonly url: string;
  /** DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** PEM: the server's certificate must be this one or signed by it. */
  readonly certificate: string | undefined;
}

export interface ExchangeRequest extends ExchangeTarget {
  readonly method: "GET" | "POST";
  /** Values are bytes: one character each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the request to the answer's head; may take effect up to a second late. */
  readonly readTimeoutMs: number;
  /** Asked right before the request is written. */
  readonly mayWrite: () => boolean;
}

/** Any status. What came of the body in a moment, up to 64 KiB. */
export interface ExchangeAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type ExchangeResult = ExchangeAnswer | EgressFailure;

export interface Exchange {
  /** Never rejects. `maybeSent` of a failure is exact: false means that nothing was written. */
  request(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeResult>;
  /** Connects and hangs up without a request; null: that works. Never rejects. */
  tryConnect(target: ExchangeTarget, signal: AbortSignal): Promise<EgressFailure | null>;
  /** Ends every connection; requests under way fail. */
  close(): Promise<void>;
}

const bodyBytesMax = 65_536;
/** The head decides; the body only adds detail. */
const bodyTimeMs = 2_000;
/** Below what servers commonly keep: a request on a connection that the server just closed is an unknown outcome. */
const keepAliveMs = 4_000;
/** Providers are held to their own limits before; this only bounds a host that many of them share. */
const connectionsPerOrigin = 2_000;

const tooLate = new Error("too late for this request");

/** Throws when a CIDR of `allow` cannot be read. */
export function createExchange(options: {
  readonly allow: readonly string[];
  readonly allowLoopback: boolean;
  readonly resolver?: Resolver;
}): Exchange {
  const connections = createConnections({
    isAllowed: createAddressCheck(options),
    resolver: options.resolver ?? systemResolver,
    connectionsPerOrigin,
    keepAliveMs,
    dropUnsent: true,
  });
  return {
    request: (request, signal) => exchangeOver(connections, request, signal),
    async tryConnect(target, signal) {
      const url = URL.parse(target.url);
      if (url === null) return egressFailure("bad-url", "not a URL", false);
      const connecting = connections.tryConnect(url, settingsOf(target)).then(() => null, notSent);
      return orAborted(connecting, signal, () => aborted(false));
    },
    close: () => connections.close(),
  };
}

function exchangeOver(
  connections: Connections,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const url = URL.parse(request.url);
  if (url === null) return Promise.resolve(egressFailure("bad-url", "not a URL", false));
  if (signal.aborted) return Promise.resolve(aborted(false));
  return new Promise((resolve) => {
    const receiver = createReceiver(request.mayWrite, (result) => {
      signal.removeEventListener("abort", receiver.giveUp);
      resolve(result);
    });
    signal.addEventListener("abort", receiver.giveUp);
    const options: Dispatcher.DispatchOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: request.headers,
      body: request.body,
      headersTimeout: request.readTimeoutMs,
      bodyTimeout: bodyTimeMs,
    };
    try {
      connections.agentFor(settingsOf(request)).dispatch(options, receiver.handler);
    } catch (thrown) {
      // headers that no request may have, pools that are closed: refused before anything was done
      receiver.fail(thrown);
    }
  });
}

interface Receiver {
  readonly handler: Dispatcher.DispatchHandler;
  readonly giveUp: () => void;
  fail(thrown: unknown): void;
}

function createReceiver(mayWrite: () => boolean, done: (result: ExchangeResult) => void): Receiver {
  let open = true;
  let written = false;
  let controller: Dispatcher.DispatchController | null = null;
  let head: Pick<ExchangeAnswer, "status" | "headers"> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const chunks: Buffer[] = [];
  let size = 0;

  function finish(failure: () => EgressFailure): void {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    const body = () => Buffer.concat(chunks).subarray(0, bodyBytesMax).toString("utf8");
    done(head === null ? failure() : { kind: "answer", ...head, body: body() });
  }
  function giveUp(): void {
    finish(() => aborted(written));
    controller?.abort(new Error("given up by the gateway"));
  }
  function fail(thrown: unknown): void {
    finish(() => (thrown === tooLate ? aborted(written) : { ...failureOf(thrown), maybeSent: written }));
  }

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(current) {
      // Waited for a connection for too long, or about to be written a second time. Thrown rather than aborted: the
      // connection is as good as before.
      if (!open || written || !mayWrite()) throw tooLate;
      controller = current;
      written = true;
    },
    onResponseStart(_, status, headers) {
      // 103 and the like come before the answer
      if (status < 200) return;
      head = { status, headers };
      timer = setTimeout(giveUp, bodyTimeMs);
    },
    onResponseData(_, chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bodyBytesMax) giveUp();
    },
    onResponseEnd: () => finish(() => aborted(written)),
    onResponseError: (_, error) => fail(error),
  };
  return { handler, giveUp, fail };
}

function settingsOf({ connectTimeoutMs, certificate }: ExchangeTarget) {
  return { connectTimeoutMs, verifyTls: true, ...(certificate === undefined ? {} : { certificate }) };
}

function notSent(thrown: unknown): EgressFailure {
  return { ...failureOf(thrown), maybeSent: false };
}

function aborted(maybeSent: boolean): EgressFailure {
  return egressFailure("aborted", "given up by the gateway", maybeSent);
}
