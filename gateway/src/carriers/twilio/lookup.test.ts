// What a lookup may conclude from what an upstream lists, on a real HTTP server.

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { httpAnswer, type RawRequest, startRawServer } from "../../../test/support/raw-server.ts";
import {
  type TestCarrierOptions,
  testTwilio,
  twilioHandover,
  twilioProvider,
} from "../../../test/support/twilio-carrier.ts";
import type { Handover } from "../carrier.ts";

const never = new AbortController().signal;
const startedAt = new Date("2026-11-20T12:00:00Z");
const settledMs = startedAt.getTime() + 60_000;
const times = { settleMs: 5_000, abandonedAfterMs: 30_000 };
/** Waits for a state on a machine that may be busy. */
const eventually = <T>(state: () => T) => expect.poll(state, { interval: 5 });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Message = Readonly<Record<string, unknown>>;

function messageOf(handover: Handover, parts: Message = {}): Message {
  return {
    sid: `SM${randomUUID().replaceAll("-", "")}`,
    to: handover.to,
    from: handover.from,
    body: handover.body,
    status: "queued",
    direction: "outbound-api",
    num_media: "0",
    date_created: "Fri, 20 Nov 2026 12:00:01 +0000",
    messaging_service_sid: null,
    ...parts,
  };
}

/** An upstream that lists these messages, in pages of `perPage`. */
async function upstreamWith(messages: readonly Message[], options: TestCarrierOptions = {}, perPage = 50) {
  return upstreamThat(({ line }) => {
    const page = Number(new URLSearchParams(line.split(" ")[1]?.split("?")[1]).get("Page") ?? 0);
    const rest = messages.length > (page + 1) * perPage;
    return httpAnswer(200, {
      messages: messages.slice(page * perPage, (page + 1) * perPage),
      next_page_uri: rest ? `/elsewhere?PageSize=100&Page=${page + 1}` : null,
    });
  }, options);
}

async function upstreamThat(answer: (request: RawRequest) => string, options: TestCarrierOptions = {}) {
  const server = await startRawServer((socket, request) => socket.write(answer(request)));
  const nowMs = { value: settledMs };
  const { carrier, close } = testTwilio({ clock: { nowMs: () => nowMs.value }, times, ...options });
  cleanups.push(server.close, close);
  const provider = twilioProvider({ baseUrl: server.url });
  return {
    server,
    nowMs,
    carrier,
    provider,
    lookup: (handover: Handover) => carrier.lookup(provider, handover, never),
  };
}

const cannotTell = { kind: "cannot-tell", reason: expect.stringMatching(/./) };

