// Calls of ZITADEL's admin API for tests: REST as curl makes them, and tokens of each role.

import type { TestAccount } from "./gateway.ts";
import { oauthCalls } from "./oauth-calls.ts";

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Untyped: the test says what it expects to be in it. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface RestCall {
  /** Absent: without an Authorization header. */
  readonly token?: string | undefined;
  /** A string or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const isBytes = (body: unknown): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array;

export function zitadelCalls(url: () => string) {
  const { call, makeServiceAccount } = oauthCalls(url);
  return {
    /** `path`: below /admin/v1. */
    async rest(method: string, path: string, { token, body, headers = {} }: RestCall = {}): Promise<RestAnswer> {
      const raw = typeof body === "string" || isBytes(body);
      const response = await fetch(`${url()}/admin/v1${path}`, {
        method,
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
    },
    /** A personal access token of a new service account. */
    async tokenOf(account: TestAccount, role: string): Promise<string> {
      const { id } = await makeServiceAccount(account, role);
      const made = await call(account, "POST", `/service-accounts/${id}/personal-access-tokens`, { name: "test" });
      return made.body.token as string;
    },
  };
}
