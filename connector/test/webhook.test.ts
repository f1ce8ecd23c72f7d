import { createHash } from "node:crypto";
import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { apiKeyConnection } from "../src/connections/api-key.ts";
import { logged } from "./support/component-on-gateway.ts";
import {
  accountSid,
  connectionWith,
  emptyTwiml,
  form,
  payloadOf,
  type ReceivedWebhook,
  receive,
  sign,
  token,
} from "./support/webhook-payload.ts";

const call = {
  url: "https://example.com/myapp.php?foo=1&bar=2",
  body: "Digits=1234&To=%2B18005551212&From=%2B14158675310&Caller=%2B14158675310&CallSid=CA1234567890ABCDE",
  signature: "L/OH5YylLD5NRKLltdqwSvS0BnU=",
};
const json = {
  url: "https://example.com/myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9",
  body: '{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}',
  contentType: "application/json",
  signature: "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo=",
};

beforeEach(() => {
  logged.length = 0;
});

describe("the signature", () => {
  it.each([
    ["a form", call],
    ["JSON with its hash", json],
    [
      "a GET",
      { url: "https://e.com/a?To=%2B1&Body=x%20y", signature: sign(token, "https://e.com/a?To=%2B1&Body=x%20y") },
    ],
    [
      "a standard port that was signed",
      { ...call, signature: sign(token, signedCall("https://example.com:443/myapp.php?foo=1&bar=2")) },
    ],
    ["a port that was not signed", { ...call, url: "https://example.com:8443/myapp.php?foo=1&bar=2" }],
    ["credentials and a fragment in the URL", { ...call, url: "https://u:p@example.com/myapp.php?foo=1&bar=2#rc=3" }],
    [
      "a field that is repeated",
      { url: "https://example.com/x", body: "A=2&A=1&A=2", signature: "9nQKacgkuQIX5aDLmltCwScwtp4=" },
    ],
    [
      "an empty field and spaces",
      { url: "https://e.com/", body: "B=&A=+x+%2B", signature: sign(token, "https://e.com/A x +B") },
    ],
  ])("of %s is taken", async (_case, request) => {
    expect((await receive(payloadOf(request))).response).toMatchObject({ statusCode: 200 });
  });

  it.each([
    ["another field", { ...call, body: `${call.body}&Forged=1` }],
    ["another URL", { ...call, url: "https://example.com/myapp.php?foo=1&bar=3" }],
    ["another scheme", { ...call, url: "http://example.com/myapp.php?foo=1&bar=2" }],
    ["no signature", { ...call, signature: "" }],
    ["half a signature", { ...call, signature: call.signature.slice(0, 9) }],
    ["another JSON body", { ...json, body: `${json.body} ` }],
    ["a form's content type for a JSON body", { ...json, contentType: form }],
    ["a body whose type is not signed", { ...call, contentType: "text/plain" }],
    [
      "JSON without a hash",
      { ...json, url: "https://example.com/myapp", signature: sign(token, "https://example.com/myapp") },
    ],
    ["a body of more than a megabyte", { ...call, body: `A=${"x".repeat(1024 * 1024)}` }],
  ])("of %s is refused, by failing or by a 403 that says nothing", async (_case, request) => {
    await expect(receive(payloadOf(request))).rejects.toThrow("The webhook was refused");
    for (const [params, trigger] of [
      [{ onInvalid: "respond" }, "webhook"],
      [{}, "webhookBranching"],
    ] as const) {
      const received = await receive(payloadOf(request), params, trigger);
      expect(received.response).toEqual({ statusCode: 403, contentType: "text/xml", body: emptyTwiml });
      const { body, rawBody, headers, queryParameters, twilio } = received.payload;
      expect([body.data, rawBody.data, headers, queryParameters, twilio]).toEqual([{}, {}, {}, {}, undefined]);
      if (trigger === "webhookBranching") expect(received.branch).toBe("Rejected");
    }
    expect(logged.join()).not.toContain(token);
  });

  it("believes nothing of a GET that the signature does not cover", async () => {
    const url = "https://e.com/a?Body=signed";
    const payload = payloadOf({ url: `${url}&Body=forged&To=forged`, signature: sign(token, url) });
    const received = await receive(payload, { webhookUrl: url });
    expect(received.payload.body.data).toEqual({ Body: "signed" });
  });

  it("is checked against the URL that was configured, whatever the platform's is", async () => {
    const payload = { ...payloadOf(call), invokeUrl: "https://internal/flow" };
    await expect(receive(payload)).rejects.toThrow("refused");
    expect((await receive(payload, { webhookUrl: call.url })).response?.statusCode).toBe(200);
  });

  it("is found when the platform takes the query or the path's end out of the URL", async () => {
    const { signature, body } = call;
    const withoutQuery = { ...payloadOf(call), invokeUrl: "https://example.com/myapp.php" };
    expect((await receive(withoutQuery)).response?.statusCode).toBe(200);
    const inFragment = { ...withoutQuery, invokeUrl: "https://example.com/", pathFragment: "/myapp.php" };
    expect((await receive(inFragment)).response?.statusCode).toBe(200);
    const byFlow = { ...inFragment, invokeUrl: "", webhookUrls: { "Flow 1": "https://example.com" } };
    expect((await receive(byFlow)).response?.statusCode).toBe(200);
    const forwarded = payloadOf({
      url: "https://evil/",
      body,
      signature,
      headers: { "X-Forwarded-Host": "example.com" },
    });
    await expect(receive(forwarded)).rejects.toThrow("refused");
  });

  it.each([
    ["a string", (data: string) => ({ data })],
    ["a buffer that went through JSON", (data: string) => ({ data: JSON.parse(JSON.stringify(Buffer.from(data))) })],
    ["an array of bytes", (data: string) => ({ data: new Uint8Array(Buffer.from(data)) })],
  ])("is checked over a raw body that comes as %s", async (_case, wrap) => {
    const parsed = { data: Object.fromEntries(new URLSearchParams(call.body)) };
    const received = await receive({ ...payloadOf(call), rawBody: wrap(call.body), body: parsed });
    expect(received.payload.body.data).toMatchObject({ To: "+18005551212" });
  });

  it("is checked over the fields when a form comes parsed only; JSON then cannot be", async () => {
    const parsed = { data: Object.fromEntries(new URLSearchParams(call.body)) };
    const received = await receive({ ...payloadOf(call), rawBody: { data: undefined }, body: parsed });
    expect(received.payload.body.data).toEqual(parsed.data);
    const jsonOnly = { ...payloadOf(json), rawBody: { data: undefined }, body: { data: JSON.parse(json.body) } };
    await expect(receive(jsonOnly)).rejects.toThrow("hand on the raw body");
  });

  it("is tried with every key, and needs one", async () => {
    const others = { twilioConnection: connectionWith("other"), signingKey: ["another", token] };
    expect((await receive(payloadOf(call), others)).response?.statusCode).toBe(200);
    expect((await receive(payloadOf(call), { twilioConnection: "", signingKey: [token] })).response?.statusCode).toBe(
      200,
    );
    await expect(receive(payloadOf(call), { twilioConnection: "" })).rejects.toThrow("choose a connection");
    const fields = { accountSid, apiKey: `SK${"0".repeat(32)}`, apiSecret: token };
    const apiKey = { twilioConnection: createConnection(apiKeyConnection, fields) };
    await expect(receive(payloadOf(call), apiKey)).rejects.toMatchObject({
      isSpectralError: true,
      message: expect.stringContaining("an API key signs none"),
    });
  });

  it("is not checked when that is switched off, or in a simulated test, and the log says so", async () => {
    const unsigned = payloadOf({ ...call, signature: "" });
    await receive(unsigned, { validateSignature: "false" });
    await receive(unsigned, {}, "webhook", { isSimulatedTestExecution: true });
    expect(logged).toEqual([expect.stringContaining("switched off"), expect.stringContaining("simulated")]);
    await expect(receive(unsigned, { validateSignature: undefined })).rejects.toThrow("refused");
  });
});

