// OAUTH2 with a real token endpoint: how tokens are fetched, kept, shared and given up.

import { afterEach, describe, expect, it } from "vitest";
import type { Answer, ReceivedRequest } from "../../../test/support/application.ts";
import { formTemplate, httpProvider, testHttpServers } from "../../../test/support/http-carrier.ts";
import { newHandover } from "../../../test/support/sandbox.ts";
import type { CarrierProvider } from "../carrier.ts";
import type { OAuthSettings } from "./token-request.ts";

const servers = testHttpServers();
afterEach(() => servers.close());

type ResponseTo = (request: ReceivedRequest, count: number) => { status?: number; body?: unknown; headers?: object };

const answering =
  (answer: ResponseTo): Answer =>
  (request, response, count) => {
    const { status = 200, body = "", headers = {} } = answer(request, count);
    response.writeHead(status, { ...headers }).end(typeof body === "string" ? body : JSON.stringify(body));
  };

/** A token endpoint that counts its tokens: token-1, token-2 … */
const counting: ResponseTo = (_, count) => ({ body: { access_token: `token-${count}`, expires_in: 3600 } });

async function stage(options: { token?: ResponseTo; sms?: ResponseTo; oauth?: Partial<OAuthSettings> } = {}) {
  const tokenServer = await servers.application(answering(options.token ?? counting));
  const sms = await servers.application(answering(options.sms ?? (() => ({ status: 201 }))));
  const http = servers.carrierWith();
  const provider = httpProvider(
    {
      requests: [formTemplate(sms.origin)],
      authentication: {
        method: "OAUTH2",
        grantType: "CLIENT_CREDENTIALS",
        authUrl: `${tokenServer.origin}/token`,
        clientId: "client:id",
        ...options.oauth,
      },
    },
    { clientSecret: "s3cret %", assertion: "header.claims.signature" },
  );
  const send = (to: CarrierProvider = provider) => http.send(to, newHandover(to.accountSid));
  return { tokenServer, sms, http, provider, send };
}

const basic = `Basic ${Buffer.from("client%3Aid:s3cret+%25").toString("base64")}`;

