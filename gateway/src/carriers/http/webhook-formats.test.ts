// The JSON of ZITADEL's and FusionAuth's webhooks. The signature's vectors were made with another implementation.

import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { httpProvider, testHttpServers } from "../../../test/support/http-carrier.ts";
import { newHandover } from "../../../test/support/sandbox.ts";
import { goJson, zitadelSignature } from "./webhook-formats.ts";

const servers = testHttpServers();
afterEach(() => servers.close());

const signingKey = "Zx81mQ0vT4bLrW9eKc2HnYpD6sUaJf3gOi7R";

/** A body as ZITADEL writes it. */
const zitadelsOwn = `{"contextInfo":{"eventType":"session.otp.sms.challenged","provider":{"id":"312909075211944042","description":"gateway"},"recipientPhoneNumber":"+41791234567"},"templateData":{"title":"Verify OTP","preHeader":"Verify OTP","subject":"Verify OTP","greeting":"Hello Ada Lovelace,","text":"48151623 is your code for login.example.org","buttonText":"Verify","primaryColor":"#5469d4","backgroundColor":"#fafafa","fontColor":"#000000","fontFamily":"sans-serif","footerText":"VerifySMSOTP.Footer"},"args":{"applicationName":"","authRequestID":"","changeDate":"2026-05-04T09:30:00.123456Z","code":"48151623","codeID":"","creationDate":"2026-01-10T08:00:00Z","displayName":"Ada Lovelace","domain":"login.example.org","expiry":300000000000,"firstName":"Ada","lastEmail":"ada@example.org","lastName":"Lovelace","lastPhone":"+41791234567","loginName":"ada@example.org","loginNames":["ada@example.org"],"nickName":"","oTP":"48151623","orgID":"312909075211940001","origin":"https://login.example.org","preferredLoginName":"ada@example.org","sessionID":"312909075211949999","tempUsername":"","userID":"312909075211941234","userName":"ada","verifiedEmail":"ada@example.org","verifiedPhone":"+41791234567"}}`;

describe("zitadelSignature", () => {
  it.each([
    ['{"a":1}', "ccfae42738d8ca7c977af37e7938a7b4754b7ea3ebedf46d424d639b155d476b"],
    [zitadelsOwn, "b24098544c160e08345057afb7bd426157ed0208edf0064f93398cb3e19e8350"],
  ])("signs %s", (body, signature) => {
    expect(zitadelSignature(signingKey, 1_777_887_000, body)).toBe(`t=1777887000,v1=${signature}`);
  });
});

describe("goJson", () => {
  it("writes what Go's encoding/json writes", () => {
    expect(goJson(JSON.parse(zitadelsOwn))).toBe(zitadelsOwn);
    expect(goJson({ text: "<b>&\u2028é🎉" })).toBe('{"text":"\\u003cb\\u003e\\u0026\\u2028é🎉"}');
  });
});

describe("format zitadel", () => {
  it("posts its three members with the keys of ZITADEL's in its order, signed over the bytes that are sent", async () => {
    const app = await servers.application();
    const http = servers.carrierWith();
    const base = httpProvider({ format: "zitadel", endpoint: `${app.origin}/sms` }, { signingKey });
    const provider = { ...base, name: "relay", number: "312909075211944042" };
    const text = "Your code <123456> & more";
    await http.send(provider, newHandover(base.accountSid, { body: text, to: "+41791234567" }));
    const [request] = app.requests;
    expect(request).toMatchObject({ method: "POST", path: "/sms", headers: { "content-type": "application/json" } });
    const body = JSON.parse(request?.body ?? "");
    expect(body).toMatchObject({
      contextInfo: {
        eventType: "session.otp.sms.challenged",
        provider: { id: "312909075211944042", description: "relay" },
        recipientPhoneNumber: "+41791234567",
      },
      templateData: { text },
      args: { code: "123456", oTP: "123456", lastPhone: "+41791234567", verifiedPhone: "+41791234567" },
    });
    const theirs = JSON.parse(zitadelsOwn);
    expect(Object.keys(body)).toEqual(Object.keys(theirs));
    expect(Object.keys(body.args)).toEqual(Object.keys(theirs.args));
    for (const [key, value] of Object.entries(body.args))
      expect([key, typeof value]).toEqual([key, typeof theirs.args[key]]);
    const [, timestamp, signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers["zitadel-signature"])) ?? [];
    const expected = createHmac("sha256", signingKey).update(`${timestamp}.${request?.body}`).digest("hex");
    expect(signature).toBe(expected);
    expect(Math.abs(Number(timestamp) - http.clock.nowMs() / 1000)).toBeLessThan(60);
  });

  it("names no description of a provider that was given none", async () => {
    const app = await servers.application();
    const provider = { ...httpProvider({ format: "zitadel", endpoint: app.origin }), name: "HTTP" };
    await servers.carrierWith().send(provider, newHandover(provider.accountSid, { body: "Hello" }));
    expect(JSON.parse(app.requests[0]?.body ?? "").contextInfo.provider).toEqual({ id: provider.id });
  });

  it("has no signature without a key, and no code where the text has none", async () => {
    const app = await servers.application();
    const provider = httpProvider({ format: "zitadel", endpoint: app.origin, headers: { "X-Own": "é" } });
    await servers.carrierWith().send(provider, newHandover(provider.accountSid, { body: "Hello" }));
    expect(app.requests[0]?.headers).toMatchObject({ "x-own": "Ã©" });
    expect(app.requests[0]?.headers["zitadel-signature"]).toBeUndefined();
    expect(JSON.parse(app.requests[0]?.body ?? "")).toMatchObject({
      contextInfo: { eventType: "trunkline.message", provider: { id: provider.id } },
      args: { code: "" },
    });
  });
});

describe("format fusionauth", () => {
  it("posts the Generic messenger's JSON with its headers and Basic authentication", async () => {
    const app = await servers.application();
    const http = servers.carrierWith();
    const provider = httpProvider(
      {
        format: "fusionauth",
        endpoint: `${app.origin}/messenger?x=1`,
        headers: { "X-Tenant": "acme", Authorization: "Own" },
        authentication: { method: "BASIC", username: "user" },
        connectTimeoutMs: 1000,
        readTimeoutMs: 1000,
      },
      { password: "pass" },
    );
    await http.send(provider, newHandover(provider.accountSid, { body: "Two Factor Code: 012345" }));
    await http.send(provider, newHandover(provider.accountSid, { body: "Hello" }));
    expect(app.requests.map(({ body }) => JSON.parse(body))).toEqual([
      { code: "012345", phoneNumber: "+12025550123", textMessage: "Two Factor Code: 012345", type: "SMS" },
      { phoneNumber: "+12025550123", textMessage: "Hello", type: "SMS" },
    ]);
    expect(app.requests[0]).toMatchObject({
      method: "POST",
      path: "/messenger?x=1",
      headers: {
        "content-type": "application/json",
        "x-tenant": "acme",
        authorization: `Basic ${Buffer.from("user:pass").toString("base64")}`,
      },
    });
  });
});
