// One request to an upstream and its whole answer. Follows no redirect, repeats nothing, reads no more than it is told to,
// and never rejects. Its word on `written` is what keeps a message from being sent twice: false only when it is certain
// that no byte of the request has left.

import type { Dispatcher } from "undici";
import type { Clock } from "../../core/clock.ts";
import type { Connections } from "../egress/connections.ts";
import {
  BodyTooBigError,
  type EgressFailure,
  type EgressFailureReason,
  egressFailure,
  failureOf,
} from "../egress/failure.ts";
import { shown } from "../shown.ts";

export interface ExchangeRequest {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly authorization: string;
  /** A form, encoded. */
  readonly form?: string;
  readonly idempotencyKey?: string;
  /** More connections than usual, for providers that may have more messages under way. */
  readonly connectionsPerOrigin?: number;
  /** Ms since the epoch; a request that is still waiting for a connection then must not leave. */
  readonly beginUntilMs?: number;
  /** A longer answer is none. Default 64 KiB: many answers are on their way at once. */
  readonly answerBytesMax?: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface NoAnswer {
  readonly kind: "failure";
  readonly reason: EgressFailureReason;
  /** For the operator. Holds no secrets. */
  readonly detail: string;
  /** False: it is certain that no byte of the request has left. */
  readonly written: boolean;
}

export type Exchange = (request: ExchangeRequest) => Promise<Answer | NoAnswer>;

export interface ExchangeDeps {
  readonly connections: Connections;
  readonly clock: Clock;
  /** From the call to the end of the answer. */
  readonly requestTimeoutMs: number;
}

const connectTimeoutMs = 5_000;
const defaultAnswerBytesMax = 65_536;

export function createExchange({ connections, clock, requestTimeoutMs }: ExchangeDeps): Exchange {
  return (request) => {
    const { signal, connectionsPerOrigin, beginUntilMs = Number.POSITIVE_INFINITY } = request;
    if (signal.aborted) return Promise.resolve(noAnswer(givenUp, false));
    const { promise, resolve } = Promise.withResolvers<Answer | NoAnswer>();
    const bytesLeft = request.answerBytesMax ?? defaultAnswerBytesMax;
    const incoming: Incoming = { written: false, settled: false, status: 0, headers: {}, chunks: [], bytesLeft };
    const settle = (result: Answer | EgressFailure) => {
      if (incoming.settled) return;
      incoming.settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      resolve(result.kind === "answer" ? result : noAnswer(result, incoming.written));
    };
    const end = (result: EgressFailure) => {
      settle(result);
      incoming.controller?.abort(new Error(result.detail));
    };
    const cancel = () => end(givenUp);
    const timer = setTimeout(() => end(outOfTime), requestTimeoutMs);
    signal.addEventListener("abort", cancel);
    const fail = (error: unknown) => settle(failureOf(error));
    const mayBegin = (): boolean => {
      if (incoming.settled || incoming.written) return false;
      // Timers come late after a freeze; the clock does not.
      if (signal.aborted) settle(givenUp);
      else if (clock.nowMs() >= beginUntilMs) settle(tooLate);
      return !incoming.settled;
    };
    try {
      connections
        .agentFor({ connectTimeoutMs, verifyTls: true, ...(connectionsPerOrigin && { connectionsPerOrigin }) })
        .dispatch(dispatchOptions(request), handlerOf(incoming, { mayBegin, settle, end, fail }));
    } catch (error) {
      fail(error);
    }
    return promise;
  };
}

interface Incoming {
  written: boolean;
  settled: boolean;
  controller?: Dispatcher.DispatchController;
  status: number;
  headers: Answer["headers"];
  readonly chunks: Buffer[];
  bytesLeft: number;
}

interface Steps {
  mayBegin(): boolean;
  settle(result: Answer): void;
  /** Also ends the connection. */
  end(failure: EgressFailure): void;
  fail(error: unknown): void;
}

/** undici asks for the start of a request right before its first byte is written, in the same turn. */
function handlerOf(incoming: Incoming, { mayBegin, settle, end, fail }: Steps): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      // Thrown rather than aborted: the connection is as good as before.
      if (!mayBegin()) throw new Error("it is too late for this request");
      incoming.controller = controller;
      incoming.written = true;
    },
    onResponseStart(_controller, status, headers) {
      incoming.status = status;
      incoming.headers = headers;
    },
    onResponseData(_controller, chunk) {
      incoming.bytesLeft -= chunk.length;
      if (incoming.bytesLeft < 0) end(tooBig);
      else incoming.chunks.push(chunk);
    },
    onResponseEnd() {
      const { status, headers, chunks } = incoming;
      const [only] = chunks;
      const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
      settle({ kind: "answer", status, headers, body: body.toString("utf8") });
    },
    onResponseError(_controller, error) {
      fail(error);
    },
  };
}

function dispatchOptions(request: ExchangeRequest): Dispatcher.DispatchOptions {
  const { origin, path, method, authorization, form, idempotencyKey } = request;
  const headers = ["authorization", authorization, "accept", "application/json", "user-agent", "trunkline"];
  if (form !== undefined) headers.push("content-type", "application/x-www-form-urlencoded");
  if (idempotencyKey !== undefined) headers.push("idempotency-key", idempotencyKey);
  // One timer of our own is over all of it; a slow drip would get past undici's.
  return { origin, path, method, headers, body: form ?? null, headersTimeout: 0, bodyTimeout: 0 };
}

const tooBig = failureOf(new BodyTooBigError("the answer is too long"));
const givenUp = egressFailure("aborted", "given up by the gateway", false);
const detailLengthMax = 300;
const outOfTime = egressFailure("total-timeout", "no whole answer in the time allowed", true);
const tooLate = egressFailure("aborted", "it waited too long for a connection", false);

function noAnswer({ reason, detail }: EgressFailure, written: boolean): NoAnswer {
  // It may quote what the other side has said of itself (the names in its certificate).
  return { kind: "failure", reason, detail: shown(detail, detailLengthMax), written };
}
