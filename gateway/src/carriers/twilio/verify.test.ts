// One-time codes through Verify, on a real HTTP server in the place of Twilio's.

import { afterEach, describe, expect, it } from "vitest";
import { httpAnswer, type RawRequest, startRawServer } from "../../../test/support/raw-server.ts";
import { testTwilio, twilioHandover, twilioProvider } from "../../../test/support/twilio-carrier.ts";

const never = new AbortController().signal;
const service = "VA0123456789abcdef0123456789abcdef";
const sending = "VL0123456789abcdef0123456789abcdef";
const verification = {
  sid: "VE0123456789abcdef0123456789abcdef",
  status: "pending",
  send_code_attempts: [
    { attempt_sid: "VL00000000000000000000000000000000", channel: "sms", time: "2026-11-20T11:50:00Z" },
    { attempt_sid: sending, channel: "sms", time: "2026-11-20T12:00:00Z" },
  ],
};
const message = { sid: "SM0123456789abcdef0123456789abcdef", status: "queued" };
const startedAt = new Date("2026-11-20T12:00:00Z");
const code = twilioHandover({ startedAt, body: "Your code is 123456" });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function upstreamThat(answer: (request: RawRequest) => string) {
  const server = await startRawServer((socket, request) => socket.write(answer(request)));
  const nowMs = startedAt.getTime() + 60_000;
  const { carrier, upstream, close } = testTwilio({ clock: { nowMs: () => nowMs } });
  cleanups.push(server.close, close);
  const provider = twilioProvider({ baseUrl: server.url, verifyServiceSid: service });
  return { carrier, upstream, provider, requests: server.requests };
}

const isVerify = ({ line }: RawRequest) => line.includes("/Verifications");

describe("one-time codes through Verify", () => {
  it("go out with the code that the message has, and are known by the sending's SID", async () => {
    const { carrier, provider, requests } = await upstreamThat(() => httpAnswer(201, verification));
    expect(await carrier.send(provider, code, never)).toEqual({ kind: "accepted", carrierMessageId: sending });
    expect(requests.length).toBe(1);
    expect(requests[0]?.line).toBe(`POST /v2/Services/${service}/Verifications HTTP/1.1`);
    expect([...new URLSearchParams(requests[0]?.body)]).toEqual([
      ["To", code.to],
      ["Channel", "sms"],
      ["CustomCode", "123456"],
    ]);
  });

  it("other messages go out as they are", async () => {
    const { carrier, provider, requests } = await upstreamThat(() => httpAnswer(201, message));
    for (const other of [
      twilioHandover({ body: "Your order 123456 is on its way" }),
      twilioHandover({ body: "Your code is 123456", mediaUrls: ["https://m.example/1"] }),
    ]) {
      await carrier.send(provider, other, never);
    }
    expect(requests.map(isVerify)).toEqual([false, false]);
  });

  it.each([
    [400, 60200, "custom codes are not enabled there"],
    [404, 20404, "the service is not there"],
    [429, 60203, "too many codes that nobody confirmed"],
    [403, 60605, "the region is not enabled for Verify"],
  ])("go out as a plain message when Verify declines with %i, %i: %s", async (status, refused, text) => {
    const { carrier, provider, requests } = await upstreamThat((request) =>
      isVerify(request) ? httpAnswer(status, { code: refused, message: text }) : httpAnswer(201, message),
    );
    expect(await carrier.send(provider, code, never)).toEqual({ kind: "accepted", carrierMessageId: message.sid });
    expect(requests.map(isVerify)).toEqual([true, false]);
    expect(new URLSearchParams(requests[1]?.body).get("Body")).toBe(code.body);
  });

  it("go to the next provider when Verify declines and there is no other sender, or no code to send", async () => {
    const { carrier, provider, requests } = await upstreamThat(() =>
      httpAnswer(400, { code: 60200, message: "Invalid parameter `CustomCode`" }),
    );
    const declined = await carrier.send(provider, { ...code, from: service }, never);
    expect(declined).toMatchObject({ kind: "next-provider", reason: expect.stringContaining("60200") });
    const noCode = await carrier.send(provider, twilioHandover({ from: "", body: "Hello" }), never);
    expect(noCode).toMatchObject({ kind: "next-provider", reason: expect.stringContaining("no one-time code") });
    expect(requests.length).toBe(1);
  });

  it.each([
    [400, 60205, "refused"],
    [403, 60410, "refused"],
    [401, 20003, "next-provider"],
    [429, 20429, "retry"],
    [500, 20500, "unknown"],
  ])("are not sent twice or in spite of %i, %i: %s", async (status, refused, kind) => {
    const { carrier, provider, requests } = await upstreamThat(() => httpAnswer(status, { code: refused }));
    expect(await carrier.send(provider, code, never)).toMatchObject({ kind });
    expect(requests.length).toBe(1);
  });

  it("are looked up among the sendings of about that time", async () => {
    const { carrier, provider } = await upstreamThat(() => httpAnswer(200, verification));
    expect(await carrier.lookup(provider, code, never)).toEqual({ kind: "found", carrierMessageId: sending });
    // The other sending was ten minutes before: this attempt has none.
    const another = { ...code, attempt: 2 };
    expect(await carrier.lookup(provider, { ...another, from: "" }, never)).toEqual({ kind: "absent" });
  });

  it("are looked up as plain messages too, since they may have become ones", async () => {
    const plain = { ...message, to: code.to, from: code.from, body: code.body, date_created: "2026-11-20T12:00:01Z" };
    const { carrier, provider } = await upstreamThat((request) =>
      isVerify(request)
        ? httpAnswer(404, { code: 20404, message: "not found" })
        : httpAnswer(200, { messages: [plain], next_page_uri: null }),
    );
    expect(await carrier.lookup(provider, code, never)).toEqual({ kind: "found", carrierMessageId: message.sid });
  });

  it("cannot be told when Verify does not say", async () => {
    const { carrier, provider } = await upstreamThat(() => httpAnswer(500, { code: 20500 }));
    expect(await carrier.lookup(provider, code, never)).toMatchObject({ kind: "cannot-tell" });
  });

  it("are asked about later by their SID", async () => {
    const { upstream, provider, requests } = await upstreamThat(() =>
      httpAnswer(200, {
        sid: sending,
        channel_data: { message_status: "DELIVERED" },
        date_updated: "2026-11-20T12:00:09Z",
      }),
    );
    expect(await upstream.findMessage(provider, sending, never)).toEqual({
      kind: "ok",
      value: { carrierMessageId: sending, status: "delivered", errorCode: null, at: new Date("2026-11-20T12:00:09Z") },
    });
    expect(requests[0]?.line).toBe(`GET /v2/Attempts/${sending} HTTP/1.1`);
  });
});