function signedCall(url: string): string {
  const fields = [...new URLSearchParams(call.body)].sort(([a], [b]) => (a < b ? -1 : 1));
  return url + fields.flat().join("");
}

describe("the event", () => {
  const eventOf = async (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) => {
    const payload = payloadOf({ url: "https://e.com/", body: new URLSearchParams(fields).toString(), headers });
    return (await receive(payload, { validateSignature: "false" }, "webhookBranching")) as ReceivedWebhook;
  };

  it.each([
    [{ MessageSid: "SM1", SmsStatus: "received", Body: "Hi" }, "Inbound Message", { kind: "inbound", body: "Hi" }],
    [{ MessageSid: "SM1", SmsStatus: "received", Body: "" }, "Inbound Message", { body: "" }],
    [{ MessageSid: "SM1", MessageStatus: "failed", ErrorCode: "30003" }, "Status Update", { errorCode: 30003 }],
    [{ SmsSid: "SM1", SmsStatus: "sent" }, "Status Update", { status: "sent", body: null }],
    [{ CallSid: "CA1", From: "+1" }, "Other", { kind: "other", messageSid: null }],
    [
      { MessageSid: "SM1", From: "whatsapp:+1", OptOutType: "STOP" },
      "Inbound Message",
      { channel: "whatsapp", optOutType: "STOP" },
    ],
  ])("of %j takes the branch %s", async (fields, branch, event) => {
    expect(await eventOf(fields)).toMatchObject({ branch, payload: { twilio: event } });
  });

  it("tells repeated deliveries by the token, or by SID and status", async () => {
    const fields = { MessageSid: "SM1", MessageStatus: "sent" };
    const key = async (headers = {}) => (await eventOf(fields, headers)).payload.twilio?.["deduplicationKey"];
    expect(await key({ "I-Twilio-Idempotency-Token": "t1" })).toBe("t1");
    expect(await key()).toBe("SM1:sent");
  });
});

