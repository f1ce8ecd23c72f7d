// The database goes away under load and comes back: what clients are told meanwhile, and that nothing acknowledged is
// lost, nothing is sent twice, and everything goes on by itself at once.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { type CallbackLog, startCallbackLog } from "../crash/callback-log.ts";
import { startLoad } from "../crash/load.ts";
import { untilDrained, verify } from "../crash/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { freePort, type GatewayProcess, spawnGateway, untilReady } from "../support/gateway-process.ts";

let root: string;
let database: TestDatabase;
let proxy: DatabaseProxy;
let gateway: GatewayProcess;
let callbacks: CallbackLog;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "trunkline-outage-"));
  database = await testDatabase();
  proxy = await startDatabaseProxy(database.url);
  callbacks = await startCallbackLog();
  gateway = await spawnGateway({ port: await freePort(), root, env: { DATABASE_URL: proxy.url } });
  await untilReady(gateway);
});

afterEach(async () => {
  gateway.signal("SIGKILL");
  await gateway.exited;
  await proxy.close();
  await callbacks.close();
  await database.close();
  await rm(root, { recursive: true, force: true });
});

/** What was claimed by a statement whose answer never came is nobody's until its lease is over: time is moved there. */
async function endLostLeases(db: Database): Promise<void> {
  await untilDrained(db, 4000).catch(() => undefined);
  await db.query("update messages set lease_until = null where lease_until is not null");
  // What the sandbox cannot tell yet it can tell a minute later.
  await db.query(
    "update attempts set started_at = started_at - interval '1 minute' where outcome is null or outcome = 'unknown'",
  );
  await db.query("update messages set due_at = now() where status = 'sending'");
  await db.query("update callbacks set due_at = now() where state = 'pending'");
}

async function statusOf(path: string): Promise<number> {
  const response = await fetch(gateway.url + path);
  await response.arrayBuffer();
  return response.status;
}

describe("a database that is away for three seconds under load", { timeout: 120_000 }, () => {
  it("costs quick refusals that say when to come again, and nothing else", async () => {
    const load = startLoad({ urls: [gateway.url], connections: 8, pauseMs: 5, statusCallback: callbacks.url });
    await load.nextCreated();
    await delay(500);
    const giveBack = await proxy.cut();
    const cutAt = performance.now();
    await expect.poll(() => statusOf("/readyz"), { interval: 20 }).toBe(503);
    expect(await statusOf("/livez")).toBe(200);
    await delay(Math.max(0, 3000 - (performance.now() - cutAt)));
    await giveBack();
    await load.nextCreated();
    await expect.poll(() => statusOf("/readyz"), { interval: 20 }).toBe(200);
    await delay(300);
    await load.stop();

    const { ledger } = load;
    expect(ledger.putOff).toBeGreaterThan(8);
    expect(ledger.lostAnswers).toBe(0);
    await endLostLeases(database.db);
    await untilDrained(database.db, 20_000);
    const findings = await verify({ url: gateway.url, db: database.db, ledger, callbacks });
    expect(findings.violations).toEqual([]);
  });

  it("does not hold up a stop: the gateway gives up what it cannot store and ends in time", async () => {
    const load = startLoad({ urls: [gateway.url], connections: 4, pauseMs: 5, statusCallback: callbacks.url });
    await load.nextCreated();
    await proxy.cut();
    await expect.poll(() => statusOf("/readyz"), { interval: 20 }).toBe(503);
    gateway.signal("SIGTERM");
    // A stop that takes longer than it may is one by force: code 1.
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    await load.abandon();
  });
});
