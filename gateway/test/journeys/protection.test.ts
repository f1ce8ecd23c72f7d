// Protection on the whole way of a message: a pumping burst is denied while others pass, recording stops nothing, several
// gateways count together, and a crash between the verdict and the hand-over counts nothing twice.

import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { newUuid } from "../../src/core/ids.ts";
import { createProtection } from "../../src/services/protection/create-protection.ts";
import { claimDueMessages } from "../../src/store/queue.ts";
import { insertSafeListEntry } from "../../src/store/safe-list.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type MessageRow, ownNumber, startMessagePath, type TestPath } from "../support/message-path.ts";
import { basic, callNative } from "../support/native-client.ts";
import { countersOf, decisionsOf, setProtection } from "../support/protection.ts";
import { callsOf } from "../support/twilio-call.ts";

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).toReversed()) await each.close();
});

function closeLater<Part extends { stop(): Promise<void> }>(part: Part): Part {
  closing.push({ close: () => part.stop() });
  return part;
}

const pumped = (index: number) => `+1246555${String(index).padStart(4, "0")}`;
const safe = (index: number) => `+12465559${String(index).padStart(3, "0")}`;
/** Ten minutes may end while a burst is under way: then twice as many pass. */
const floor = 20;

describe("a pumping burst", () => {
  let gateway: TestGateway;
  let application: CallbackReceiver;

  async function start(mode: "record" | "deny"): Promise<void> {
    gateway = closeLater(await startTestGateway({ dispatch: true }));
    application = await startCallbackReceiver();
    closing.push(application);
    await native("PUT", `/accounts/${gateway.accountSid}/protection`, { mode });
  }

  async function native(method: string, path: string, body?: unknown) {
    const authorization = basic(gateway.accountSid, gateway.authToken);
    const answer = await callNative(gateway.url, authorization, [method, path, body]);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  }

  async function send(url: string, numbers: readonly string[]): Promise<string[]> {
    const call = callsOf(url, gateway);
    return Promise.all(
      numbers.map(async (To) => {
        const form = { To, From: gateway.numbers[0], Body: "Your code is 123456", StatusCallback: application.url };
        const sent = await call("/Messages.json", { form });
        expect(sent.status, sent.text).toBe(201);
        return String(sent.json?.["sid"]);
      }),
    );
  }

  async function ended(sids: readonly string[]): Promise<Readonly<Record<string, string>>[]> {
    const final = /^(delivered|failed|undelivered)$/;
    const last = (sid: string) =>
      application.next(({ params }) => params["MessageSid"] === sid && final.test(params["MessageStatus"] ?? ""));
    return (await Promise.all(sids.map(last))).map(({ params }) => params);
  }

  const withStatus = (all: readonly Readonly<Record<string, string>>[], status: string) =>
    all.filter((params) => params["MessageStatus"] === status);

  it("is denied after the first few by two gateways together, with a callback each; the safe list passes", async () => {
    await start("deny");
    const sibling = closeLater(await gateway.startSibling());
    for (const index of [0, 1, 2, 3, 4]) {
      await insertSafeListEntry(gateway.db, gateway.accountSid, { sid: sidOfEntry(), number: safe(index) });
    }
    const numbers = Array.from({ length: 300 }, (_, index) => pumped(index));
    const [one, two, listed] = await Promise.all([
      send(gateway.url, numbers.slice(0, 150)),
      send(sibling.url, numbers.slice(150)),
      send(gateway.url, [0, 1, 2, 3, 4].map(safe)),
    ]);
    const all = await ended([...one, ...two]);
    const [delivered, failed] = [withStatus(all, "delivered"), withStatus(all, "failed")];
    expect(delivered.length + failed.length).toBe(300);
    expect(delivered.length).toBeGreaterThanOrEqual(floor);
    expect(delivered.length).toBeLessThanOrEqual(2 * floor);
    expect(new Set(failed.map((params) => params["ErrorCode"]))).toEqual(new Set(["30450"]));
    expect(withStatus(await ended(listed), "delivered")).toHaveLength(5);

    const sid = String(failed[0]?.["MessageSid"]);
    const { timeline } = await native("GET", `/messages/${sid}`);
    expect(timeline.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(["message.accepted", "protection.denied", "message.failed"]),
    );
    const { decisions } = await native("GET", `/protection/decisions?message=${sid}`);
    expect(decisions[0].explanation).toMatch(/^\d+ messages to \+1 246 555 \*{4} within 10 minutes; /);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/trunkline_protection_decisions_total\{rule="prefix-burst",mode="deny"\} \d+/);
  });

  it("is recorded and sent in record mode", async () => {
    await start("record");
    const sids = await send(
      gateway.url,
      Array.from({ length: 60 }, (_, index) => pumped(index)),
    );
    expect(withStatus(await ended(sids), "delivered")).toHaveLength(60);
    const { decisions } = await native("GET", "/protection/decisions?rule=prefix-burst&limit=1000");
    expect(decisions.length).toBeGreaterThanOrEqual(60 - 2 * floor);
    expect(decisions[0]).toMatchObject({ action: "recorded", errorCode: null });
  });
});

