// What a long queue costs: the claim rate with a million messages waiting against a thousand, and the memory of a
// gateway that runs on such a queue.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { openDatabase } from "../../../gateway/src/store/connect.ts";
import type { Database } from "../../../gateway/src/store/database.ts";
import { claimDueMessages } from "../../../gateway/src/store/queue.ts";
import { runLoad } from "../load/run-load.ts";
import { CONNECTIONS } from "./accept.ts";
import { ACCOUNT_SID, type Gateway, makeDataDirectory, startGateway } from "./start.ts";

export const SHORT_QUEUE = 1000;
export const LONG_QUEUE = 1_000_000;

const BATCH = 250;
const ROUNDS = 40;
const LEASE_MS = 30_000;
const TRAFFIC_MESSAGES = 5000;
const SETTLE_MS = 5000;
/** As the gateway opens its own pool for the message path. */
const sessionSettings = {
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
};

export interface QueueSizeResult {
  /** Messages claimed per second by one worker. */
  readonly claimsPerSecondShort: number;
  readonly claimsPerSecondLong: number;
  /** Resident memory of the gateway's own process with the long queue, after traffic: now, and at its highest. */
  readonly memoryMb: number;
  readonly peakMemoryMb: number;
  readonly idleMemoryMb: number;
}

export async function measureQueueSize(): Promise<QueueSizeResult> {
  const data = await makeDataDirectory();
  try {
    // `api`: nobody else may claim while the claims are measured.
    const gateway = await startGateway({ dataDir: data.path, roles: "api" });
    const db = openDatabase({
      connection: { host: join(data.path, "data", "postgres", "run"), user: "trunkline", database: "trunkline" },
      queryTimeoutMs: 0,
      sessionSettings,
      log: pino({ level: "warn" }),
    });
    // The short queue twice, and the better of the two: a slow moment must not flatter the long one.
    const first = await measureClaims(gateway, db, SHORT_QUEUE);
    const claimsPerSecondShort = Math.max(first, await measureClaims(gateway, db, SHORT_QUEUE));
    const claimsPerSecondLong = await measureClaims(gateway, db, LONG_QUEUE);
    await db.close();
    // From here on they wait for a slot of their sender's pace, so that a dispatching gateway keeps them.
    await gateway.sql("update messages set due_at = now() + interval '1 hour', paced = true where due_at is not null");
    await gateway.stop();
    return { claimsPerSecondShort, claimsPerSecondLong, ...(await measureMemory(data.path)) };
  } finally {
    await data.remove();
  }
}

/** Claims as many as are put in, so that the queue keeps its length; resolves to messages claimed per second. */
async function measureClaims(gateway: Gateway, db: Database, queued: number): Promise<number> {
  await gateway.sql("truncate messages");
  await enqueue(gateway, queued - SHORT_QUEUE);
  await gateway.sql("vacuum analyze messages");
  let claimed = 0;
  let spentMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await enqueue(gateway, SHORT_QUEUE);
    const startedAt = performance.now();
    claimed += await claimAll(db, SHORT_QUEUE);
    spentMs += performance.now() - startedAt;
  }
  return claimed / (spentMs / 1000);
}

async function claimAll(db: Database, count: number): Promise<number> {
  for (let claimed = 0; claimed < count; claimed += BATCH) {
    const now = Date.now();
    const batch = await claimDueMessages(db, new Date(now), new Date(now + LEASE_MS), BATCH);
    assert.equal(batch.length, BATCH, "a claim found fewer messages than are due");
  }
  return count;
}

// Rows as an accept stores them, with ids of this moment.
async function enqueue(gateway: Gateway, count: number): Promise<void> {
  await gateway.sql(
    `insert into messages (account_id, id, direction, status, from_address, to_address, sender_id, body, num_segments,
       num_media, created_at, updated_at, due_at, expires_at)
     select s.account_id, (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7000'
         || '8' || lpad(to_hex(n), 7, '0') || lpad(to_hex((random() * 4294967295)::bigint), 8, '0'))::uuid,
       'outbound-api', 'queued', s.address, '+1415' || 2000000 + n, s.id, 'Your code is ' || n, 1, 0,
       now(), now(), now() - interval '1 second', now() + interval '10 hours'
     from generate_series(1, $1::integer) n, senders s where s.account_id = $2::uuid`,
    [count, ACCOUNT_SID.slice(2)],
  );
}

async function measureMemory(dataDir: string): Promise<Omit<QueueSizeResult, `claims${string}`>> {
  const gateway = await startGateway({ dataDir });
  try {
    await delay(SETTLE_MS);
    const idle = await memoryMb(gateway.pid);
    await runLoad({
      host: "127.0.0.1",
      port: gateway.port,
      template: gateway.template,
      connections: CONNECTIONS,
      firstNumber: 0,
      until: { requests: TRAFFIC_MESSAGES },
    });
    const [row] = await gateway.sql<{ count: string }>("select count(*) from messages where due_at is not null");
    assert(Number(row?.count) >= LONG_QUEUE - SHORT_QUEUE, "the queue is not as long as it should be");
    await delay(SETTLE_MS);
    const busy = await memoryMb(gateway.pid);
    return { idleMemoryMb: idle.now, memoryMb: busy.now, peakMemoryMb: busy.peak };
  } finally {
    await gateway.stop();
  }
}

/** Of the process alone, without the database's; from /proc, so on Linux only. */
async function memoryMb(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
}