describe("lookup", () => {
  const handover = twilioHandover({ startedAt, body: "Your code is 123456" });

  it("asks for the recipient's messages with the provider's credentials", async () => {
    const { server, lookup } = await upstreamWith([]);
    await lookup(handover);
    expect(server.requests[0]?.line).toBe(
      `GET /2010-04-01/Accounts/${handover.accountSid}/Messages.json?To=%2B12025550123&PageSize=100 HTTP/1.1`,
    );
    expect(server.requests[0]?.headers.get("authorization")).toMatch(/^Basic /);
  });

  it.each<[string, Message]>([
    ["as it was sent", {}],
    ["with look-alikes replaced", { body: "Your code is 123456" }],
    ["with the words of a trial account", { body: "Sent from your Twilio trial account - Your code is 123456" }],
    ["with another line ending", { body: "Your code is 123456\r\n" }],
    ["without a date", { date_created: null }],
    ["without a direction", { direction: undefined }],
    ["minutes ahead, by a clock that differs", { date_created: "Fri, 20 Nov 2026 12:04:00 +0000" }],
    ["minutes behind, by a clock that differs", { date_created: "2026-11-20T11:56:00Z" }],
  ])("finds the message %s", async (_how, parts) => {
    const message = messageOf(handover, parts);
    const { lookup } = await upstreamWith([message]);
    expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
  });

  it("finds a text whose look-alikes the upstream has replaced", async () => {
    const fancy = twilioHandover({ startedAt, body: "“Your” code – 123456…" });
    const message = messageOf(fancy, { body: '"Your" code - 123456...' });
    const { lookup } = await upstreamWith([message]);
    expect(await lookup(fancy)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
  });

  it("finds the message of a service, from whichever number it went", async () => {
    const service = "MG0123456789abcdef0123456789abcdef";
    const fromService = { ...handover, from: service };
    for (const from of [null, "+12025550177"]) {
      for (const messaging_service_sid of [service, null]) {
        const message = messageOf(fromService, { from, messaging_service_sid });
        const { lookup } = await upstreamWith([message]);
        expect(await lookup(fromService)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
      }
    }
  });

  it.each<[string, Message]>([
    ["to somebody else", { to: "+12025550124" }],
    ["with another text", { body: "Your code is 654321" }],
    ["that came in", { direction: "inbound" }],
    ["of long before", { date_created: "Fri, 20 Nov 2026 11:30:00 +0000" }],
    ["of long after", { date_created: "Fri, 20 Nov 2026 12:30:00 +0000" }],
  ])("is not led astray by a message %s: absent", async (_which, parts) => {
    const { lookup } = await upstreamWith([messageOf(handover, parts)]);
    expect(await lookup(handover)).toEqual({ kind: "absent" });
  });

  it.each<[string, Message]>([
    ["redacted", { body: "" }],
    ["from another sender", { from: "+12025550177" }],
    ["with words added", { body: "Your code is 123456 Reply STOP to opt out" }],
  ])("cannot tell when there is one like it, %s", async (_how, parts) => {
    const { lookup } = await upstreamWith([messageOf(handover, parts)]);
    expect(await lookup(handover)).toEqual(cannotTell);
  });

  it("says absent when those like it are other attempts'", async () => {
    const other = messageOf(handover, { body: "" });
    const { lookup } = await upstreamWith([other], { isMatched: async (_provider, _handover, ids) => new Set(ids) });
    expect(await lookup(handover)).toEqual({ kind: "absent" });
  });

  it("gives each of several identical messages to one attempt, also at the same time", async () => {
    const taken = "SMtaken";
    const messages = [messageOf(handover), messageOf(handover), messageOf(handover, { sid: taken })];
    const { lookup } = await upstreamWith(messages, { isMatched: async () => new Set([taken]) });
    const attempts = [1, 2, 3].map((attempt) => ({ ...handover, attempt }));
    const results = await Promise.all(attempts.map(lookup));
    const ids = results.map((result) => (result.kind === "found" ? result.carrierMessageId : result.kind));
    expect(ids.toSorted()).toEqual([messages[0]?.["sid"], messages[1]?.["sid"], "absent"].toSorted());
    // Asked again, each gets the same answer.
    expect(await Promise.all(attempts.map(lookup))).toEqual(results);
  });

  it("does not adopt while the same text is under way to that recipient once more", async () => {
    const mine = messageOf(handover);
    const { lookup, carrier, provider, server } = await upstreamThat(({ line }) =>
      line.startsWith("POST") ? "" : httpAnswer(200, { messages: [mine], next_page_uri: null }),
    );
    const abort = new AbortController();
    const twin = carrier.send(provider, { ...handover, attempt: 7 }, abort.signal);
    await eventually(() => server.requests.length).toBe(1);
    expect(await lookup(handover)).toEqual(cannotTell);
    abort.abort();
    expect((await twin).kind).toBe("unknown");
    expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: mine["sid"] });
  });

  it("cannot tell while the attempt itself is under way", async () => {
    const { lookup, carrier, provider, server } = await upstreamThat(() => "");
    const abort = new AbortController();
    const sending = carrier.send(provider, handover, abort.signal);
    await eventually(() => server.requests.length).toBe(1);
    expect(await lookup(handover)).toEqual(cannotTell);
    abort.abort();
    await sending;
  });

  it("does not believe in absence before everything has settled", async () => {
    const { lookup, nowMs, carrier, provider } = await upstreamThat(({ line }) =>
      line.startsWith("POST") ? httpAnswer(502, "") : httpAnswer(200, { messages: [], next_page_uri: null }),
    );
    nowMs.value = startedAt.getTime();
    // Of another process' attempt nothing is known but its start.
    for (const [afterMs, result] of [
      [0, cannotTell],
      [34_999, cannotTell],
      [35_000, { kind: "absent" }],
    ] as const) {
      nowMs.value = startedAt.getTime() + afterMs;
      expect(await lookup(handover)).toEqual(result);
    }
    // Its own it has seen end.
    nowMs.value = startedAt.getTime();
    const own = twilioHandover({ startedAt });
    expect(await carrier.send(provider, own, never)).toMatchObject({ kind: "unknown" });
    nowMs.value += 4_999;
    expect(await lookup(own)).toEqual(cannotTell);
    nowMs.value += 1;
    expect(await lookup(own)).toEqual({ kind: "absent" });
  });

  it("needs not wait for processes that are known to be dead", async () => {
    const aloneSinceMs = startedAt.getTime() + 1_000;
    const { lookup, nowMs } = await upstreamWith([], { aloneSinceMs });
    nowMs.value = aloneSinceMs + times.settleMs - 1;
    expect(await lookup(handover)).toEqual(cannotTell);
    nowMs.value += 1;
    expect(await lookup(handover)).toEqual({ kind: "absent" });
  });

  it("cannot be asked about what another upstream was sent; of what this process sent it knows where to", async () => {
    const { lookup, carrier, provider, nowMs } = await upstreamThat(({ line }) =>
      line.startsWith("POST") ? httpAnswer(502, "") : httpAnswer(200, { messages: [], next_page_uri: null }),
    );
    const elsewhere = { ...provider, config: { ...provider.config, baseUrl: "http://127.0.0.1:9" } };
    const own = twilioHandover({ startedAt });
    await carrier.send(provider, own, never);
    nowMs.value += 60_000;
    expect(await carrier.lookup(elsewhere, own, never)).toMatchObject({ ...cannotTell, final: true });
    const upstreamSince = new Date(startedAt.getTime() - 1);
    expect(await carrier.lookup({ ...provider, upstreamSince }, own, never)).toEqual({ kind: "absent" });
    // Another process' may have gone to either, at about that time.
    const moved = { ...provider, upstreamSince };
    expect(await carrier.lookup(moved, handover, never)).toMatchObject({ ...cannotTell, final: true });
    const long = { ...provider, upstreamSince: new Date(startedAt.getTime() - 60_000) };
    expect(await carrier.lookup(long, handover, never)).toEqual({ kind: "absent" });
    expect(await lookup(handover)).toEqual({ kind: "absent" });
  });

  it.each(["10000-01-01T00:00:00Z", "+010000-01-01T00:00:00Z", "0001-01-01", "1969-12-31T23:59:59Z"])(
    "takes %s for no date",
    async (date_created) => {
      const message = messageOf(handover, { date_created });
      const { lookup } = await upstreamWith([message]);
      expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
    },
  );

  it("goes by the upstream's own clock where that is far off", async () => {
    const message = messageOf(handover, { date_created: "Fri, 20 Nov 2026 09:00:01 +0000" });
    const { lookup } = await upstreamThat(() =>
      httpAnswer(200, { messages: [message] }, { date: "Fri, 20 Nov 2026 09:01:00 GMT" }),
    );
    expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
  });

  it("reads on over pages, at the first one's address only, and stops at what is too old", async () => {
    const others = Array.from({ length: 5 }, () => messageOf(handover, { body: "another" }));
    const old = Array.from({ length: 10 }, () => messageOf(handover, { date_created: "2026-11-20T08:00:00Z" }));
    const message = messageOf(handover);
    const { lookup, server } = await upstreamWith([...others, message, ...old], {}, 2);
    expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
    expect(server.requests.length).toBe(4);
    for (const { line } of server.requests) expect(line).toContain(`/Accounts/${handover.accountSid}/Messages.json?`);
  });

  it("reads everything when the newest do not come first", async () => {
    const old = ["07", "08"].map((hour) => messageOf(handover, { date_created: `2026-11-20T${hour}:00:00Z` }));
    const message = messageOf(handover);
    const { lookup } = await upstreamWith([...old, message], {}, 2);
    expect(await lookup(handover)).toEqual({ kind: "found", carrierMessageId: message["sid"] });
  });

  it.each<[string, string]>([
    ["HTML", httpAnswer(200, "<html></html>", { "content-type": "text/html" })],
    ["no list", httpAnswer(200, { messages: null })],
    ["a list of other things", httpAnswer(200, { messages: [{ id: 7 }] })],
    ["a refusal", httpAnswer(401, { code: 20003, message: "Authenticate" })],
    ["an error", httpAnswer(500, { code: 20500 })],
    ["nothing but pages", httpAnswer(200, { messages: [], next_page_uri: "/x?To=%2B12025550123&PageSize=100" })],
    ["too much", httpAnswer(200, { messages: [], pad: "x".repeat(2_000_000) })],
    ["a redirect", httpAnswer(302, "", { location: "http://127.0.0.1:1/" })],
    ["half of it", httpAnswer(200, { messages: [] }, { "content-length": "1000" })],
  ])("cannot tell when the upstream answers with %s", async (_what, answer) => {
    const server = await startRawServer((socket) => socket.end(answer));
    const { carrier, close } = testTwilio({ clock: { nowMs: () => settledMs }, times });
    cleanups.push(server.close, close);
    expect(await carrier.lookup(twilioProvider({ baseUrl: server.url }), handover, never)).toEqual(cannotTell);
  });

  it("says that it never will when the API key may not list messages", async () => {
    const { lookup } = await upstreamThat(() => httpAnswer(401, { code: 70051, message: "permission is missing" }));
    expect(await lookup(handover)).toMatchObject({ kind: "cannot-tell", final: true });
  });

  it("cannot tell when what is stored cannot be read", async () => {
    const { lookup } = await upstreamWith([messageOf(handover)], {
      isMatched: () => Promise.reject(new Error("no database")),
    });
    expect(await lookup(handover)).toEqual(cannotTell);
  });

  it("cannot tell when there is no end to the pages", async () => {
    let pages = 0;
    const { lookup } = await upstreamThat(() =>
      httpAnswer(200, { messages: [messageOf(handover, { body: "x" })], next_page_uri: `/x?PageToken=${++pages}` }),
    );
    expect(await lookup(handover)).toEqual(cannotTell);
    expect(pages).toBeLessThanOrEqual(100);
  });
});