describe("the answer", () => {
  const answer = async (params: object) => (await receive(payloadOf(call), params)).response;

  it("is empty TwiML, nothing, a reply, TwiML, or left to the platform", async () => {
    expect(await answer({})).toEqual({ statusCode: 200, contentType: "text/xml", body: emptyTwiml });
    expect(await answer({ responseMode: "noContent" })).toMatchObject({ statusCode: 204, body: "" });
    expect((await answer({ responseMode: "twiml", replyMessage: `<&"'>\u0001ü` }))?.body).toContain(
      "<Message>&#60;&#38;&#34;&#39;&#62;ü</Message>",
    );
    const twimlBody = "<Response><Message>Hi</Message></Response>";
    expect((await answer({ responseMode: "twiml", twimlBody }))?.body).toBe(twimlBody);
    expect(await answer({ responseMode: "executionId" })).toBeUndefined();
  });

  it.each([
    [{ responseMode: "twiml", twimlBody: "<p/>" }, "no <Response>"],
    [{ responseMode: "twiml", replyMessage: "x".repeat(65_536) }, "64 kB"],
    [{ responseMode: "json" }, "Response must be one of"],
    [{ onInvalid: "shrug" }, "reject or respond"],
  ])("refuses %j", async (params, reason) => {
    await expect(answer(params)).rejects.toThrow(reason);
  });
});

describe("hostile requests", () => {
  const anything = fc.oneof(
    fc.anything({ maxDepth: 2 }),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.constant({ type: "Buffer", data: ["x", {}, -1] }),
    fc.constant(JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}')),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      "x-twilio-signature",
      "X-TWILIO-SIGNATURE",
      "content-type",
      "I-Twilio-Idempotency-Token",
      "__proto__",
    ),
    fc.oneof(fc.string(), fc.constant(form), fc.constant("application/json"), fc.anything()),
  );

  it("are refused or read, and never crash, hang, pass or pollute", async () => {
    const request = fc.record({
      headers,
      rawBody: fc.record({ data: anything }),
      body: fc.record({ data: anything }),
      queryParameters: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "binary" }), fc.anything())),
      invokeUrl: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
      pathFragment: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(request, async (payload) => {
        const received = await receive(payload, {}, "webhookBranching");
        expect([received.branch, received.response?.statusCode]).toEqual(["Rejected", 403]);
        const unchecked = await receive(payload, { validateSignature: "false" }, "webhookBranching");
        expect(unchecked.branch).toMatch(/^(Inbound Message|Status Update|Other)$/);
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("with any form are taken when signed, and refused with one byte changed", async () => {
    const fields = fc.dictionary(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ unit: "grapheme" }), {
      minKeys: 1,
    });
    const url = fc.webUrl({ withQueryParameters: true });
    await fc.assert(
      fc.asyncProperty(fields, url, async (given, configured) => {
        const body = new URLSearchParams(given).toString();
        const sorted = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
        const href = new URL(configured).href;
        const signature = sign(token, href + sorted.flat().join(""));
        const payload = payloadOf({ url: href, body, signature });
        expect((await receive(payload)).payload.body.data).toEqual(given);
        const changed = createHash("sha1").update(signature).digest("base64");
        await expect(receive(payloadOf({ url: href, body, signature: changed }))).rejects.toThrow("refused");
      }),
      { numRuns: 200 },
    );
  });
});