const sidOfEntry = () => `GN${newUuid().replaceAll("-", "")}`;

describe("a message path", () => {
  let path: TestPath;
  const ended = (row: MessageRow) => ["delivered", "failed"].includes(row.status) && row.due_at === null;

  async function acceptBurst(count: number): Promise<string[]> {
    const accepted = Array.from({ length: count }, (_, index) =>
      path.acceptance.accept(path.accountSid, { to: pumped(index), from: ownNumber, body: "Hello" }),
    );
    return (await Promise.all(accepted)).map(({ message }) => message.sid);
  }

  it("that dies between the verdict and the hand-over has counted once, and its verdicts stand", async () => {
    path = closeLater(await startMessagePath({ dispatch: false }));
    await setProtection(path.db, path.accountSid, "deny");
    const sids = await acceptBurst(40);
    const now = new Date();
    const claimed = await claimDueMessages(path.db, now, new Date(now.getTime() + 30_000), 100);
    const log = pino({ level: "silent" });
    const clock = { nowMs: () => now.getTime() };
    const dying = createProtection({ db: path.db, queueDb: path.db, clock, log, onDecision: () => undefined });
    const verdicts = await dying.judge(claimed);
    const denied = new Set(claimed.filter((_, index) => verdicts[index]?.kind === "deny").map(({ sid }) => sid));
    expect(denied.size).toBe(20);
    path.advance(31_000);
    await path.another();
    for (const sid of sids) {
      const expected = denied.has(sid as never) ? ["failed", 30450] : ["delivered", null];
      const row = await path.until(sid, ended);
      expect([row.status, row.error_code]).toEqual(expected);
    }
    const counters = await countersOf(path.db, path.accountSid);
    expect(counters).toMatchObject([
      { scope: "account", in_hour: 40 },
      { scope: "country", key: "BB", in_hour: 40 },
      { scope: "prefix", key: "+1246555", in_hour: 40 },
    ]);
    expect(await decisionsOf(path.db, path.accountSid)).toHaveLength(20);
  });

  it("holds messages over the quiet hours and sends them after; one whose validity ends before fails with 30036", async () => {
    path = closeLater(await startMessagePath({ dispatch: false }));
    // It has just become quiet in UTC+0, for two hours.
    const now = new Date();
    const time = (ms: number) => new Date(now.getTime() + ms).toISOString().slice(11, 16);
    const quietHours = { enabled: true, from: time(-60_000), until: time(7_200_000) };
    await setProtection(path.db, path.accountSid, "deny", { quietHours });
    const to = "+3545551234";
    const accept = async (parts: object) =>
      (await path.acceptance.accept(path.accountSid, { to, from: ownNumber, body: "Big sale", ...parts })).message.sid;
    const [sale, short, code] = await Promise.all([
      accept({}),
      accept({ validityPeriod: "3600" }),
      accept({ body: "Your code is 123456" }),
    ]);
    await path.another();
    expect(await path.until(code ?? "", ended)).toMatchObject({ status: "delivered" });
    const held = (row: MessageRow) => row.lease_until === null && (row.due_at?.getTime() ?? 0) > now.getTime() + 1000;
    for (const sid of [sale, short]) await path.until(sid ?? "", held);
    expect(await path.eventsOf(sale ?? "")).toEqual(["protection.held"]);
    path.advance(3_700_000);
    expect(await path.until(short ?? "", ended)).toMatchObject({ status: "failed", error_code: 30036 });
    expect(await path.until(sale ?? "", () => true)).toMatchObject({ attempts: 0, error_code: null });
    path.advance(3_700_000);
    expect(await path.until(sale ?? "", ended)).toMatchObject({ status: "delivered" });
  });

  it("sends what was held longer than messages are valid by default, unless a shorter time was asked for", async () => {
    path = closeLater(await startMessagePath({ dispatch: false }));
    // As long as the quiet hours are by default: one more than messages are valid.
    const now = new Date();
    const time = (ms: number) => new Date(now.getTime() + ms).toISOString().slice(11, 16);
    const nightMs = 11 * 3_600_000;
    const quietHours = { enabled: true, from: time(-60_000), until: time(nightMs) };
    await setProtection(path.db, path.accountSid, "deny", { quietHours });
    const to = "+3545551234";
    const accept = async (parts: object) =>
      (await path.acceptance.accept(path.accountSid, { to, from: ownNumber, body: "Big sale", ...parts })).message.sid;
    const [sale, whole, short] = await Promise.all([
      accept({}),
      accept({ validityPeriod: "36000" }),
      accept({ validityPeriod: "60" }),
    ]);
    await path.another();
    const held = (row: MessageRow) => row.lease_until === null && (row.due_at?.getTime() ?? 0) > now.getTime() + 1000;
    for (const sid of [sale, whole, short]) await path.until(sid ?? "", held);
    path.advance(nightMs + 120_000);
    expect(await path.until(sale ?? "", ended)).toMatchObject({ status: "delivered" });
    for (const sid of [whole, short]) {
      expect(await path.until(sid ?? "", ended)).toMatchObject({ status: "failed", error_code: 30036 });
    }
  });
});
