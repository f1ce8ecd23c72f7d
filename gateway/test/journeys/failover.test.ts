// A provider dies under load and comes back: every message arrives, none twice, and the others do not wait for it. Two more
// gateways are the upstreams; their own records are the judges.

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Uuid } from "../../src/core/ids.ts";
import { scheduleProviderCheck } from "../../src/store/providers.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { movableClock, startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  accept,
  addProvider,
  attemptsOf,
  chain,
  eventsOf,
  receivedTexts,
  untilHandedOver,
} from "../support/upstreams.ts";

const total = 1000;
const inParallel = 16;

let gateway: TestGateway;
let primary: TestGateway;
let fallback: TestGateway;
/** The way to the primary: any TCP proxy that can be cut. */
let way: DatabaseProxy;
const clock = movableClock();
let primaryId: Uuid;

beforeAll(async () => {
  [gateway, primary, fallback] = await Promise.all([
    startTestGateway({ dispatch: true, clock }),
    startTestGateway({ dispatch: true }),
    startTestGateway({ dispatch: true }),
  ]);
  way = await startDatabaseProxy(primary.url);
  primaryId = await addProvider(gateway, { name: "primary", baseUrl: way.url, account: primary });
  const fallbackId = await addProvider(gateway, { name: "fallback", baseUrl: fallback.url, account: fallback });
  await chain(gateway, primaryId, fallbackId);
  const { accountSid } = gateway;
  await scheduleProviderCheck(gateway.db, { accountSid, id: primaryId }, new Date(clock.nowMs() + 3_600_000));
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await way.close();
  await Promise.all([primary.stop(), fallback.stop()]);
});

/** Messages that are under way, or that the upstreams have and were not asked about yet. */
async function untold(): Promise<number> {
  const rows = await gateway.db.query(
    `select 1 as untold from messages m where m.due_at is not null and not exists (
       select from attempts a where a.account_id = m.account_id and a.message_id = m.id and a.outcome = 'unknown')`,
  );
  return rows.length;
}

const text = (n: number) => `Your code is ${100_000 + n}`;
const send = (n: number) => accept(gateway, { To: `+1202556${String(n % 10_000).padStart(4, "0")}`, Body: text(n) });

async function stateOfPrimary(): Promise<string | undefined> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  return new RegExp(`^trunkline_provider_state\\{provider="${primaryId}".*\\} (\\d)$`, "m").exec(metrics)?.[1];
}

async function healthOfPrimary(): Promise<string | undefined> {
  const rows = await gateway.db.query<{ state: string }>("select state from provider_health where provider_id = $1", [
    primaryId,
  ]);
  return rows[0]?.state;
}

describe("a primary provider that dies under load", { timeout: 180_000 }, () => {
  it("costs nothing but a few tries: all arrive, none twice, and it is used again when it is back", async () => {
    const sids: string[] = [];
    let next = 0;
    const sending = Array.from({ length: inParallel }, async () => {
      while (next < total) sids.push(await send(next++));
    });
    await expect.poll(async () => (await receivedTexts(primary)).size, { timeout: 20_000 }).toBeGreaterThan(total / 5);
    const giveBack = await way.cut();
    await expect.poll(async () => (await receivedTexts(fallback)).size, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(stateOfPrimary, { interval: 20, timeout: 20_000 }).toBe("3");
    await Promise.all(sending);

    // While it is known to be dead nobody tries it first, and the message says why it went elsewhere.
    const spared = await send(next++);
    sids.push(spared);
    expect(await untilHandedOver(gateway, spared)).toMatchObject({ from: fallback.numbers[0] });
    expect(await attemptsOf(gateway, spared)).toMatchObject([
      { attempt: 1, provider: "fallback", outcome: "accepted" },
    ]);
    const sent = (await eventsOf(gateway, spared)).find(({ type }) => type === "message.sent");
    const reason = expect.stringMatching(/^circuit open since \d{4}-/);
    expect(sent?.data).toMatchObject({ passedOver: [{ providerId: primaryId, reason }] });

    // Its owner is told at once, not by the next check of the schedule.
    await expect.poll(healthOfPrimary, { timeout: 30_000 }).toBe("unreachable");

    await giveBack();
    const before = (await receivedTexts(primary)).size;
    while ((await receivedTexts(primary)).size <= before) {
      sids.push(await send(next++));
      await delay(100);
    }
    await expect.poll(stateOfPrimary, { interval: 20, timeout: 20_000 }).toBe("0");

    // What had no answer and is not there is believed lost only after a while.
    await expect.poll(untold, { interval: 100, timeout: 20_000 }).toBe(0);
    clock.move(61_000);
    const ends = await Promise.all(sids.map((sid) => untilHandedOver(gateway, sid)));
    expect(ends.filter(({ status }) => status !== "sent" && status !== "delivered")).toEqual([]);
    // Whatever they have accepted they also hand over: waited for, so that a second copy would be seen.
    for (const { db } of [primary, fallback]) {
      await expect.poll(() => db.query("select 1 as due from messages where due_at is not null")).toEqual([]);
    }
    const [atPrimary, atFallback] = [await receivedTexts(primary), await receivedTexts(fallback)];
    const copies = Array.from(
      { length: next },
      (_, n) => (atPrimary.get(text(n)) ?? 0) + (atFallback.get(text(n)) ?? 0),
    );
    expect(copies.filter((count) => count !== 1)).toEqual([]);
    // Told by the upstreams' own reports, which are asked for: there is no public URL here.
    const others = "select status, count(*)::int from messages where status <> 'delivered' group by status";
    await expect.poll(() => gateway.db.query(others), { interval: 250, timeout: 45_000 }).toEqual([]);
    const tries = await Promise.all(sids.slice(0, 200).map(async (sid) => (await attemptsOf(gateway, sid)).length));
    expect(Math.max(...tries)).toBeLessThanOrEqual(5);
  });
});
