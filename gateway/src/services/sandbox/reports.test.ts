import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertBareAccount, newHandover, silentLog, testSandbox } from "../../../test/support/sandbox.ts";
import type { DeliveryReport } from "../../carriers/carrier.ts";
import { systemClock } from "../../core/clock.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { Database } from "../../store/database.ts";
import type { Reports } from "../reports.ts";
import { applyDueReports, createSandboxReports } from "./reports.ts";

let database: TestDatabase;
let db: Database;
let accountSid: AccountSid;
beforeEach(async () => {
  database = await testDatabase({ poolSize: 8 });
  db = database.db;
  accountSid = await insertBareAccount(db);
  await db.query("create table applied (message_sid text not null, status text not null, at timestamptz not null)");
});
afterEach(() => database.close());

/** Notes each report in the caller's transaction, as the real one changes messages. */
const noting: Reports = {
  async apply(tx, reports) {
    for (const report of reports) {
      await tx.query("insert into applied values ($1, $2, $3)", [report.messageSid, report.status, report.at]);
    }
  },
};

const applied = () => db.query<{ message_sid: string; status: string }>("select message_sid, status from applied");
const owed = async () => (await db.query("select 1 from sandbox_reports")).length;

async function sendMany(count: number, settings = { deliveryMs: 0, deliveryJitterMs: 0 }) {
  const sandbox = testSandbox(db, { settings });
  const handovers = Array.from({ length: count }, (_, i) => newHandover(accountSid, { body: `${i}` }));
  await Promise.all(handovers.map((handover) => sandbox.send(handover)));
  return handovers.map((handover) => handover.messageSid).sort();
}

/** A stand-in process: a service with a way to wait until `count` reports are in. */
function counting(reports: Reports = noting, pollMs?: number) {
  const seen: DeliveryReport[] = [];
  let check: () => void = () => undefined;
  const service = createSandboxReports({
    db,
    reports,
    clock: systemClock,
    log: silentLog,
    ...(pollMs === undefined ? {} : { pollMs }),
    onApplied(batch) {
      seen.push(...batch);
      check();
    },
  });
  const reached = (count: number) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (seen.length >= count) resolve();
      };
      check();
    });
  return { service, seen, reached };
}

describe("applyDueReports", () => {
  const deps = (nowMs: number, reports: Reports = noting) => ({
    db,
    reports,
    clock: { nowMs: () => nowMs },
    onApplied: () => undefined,
  });

  it("gives a report when it is due and not before, once", async () => {
    const startMs = Date.now();
    await sendMany(3, { deliveryMs: 60_000, deliveryJitterMs: 0 });
    expect(await applyDueReports(deps(startMs + 59_000))).toBe(0);
    expect(await applyDueReports(deps(startMs + 90_000))).toBe(3);
    expect(await applyDueReports(deps(startMs + 90_000))).toBe(0);
    expect(await applied()).toHaveLength(3);
  });

  it("a transaction that is rolled back loses nothing: its reports come again", async () => {
    const sids = await sendMany(20);
    const crashing: Reports = {
      async apply(tx, reports) {
        await noting.apply(tx, reports);
        throw new Error("crash before the commit");
      },
    };
    await expect(applyDueReports(deps(Date.now(), crashing))).rejects.toThrow("crash before the commit");
    expect(await applied()).toEqual([]);
    expect(await owed()).toBe(20);
    expect(await applyDueReports(deps(Date.now()))).toBe(20);
    expect((await applied()).map((row) => row.message_sid).sort()).toEqual(sids);
  });

  it("leaves what another process is giving alone, and does not wait for it", async () => {
    await sendMany(10);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let giving: Promise<number> = Promise.resolve(0);
    const taken = new Promise<number>((resolve) => {
      const slow: Reports = {
        async apply(tx, reports) {
          await noting.apply(tx, reports);
          resolve(reports.length);
          await released;
        },
      };
      giving = applyDueReports(deps(Date.now(), slow));
    });
    expect(await taken).toBe(10);
    expect(await applyDueReports(deps(Date.now()))).toBe(0);
    release();
    expect(await giving).toBe(10);
    expect(await applied()).toHaveLength(10);
  });

  it("hands a batch over in the order in which it is due, with the SID of a message with media", async () => {
    const sandbox = testSandbox(db);
    await sandbox.inject(accountSid, { rules: [{ effect: { type: "reordered-report" } }] });
    const plain = newHandover(accountSid);
    const sid = plain.messageSid.replace("SM", "MM") as typeof plain.messageSid;
    await sandbox.send({ ...plain, messageSid: sid, mediaUrls: ["https://example.com/a.png"] });
    await applyDueReports(deps(Date.now() + 1000));
    expect(await applied()).toEqual([
      { message_sid: sid, status: "delivered" },
      { message_sid: sid, status: "sent" },
    ]);
  });
});

describe("the sandbox reports service", () => {
  it("two processes share the work: every report is given, none twice", async () => {
    const sids = await sendMany(2500);
    const [one, two] = [counting(), counting()];
    await Promise.all([one.service.start(), two.service.start()]);
    await expect.poll(owed, { timeout: 20_000 }).toBe(0);
    await Promise.all([one.service.stop(), two.service.stop()]);
    expect((await applied()).map((row) => row.message_sid).sort()).toEqual(sids);
    expect(one.seen.length + two.seen.length).toBe(2500);
  });

  it("a hint wakes it for a report that is due before it would look again", async () => {
    const { service, reached } = counting(noting, 3_600_000);
    await service.start();
    const sandbox = testSandbox(db, { onReportsDue: service.hint });
    for (let i = 1; i <= 20; i++) {
      await sandbox.send(newHandover(accountSid, { body: `${i}` }));
      await reached(i);
    }
    await service.stop();
  });

  it("finds what another process planned without a hint", async () => {
    const { service, reached } = counting();
    await service.start();
    await sendMany(5, { deliveryMs: 20, deliveryJitterMs: 5 });
    await reached(5);
    await service.stop();
    expect(await applied()).toHaveLength(5);
  });

  it("goes on after a failure", async () => {
    let failures = 0;
    const { service, reached } = counting({
      async apply(tx, reports) {
        failures += 1;
        if (failures === 1) throw new Error("the database is away");
        await noting.apply(tx, reports);
      },
    });
    await sendMany(4);
    await service.start();
    await reached(4);
    await service.stop();
    expect(await applied()).toHaveLength(4);
  });

  it("stop() ends its wait at once, and it can be started again", async () => {
    const { service, reached } = counting();
    await service.start();
    await service.stop();
    await service.stop();
    await sendMany(2);
    expect(await owed()).toBe(2);
    await service.start();
    await reached(2);
    await service.stop();
  });
});
