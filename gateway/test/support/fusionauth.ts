// Calls of FusionAuth's API for tests: raw, since a client hides what is on the wire, and with keys of every sort.

import { newAccessKey } from "../../src/core/credentials/secrets.ts";
import { newUuid } from "../../src/core/ids.ts";
import { insertAccessKey } from "../../src/store/credentials.ts";
import type { TestAccount, TestGateway } from "./gateway.ts";

export interface FusionAuthAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Untyped: the test says what it expects to be in it. Null for an empty body. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface CallOptions {
  readonly key?: string | null;
  /** Null: none. Default: JSON, if there is a body. */
  readonly type?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Call = (method: string, path: string, body?: unknown, options?: CallOptions) => Promise<FusionAuthAnswer>;

/** Strings and bytes are sent as they are, everything else as JSON. */
export function callsWith(url: string, ownKey: string): Call {
  return async (method, path, body, { key = ownKey, type, headers = {} } = {}) => {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const sent = body === undefined ? null : raw ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const contentType = type === undefined ? (sent === null ? null : "application/json") : type;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: key }),
        ...(contentType === null ? {} : { "content-type": contentType }),
        ...headers,
      },
      // A Blob without a type lets no content type be added.
      body: sent === null ? null : new Blob([sent]),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text === "" ? null : JSON.parse(text) };
  };
}

/** An access key of the account with this role. */
export async function addAccessKey(
  { db }: Pick<TestGateway, "db">,
  { accountSid }: Pick<TestAccount, "accountSid">,
  role: "owner" | "operator" | "sender" | "viewer" = "owner",
): Promise<string> {
  const key = newAccessKey();
  await insertAccessKey(db, accountSid, { id: newUuid(), key, name: role, role });
  return key;
}

/** A good Twilio messenger; each call has another name. */
export function twilioMessenger(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    accountSID: "983C6FACEBBE4D858570FADD967A9DD7",
    authToken: "184C73BE8E44420EBAA0BA147A61B6A9",
    data: { foo: "bar" },
    debug: false,
    fromPhoneNumber: "555-555-5555",
    name: `Twilio Messenger ${newUuid()}`,
    type: "Twilio",
    url: "https://api.twilio.com",
    ...changes,
  };
}

/** A good generic messenger. */
export function genericMessenger(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    connectTimeout: 1000,
    readTimeout: 2000,
    headers: { "X-App": "demo", Authorization: "Bearer very-secret" },
    httpAuthenticationUsername: "user",
    httpAuthenticationPassword: "a-password",
    name: `Generic Messenger ${newUuid()}`,
    type: "Generic",
    url: "http://127.0.0.1:9/sms?x=1",
    ...changes,
  };
}
