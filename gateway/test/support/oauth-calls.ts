// Clients and service accounts of a test gateway, and what they send to the authorization server.

import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { adminAudienceScope } from "../../src/core/oauth/scopes.ts";
import { jwtBearerGrant } from "../../src/services/oauth/client-metadata.ts";
import type { TestAccount } from "./gateway.ts";
import { basic, callNative, type NativeAnswer } from "./native-client.ts";
import { requestTokens, type Tokens } from "./sign-in.ts";

export interface TestClient {
  readonly id: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface KeyFile {
  readonly keyId: string;
  readonly key: string;
  readonly userId: string;
}

export interface AssertionParts {
  readonly audience?: string | string[];
  readonly subject?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly key?: KeyObject;
  readonly alg?: string;
}

export interface FormAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Untyped: the test says what it expects to be in it. */
  readonly body: NativeAnswer["body"];
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export const authOf = ({ clientId, clientSecret }: TestClient) => ({ authorization: basic(clientId, clientSecret) });

/** What a test sends to the gateway at `url`. */
export function oauthCalls(url: () => string) {
  const call = ({ accountSid, authToken }: TestAccount, method: string, path: string, body?: unknown) =>
    callNative(url(), basic(accountSid, authToken), [method, `/accounts/${accountSid}${path}`, body]);

  function sign({ keyId, key, userId }: KeyFile, parts: AssertionParts = {}): Promise<string> {
    const issuedAt = parts.issuedAt ?? nowSeconds();
    return new SignJWT()
      .setProtectedHeader({ alg: parts.alg ?? "RS256", kid: keyId })
      .setIssuer(userId)
      .setSubject(parts.subject ?? userId)
      .setAudience(parts.audience ?? url())
      .setIssuedAt(issuedAt)
      .setExpirationTime(parts.expiresAt ?? issuedAt + 600)
      .sign(parts.key ?? createPrivateKey(key));
  }

  return {
    /** The owner's call of the native API, below their account. */
    call,
    sign,
    async makeClient(account: TestAccount, role = "operator"): Promise<TestClient> {
      return (await call(account, "POST", "/oauth-clients", { name: "worker", role })).body as TestClient;
    },
    async makeServiceAccount(account: TestAccount, role = "owner") {
      const made = await call(account, "POST", "/service-accounts", { name: "terraform", role });
      const key = await call(account, "POST", `/service-accounts/${made.body.id}/keys`, {});
      return { id: made.body.id as string, userId: made.body.userId as string, keyFile: key.body.keyFile as KeyFile };
    },
    grantOf: ({ clientId, clientSecret }: TestClient, scope: string = adminAudienceScope): Promise<Tokens> =>
      requestTokens(url(), {
        ...{ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope },
      }),
    async assertionTokens(
      keyFile: KeyFile,
      parts: AssertionParts = {},
      scope = `openid ${adminAudienceScope}`,
    ): Promise<Tokens> {
      return await requestTokens(url(), { grant_type: jwtBearerGrant, assertion: await sign(keyFile, parts), scope });
    },
    sessionOf: (token: string) => callNative(url(), `Bearer ${token}`, ["GET", "/session"]),
    async post(
      path: string,
      form: Readonly<Record<string, string>>,
      headers: Record<string, string> = {},
    ): Promise<FormAnswer> {
      const response = await fetch(url() + path, { method: "POST", body: new URLSearchParams(form), headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
    },
  };
}