describe("OAUTH2", () => {
  it("fetches a token with client credentials and keeps it until shortly before it ends", async () => {
    const { tokenServer, sms, http, send } = await stage({ oauth: { scopes: ["sms", "send"] } });
    for (const afterMs of [0, 3_500_000, 41_000]) {
      http.advance(afterMs);
      expect(await send()).toMatchObject({ kind: "accepted" });
    }
    expect(sms.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-1",
      "Bearer token-1",
      "Bearer token-2",
    ]);
    expect(tokenServer.requests[0]).toMatchObject({
      method: "POST",
      path: "/token",
      headers: { authorization: basic, "content-type": "application/x-www-form-urlencoded" },
      fields: { grant_type: "client_credentials", scope: "sms send" },
    });
    expect(tokenServer.requests[0]?.body).not.toContain("client_secret");
  });

  it("exchanges the assertion for a token with JWT_BEARER", async () => {
    const { tokenServer, http, provider } = await stage({ oauth: { grantType: "JWT_BEARER" } });
    const bare = { ...provider, secrets: { assertion: "header.claims.signature" } };
    expect(await http.send(bare, newHandover(bare.accountSid))).toMatchObject({ kind: "accepted" });
    expect(tokenServer.requests[0]?.headers.authorization).toBeUndefined();
    expect(tokenServer.requests[0]?.fields).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: "header.claims.signature",
      client_id: "client:id",
    });
  });

  it("finds how the client has to authenticate, first Basic, then the body, and remembers it", async () => {
    const wantsBody: ResponseTo = ({ headers }, count) =>
      headers.authorization === undefined
        ? { body: { access_token: `token-${count}`, expires_in: 100, token_type: "Bearer" } }
        : { status: 401, body: { error: "invalid_client" } };
    const { tokenServer, http, provider, send } = await stage({ token: wantsBody });
    await send();
    http.advance(100_000);
    await send();
    expect(tokenServer.requests.map(({ headers }) => headers.authorization)).toEqual([basic, undefined, undefined]);
    expect(tokenServer.requests[1]?.fields).toEqual({
      grant_type: "client_credentials",
      client_id: "client:id",
      client_secret: "s3cret %",
    });
    const found = await http.upstream.findClientAuthentication(provider, new AbortController().signal);
    expect(found).toEqual({ kind: "ok", value: "BODY" });
  });

  it("uses the way of authenticating that the settings name, and no other", async () => {
    const refuses: ResponseTo = () => ({ status: 401, body: { error: "invalid_client" } });
    const { tokenServer, send } = await stage({ token: refuses, oauth: { clientAuthenticationMethod: "BODY" } });
    expect(await send()).toMatchObject({ kind: "next-provider" });
    expect(tokenServer.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("fetches one token for all messages that wait for it", async () => {
    const { tokenServer, sms, send } = await stage();
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => send()));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
    expect([tokenServer.requests.length, sms.requests.length]).toEqual([1, 30]);
  });

  it("one message that is canceled does not take the token from the others", async () => {
    const held: (() => void)[] = [];
    const tokenServer = await servers.application((_, response) => {
      held.push(() => response.end('{"access_token": "t", "expires_in": 60}'));
    });
    const { http, provider } = await stage({ oauth: { authUrl: tokenServer.origin } });
    const canceling = new AbortController();
    const canceled = http.send(provider, newHandover(provider.accountSid), canceling.signal);
    const other = http.send(provider, newHandover(provider.accountSid));
    await tokenServer.received(1);
    canceling.abort();
    expect(await canceled).toMatchObject({ kind: "retry" });
    held[0]?.();
    expect(await other).toMatchObject({ kind: "accepted" });
    expect(tokenServer.requests).toHaveLength(1);
  });

  it("a 401 to a kept token is tried once more with a new one, for any number of messages with one request", async () => {
    let current = "token-1";
    const { tokenServer, sms, send } = await stage({
      sms: ({ headers }) => ({ status: headers.authorization === `Bearer ${current}` ? 201 : 401 }),
    });
    expect(await send()).toMatchObject({ kind: "accepted" });
    current = "token-2";
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => send()));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
    expect(tokenServer.requests).toHaveLength(2);
    expect(sms.requests.filter(({ headers }) => headers.authorization === "Bearer token-2")).toHaveLength(10);
  });

  it("a 401 to a new token is the last word, and only a 401 is tried again", async () => {
    for (const [status, attempts] of [
      [401, 1],
      [403, 1],
      [500, 1],
    ] as const) {
      const { sms, send } = await stage({ sms: () => ({ status }) });
      await send();
      expect([status, sms.requests.length]).toEqual([status, attempts]);
    }
    const { tokenServer, sms, send } = await stage({ sms: (_, count) => ({ status: count === 1 ? 201 : 401 }) });
    await send();
    expect(await send()).toMatchObject({ kind: "next-provider", errorCode: 20003, rejected: true });
    expect([tokenServer.requests.length, sms.requests.length]).toEqual([2, 3]);
  });

  it("a token of old credentials is not used with new ones", async () => {
    const { sms, provider, send } = await stage();
    await send();
    await send({ ...provider, secrets: { ...provider.secrets, clientSecret: "rotated" } });
    expect(sms.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  it.each<[string, ReturnType<ResponseTo>, object]>([
    [
      "refuses the client",
      { status: 401, body: { error: "invalid_client" } },
      { kind: "next-provider", rejected: true },
    ],
    ["refuses the grant", { status: 400, body: { error: "invalid_grant" } }, { kind: "next-provider", rejected: true }],
    ["is not there", { status: 404 }, { kind: "next-provider", errorCode: 11200 }],
    ["redirects", { status: 307, headers: { location: "http://127.0.0.1:1/" } }, { kind: "next-provider" }],
    [
      "is busy",
      { status: 429, headers: { "retry-after": "3" } },
      { kind: "retry", errorCode: 20429, retryAfterMs: 3000 },
    ],
    ["fails", { status: 500 }, { kind: "retry", errorCode: 20503 }],
    ["does not answer JSON", { body: "<html>" }, { kind: "next-provider", errorCode: 11200 }],
    ["answers without a token", { body: { token: "x" } }, { kind: "next-provider" }],
    ["has a token that no header can hold", { body: { access_token: "a\r\nb" } }, { kind: "next-provider" }],
    ["has another kind of token", { body: { access_token: "a", token_type: "mac" } }, { kind: "next-provider" }],
  ])("a token endpoint that %s: the message is not sent, and no secret is told", async (_, answer, expected) => {
    const { sms, http, provider } = await stage({ token: () => answer });
    const handover = newHandover(provider.accountSid);
    const outcome = await http.send(provider, handover);
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toMatch(/s3cret|client:id|signature/);
    expect(await http.lookup(provider, handover)).toEqual({ kind: "absent" });
    expect(sms.requests).toEqual([]);
  });

  it("a token without a lifetime is used for a while, one with a lifetime of nothing for its message only", async () => {
    for (const [body, requests] of [
      [{ access_token: "a" }, 1],
      [{ access_token: "a", expires_in: "3600" }, 1],
      [{ access_token: "a", expires_in: 0 }, 2],
      [{ access_token: "a", expires_in: -5 }, 2],
    ] as const) {
      const { tokenServer, send } = await stage({ token: () => ({ body }) });
      expect([(await send()).kind, (await send()).kind]).toEqual(["accepted", "accepted"]);
      expect([body, tokenServer.requests.length]).toEqual([body, requests]);
    }
  });
});
