import { DatabaseError } from "pg";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { GatewayError } from "../core/errors.ts";
import { newUuid, sidOf, uuidOf } from "../core/ids.ts";
import type { Queryable } from "../store/database.ts";
import { readQueueDepth } from "../store/queue-depth.ts";
import { createHealth } from "./health.ts";
import { createLog, readableLine } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createRequestLogs } from "./request-log.ts";

function capturedLog() {
  const lines: string[] = [];
  return {
    lines,
    log: createLog({ level: "info", pretty: false, stream: { write: (line) => void lines.push(line) } }),
  };
}

describe("the log", () => {
  it("hides secrets and texts, at the top and nested", () => {
    const { log, lines } = capturedLog();
    log.info({ authorization: "Basic hush", nested: { authToken: "hush", deeper: { password: "hush" } } }, "one");
    log.info({ request: { headers: { authorization: "hush", cookie: "hush" } }, message: { body: "hush" } }, "two");
    expect(lines.join("")).not.toContain("hush");
    expect(lines.join("")).toContain("[hidden]");
  });

  it("keeps of an error what cannot quote a row, with its causes", () => {
    const { log, lines } = capturedLog();
    const cause = Object.assign(new DatabaseError("duplicate key", 1, "error"), { code: "23505", detail: "hush" });
    log.error({ err: new GatewayError("internal", "broken", { cause, detail: "for the log" }) }, "failed");
    expect(lines.join("")).not.toContain("hush");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      err: { type: "GatewayError", code: "internal", detail: "for the log", cause: { code: "23505" } },
    });
  });

  it("is readable on a terminal", () => {
    const line = JSON.stringify({ level: 40, time: 0, msg: "slow", ms: 12, why: "a b", err: { stack: "E\n at x" } });
    expect(readableLine(line)).toBe('00:00:00.000 WARN  slow ms=12 why="a b"\n    E\n     at x\n');
  });

  it("of a request carries its id, and costs nothing below its level", () => {
    const { log, lines } = capturedLog();
    const child = vi.spyOn(log, "child");
    const requestLog = createRequestLogs(log)("RQ1");
    requestLog.debug("unseen");
    expect(child).not.toHaveBeenCalled();
    requestLog.warn({ a: 1 }, "seen");
    requestLog.child({ b: 2 }).error("too");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { reqId: "RQ1", a: 1, msg: "seen" },
      { reqId: "RQ1", b: 2, msg: "too" },
    ]);
  });
});

describe("health", () => {
  const started: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const health of started.splice(0)) await health.stop();
  });

  /** A database whose answers the test gives. */
  function remoteDatabase() {
    const pending: PromiseWithResolvers<never[]>[] = [];
    const db: Queryable = {
      query: <Row>() => {
        const answer = Promise.withResolvers<never[]>();
        pending.push(answer);
        return answer.promise as Promise<Row[]>;
      },
    };
    return { db, pending };
  }

  it("is ready only while migrated, not draining and in touch with the database", async () => {
    vi.useFakeTimers();
    const { db, pending } = remoteDatabase();
    const health = createHealth({ db, clock: { nowMs: () => Date.now() }, log: pino({ level: "silent" }) });
    started.push(health);
    const starting = health.start();
    pending[0]?.resolve([]);
    await starting;
    expect(health.problems()).toEqual(["migrations are not done"]);
    health.markMigrated();
    expect(health.problems()).toEqual([]);

    await vi.advanceTimersByTimeAsync(500);
    pending[1]?.reject(new Error("gone"));
    await vi.advanceTimersByTimeAsync(0);
    expect(health.problems()).toEqual(["database does not answer"]);
    await vi.advanceTimersByTimeAsync(500);
    pending[2]?.resolve([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(health.problems()).toEqual([]);

    health.markDraining();
    expect(health.problems()).toEqual(["draining"]);
  });

  it("notices silence within two seconds, with one question at a time", async () => {
    vi.useFakeTimers();
    const { db, pending } = remoteDatabase();
    const health = createHealth({ db, clock: { nowMs: () => Date.now() }, log: pino({ level: "silent" }) });
    started.push(health);
    const starting = health.start();
    pending[0]?.resolve([]);
    await starting;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(health.databaseUp).toBe(false);
    expect(pending).toHaveLength(2);
    pending[1]?.resolve([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(health.databaseUp).toBe(true);
  });
});

describe("metrics", () => {
  it("count what the parts report", async () => {
    const metrics = createMetrics();
    metrics.countAccepted("outbound-api", 3);
    metrics.countReached("failed", 30003);
    metrics.countReached("delivered");
    metrics.countAttempt("sandbox", "accepted");
    metrics.countCallback("retry");
    metrics.observeBatch("claim", 20, 0.004);
    const text = await metrics.registry.metrics();
    metrics.close();
    for (const line of [
      'trunkline_messages_accepted_total{direction="outbound-api"} 3',
      'trunkline_messages_failed_total{code="30003"} 1',
      "trunkline_messages_delivered_total 1",
      'trunkline_attempts_total{kind="sandbox",outcome="accepted"} 1',
      'trunkline_callback_requests_total{result="retry"} 1',
      'trunkline_batch_rows_bucket{le="20",kind="claim"} 1',
      'trunkline_batch_duration_seconds_bucket{le="0.005",kind="claim"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  it("read the database at most once per scrape, and say nothing of it during an outage", async () => {
    const metrics = createMetrics();
    let reads = 0;
    let up = true;
    const sample = { messages: 7, oldestDueSeconds: 1.5, callbacks: 2, oldestDueCallbackSeconds: 0 };
    metrics.collectFrom({
      databaseUp: () => up,
      sample: async () => {
        reads += 1;
        return sample;
      },
    });
    const text = await metrics.registry.metrics();
    await metrics.registry.metrics();
    expect(reads).toBe(1);
    expect(text).toContain("trunkline_queue_messages 7");
    expect(text).toContain("trunkline_queue_oldest_due_seconds 1.5");
    expect(text).toContain("trunkline_callback_backlog 2");
    up = false;
    const away = await metrics.registry.metrics();
    metrics.close();
    expect(away).toContain("trunkline_database_up 0");
    expect(away).not.toMatch(/^trunkline_queue_messages /m);
  });
});

describe("the queue's depth", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(async () => {
    await database?.close();
  });

  const insertDue = (count: number) =>
    database.db.query(
      `insert into messages (account_id, id, direction, status, to_address, body, num_segments, num_media, created_at,
         updated_at, due_at)
       select $1, (substr($2::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, 'outbound-api', 'queued', '+12025550123', '', 1, 0,
         now(), now(), now() - interval '90 seconds' from generate_series(1, $3::int) as n`,
      [uuidOf(sidOf("AC", newUuid())), newUuid(), count],
    );

  it("is exact for few and estimated for many, never below what was counted", async () => {
    expect(await readQueueDepth(database.db)).toMatchObject({ messages: 0, oldestDueSeconds: 0, callbacks: 0 });
    await insertDue(1_000);
    const few = await readQueueDepth(database.db);
    expect(few.messages).toBe(1_000);
    expect(few.oldestDueSeconds).toBeGreaterThan(89);
    expect(few.oldestDueSeconds).toBeLessThan(200);
    await insertDue(39_000);
    const many = await readQueueDepth(database.db);
    expect(many.messages).toBeGreaterThan(10_000);
    expect(many.messages).toBeLessThan(160_000);
    await database.db.query("vacuum analyze messages");
    const known = await readQueueDepth(database.db);
    expect(known.messages).toBeGreaterThan(36_000);
    expect(known.messages).toBeLessThan(44_000);
  });
});
