// What is found out about an HTTP provider without sending a message.

import { afterEach, describe, expect, it } from "vitest";
import { formTemplate, hole, httpProvider, testHttpServers } from "../../../test/support/http-carrier.ts";
import { testCertificate } from "../../../test/support/test-certificate.ts";
import type { HttpSettings } from "../../core/providers/settings.ts";

const servers = testHttpServers();
afterEach(() => servers.close());

const good = { kind: "ok", value: { friendlyName: null, status: null, type: null, warnings: [] } };

function oauth(authUrl: string): HttpSettings["authentication"] {
  return { method: "OAUTH2", grantType: "CLIENT_CREDENTIALS", authUrl, clientId: "id" };
}

describe("check of an http provider", () => {
  it("connects, and sends no request", async () => {
    const app = await servers.application();
    const http = servers.carrierWith();
    const provider = httpProvider({ requests: [formTemplate(`${app.origin}/${hole("to")}`)] });
    expect(await http.check(provider)).toEqual(good);
    const tls = await servers.tlsServer();
    const certificate = testCertificate.cert;
    expect(await http.check(httpProvider({ format: "zitadel", endpoint: tls.origin, certificate }))).toEqual(good);
    expect([app.requests, tls.requests]).toEqual([[], []]);
    expect(await http.upstream.listSenders(provider, new AbortController().signal)).toEqual({ kind: "ok", value: [] });
  });

  it("tells what is not reachable from what is not usable", async () => {
    const gone = await servers.application();
    await gone.close();
    const tls = await servers.tlsServer();
    const http = servers.carrierWith();
    const requests = (url: string) => ({ requests: [formTemplate(url)] });
    expect(await http.check(httpProvider(requests(gone.origin)))).toMatchObject({ state: "unreachable", code: 11202 });
    expect(await http.check(httpProvider(requests(tls.origin)))).toMatchObject({ state: "unreachable", code: 11205 });
    const strict = servers.carrierWith({ allowLoopback: false });
    expect(await strict.check(httpProvider(requests(gone.origin)))).toMatchObject({
      state: "misconfigured",
      code: 11210,
    });
    const unusable: Parameters<typeof httpProvider>[0][] = [
      { requests: [] },
      { format: "fusionauth" },
      { ...requests("https://sms.example"), certificate: "x" },
      requests(`https://${hole("to")}/`),
    ];
    for (const config of unusable) {
      expect(await http.check(httpProvider(config))).toMatchObject({
        kind: "failure",
        state: "misconfigured",
        code: null,
      });
    }
  });

  it("rejects when the token endpoint refuses the credentials, whatever token is still kept", async () => {
    let status = 200;
    const tokens = await servers.application((_, response) => {
      response.writeHead(status).end('{"access_token": "a", "expires_in": 3600}');
    });
    const sms = await servers.application();
    const http = servers.carrierWith();
    const config = { requests: [formTemplate(sms.origin)], authentication: oauth(tokens.origin) };
    const provider = httpProvider(config, { clientSecret: "s3cret" });
    expect(await http.check(provider)).toEqual(good);
    status = 401;
    expect(await http.check(provider)).toMatchObject({ state: "rejected", code: 20003, maybeDone: false });
    status = 500;
    expect(await http.check(provider)).toMatchObject({ state: "unreachable", code: 20503 });
    expect(sms.requests).toEqual([]);
  });

  it("warns of credentials and messages that go out unencrypted", async () => {
    const app = await servers.application();
    const port = new URL(app.origin).port;
    const http = servers.carrierWith({ resolver: async () => [{ address: "127.0.0.1", family: 4 }] });
    expect(await http.check(httpProvider({ requests: [formTemplate(`http://sms.test:${port}/`)] }))).toMatchObject({
      kind: "ok",
      value: { warnings: [expect.stringContaining(`sms.test:${port}`)] },
    });
  });

  it("ends with its signal", async () => {
    const http = servers.carrierWith({ resolver: () => new Promise(() => undefined) });
    const provider = httpProvider({ requests: [formTemplate("http://sms.test/")] });
    const controller = new AbortController();
    const checking = http.check(provider, controller.signal);
    controller.abort();
    expect(await checking).toMatchObject({ kind: "failure", state: "unreachable" });
  });
});
