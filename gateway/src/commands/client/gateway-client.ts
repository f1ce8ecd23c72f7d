// The command line's way to the gateway: the Twilio-shaped Messages API over a pool of connections. Says what an answer
// means; whether to try again is decided in retry.ts.

import { Pool } from "undici";
import { retryAfterMs } from "../../core/callbacks/retries.ts";
import type { Credentials } from "../credentials.ts";

export type FormFields = readonly (readonly [name: string, value: string])[];

export interface SentMessage {
  readonly sid: string;
  readonly status: string;
  /** 0 while unknown. */
  readonly segments: number;
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
}

export type Answer =
  | {
      readonly kind: "accepted";
      readonly message: SentMessage /** It had been accepted before. */;
      readonly replayed: boolean;
    }
  /** Wrong with this message: another try would end the same. */
  | { readonly kind: "refused"; readonly code: string; readonly reason: string }
  /** Worth another try. `gateway` is null when there was no connection, else the HTTP status. */
  | {
      readonly kind: "later";
      readonly code: string;
      readonly reason: string;
      readonly status: number | null;
      readonly retryAfterMs: number;
    }
  /** No message can be sent like this: credentials, account, or not a gateway at all. */
  | { readonly kind: "hopeless"; readonly reason: string };

export interface GatewayClient {
  /** One POST. The same key with the same form is accepted only once, however often it is sent. Never rejects. */
  createMessage(form: FormFields, idempotencyKey: string): Promise<Answer>;
  fetchMessage(sid: string): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

export function createGatewayClient(credentials: Credentials, connections: number): GatewayClient {
  const base = new URL(credentials.url);
  const prefix = base.pathname.replace(/\/+$/, "");
  const pool = new Pool(base.origin, {
    connections,
    connectTimeout: 5_000,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    pipelining: 1,
  });
  const messages = `${prefix}/2010-04-01/Accounts/${credentials.accountSid}/Messages`;
  const headers = {
    authorization: credentials.authorization,
    accept: "application/json",
    "user-agent": "trunkline-cli",
  };

  async function call(
    method: "GET" | "POST",
    path: string,
    extra: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    try {
      const response = await pool.request({ method, path, headers: { ...headers, ...extra }, body: body ?? null });
      const text = await response.body.text();
      return interpret(response.statusCode, response.headers, text, credentials);
    } catch (thrown) {
      return {
        kind: "later",
        code: "unreachable",
        reason: reasonOf(thrown, credentials.url),
        status: null,
        retryAfterMs: 0,
      };
    }
  }

  return {
    createMessage: (form, idempotencyKey) =>
      call(
        "POST",
        `${messages}.json`,
        { "content-type": "application/x-www-form-urlencoded", "idempotency-key": idempotencyKey },
        encodeForm(form),
      ),
    fetchMessage: (sid) => call("GET", `${messages}/${sid}.json`, {}),
    close: () => pool.close(),
  };
}

/** Lone surrogates (half an emoji, cut by some export) become U+FFFD instead of an exception. */
function encodeForm(form: FormFields): string {
  return form.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join("&");
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function interpret(status: number, headers: Headers, text: string, { url, accountSid }: Credentials): Answer {
  const body = parseObject(text);
  const code = typeof body["code"] === "number" ? String(body["code"]) : `http-${status}`;
  const reason = typeof body["message"] === "string" ? body["message"] : `HTTP status ${status}`;
  if (status >= 200 && status < 300 && typeof body["sid"] === "string") {
    return {
      kind: "accepted",
      message: messageOf(body, body["sid"]),
      replayed: headers["idempotent-replayed"] === "true",
    };
  }
  if (status === 401 || status === 403) {
    return {
      kind: "hopeless",
      reason: `${url} does not accept these credentials for ${accountSid}: ${reason} (${code})`,
    };
  }
  if (status === 408 || status === 429 || status >= 500) {
    const asked = [headers["retry-after"]].flat()[0] ?? null;
    return { kind: "later", code, reason, status, retryAfterMs: retryAfterMs(asked, Date.now()) ?? 0 };
  }
  if (typeof body["code"] !== "number" || code === "20404" || code === "20004") {
    return { kind: "hopeless", reason: `${url} does not answer like a gateway: ${reason} (${code})` };
  }
  return { kind: "refused", code, reason };
}

function messageOf(body: Readonly<Record<string, unknown>>, sid: string): SentMessage {
  const { status, num_segments: segments, error_code: errorCode, error_message: errorMessage } = body;
  return {
    sid,
    status: typeof status === "string" ? status : "unknown",
    segments: Number(segments) || 0,
    errorCode: typeof errorCode === "number" ? errorCode : null,
    errorMessage: typeof errorMessage === "string" ? errorMessage : null,
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function reasonOf(thrown: unknown, url: string): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: `nothing listens at ${url}`,
    ENOTFOUND: `there is no host of that name: ${url}`,
    UND_ERR_CONNECT_TIMEOUT: `no connection to ${url} within 5 s`,
    UND_ERR_HEADERS_TIMEOUT: `no answer from ${url} within ${TIMEOUT_MS / 1000} s`,
  };
  return reasons[code] ?? `${url}: ${code} ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
