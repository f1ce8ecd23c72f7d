// Raw calls to the Twilio facade in tests, where what matters is the wire: status, headers, body.

import type { TestAccount } from "./gateway.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; null when it is none. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

export interface CallOptions {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: no Authorization header. Default: the account's. */
  readonly authorization?: string | null;
}

export type Call = (path: string, options?: CallOptions) => Promise<Answer>;

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

const wholePath = /^\/(2010-04-01|v\d)(\/|$)/;

/** Calls below the account's own path: `call("/Messages.json")`; a path with a version is taken as it is. */
export function callsOf(url: string, { accountSid, authToken }: TestAccount): Call {
  return async (path, { form, headers = {}, authorization = basic(accountSid, authToken), ...options } = {}) => {
    const body = form === undefined ? options.body : encodeForm(form);
    const response = await fetch(url + (wholePath.test(path) ? path : `/2010-04-01/Accounts/${accountSid}${path}`), {
      method: options.method ?? (body === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  };
}

function encodeForm(form: NonNullable<CallOptions["form"]>): string {
  const pairs = Object.entries(form).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}

function jsonOf(text: string): Answer["json"] {
  if (!text.startsWith("{")) return null;
  return JSON.parse(text) as Answer["json"];
}
