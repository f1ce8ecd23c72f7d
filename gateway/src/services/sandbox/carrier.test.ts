// The sandbox carrier on its real record and a real database.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeCarrier, type ProviderBehaviour } from "../../../test/support/carrier-suite.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import {
  insertBareAccount,
  newHandover,
  recordsOf,
  sandboxProvider,
  testSandbox,
} from "../../../test/support/sandbox.ts";
import type { HandoverOutcome } from "../../carriers/carrier.ts";
import { type AccountSid, uuidOf } from "../../core/ids.ts";

const effectOf: Readonly<Record<ProviderBehaviour, object | null>> = {
  accepts: null,
  retry: { type: "rate-limit" },
  refuses: { type: "failed-recipient" },
  "takes-then-silent": { type: "lost-acknowledgement" },
  silent: { type: "server-error" },
  slow: { type: "latency", ms: 60_000 },
};

describeCarrier("sandbox", async () => {
  const { db, close } = await testDatabase();
  const accountSid = await insertBareAccount(db);
  const sandbox = testSandbox(db);
  const rules: object[] = [];
  let number = 12025550000;
  return {
    carrier: sandbox.carrier,
    provider: sandboxProvider(accountSid),
    from: "+12025550100",
    async recipient(behaviour) {
      const to = `+${++number}`;
      const effect = effectOf[behaviour];
      if (effect !== null) {
        rules.push({ match: { to }, effect });
        await sandbox.inject(accountSid, { rules });
      }
      return to;
    },
    taken: (handover) => recordsOf(db, handover),
    close,
  };
});

describe("sandbox carrier", () => {
  let database: TestDatabase;
  let accountSid: AccountSid;
  beforeAll(async () => {
    database = await testDatabase();
    accountSid = await insertBareAccount(database.db);
  });
  afterAll(() => database.close());

  it("a lost acknowledgement leaves exactly one record with its report, and the lookup finds that record", async () => {
    const { db } = database;
    const sandbox = testSandbox(db);
    await sandbox.inject(accountSid, { rules: [{ effect: { type: "lost-acknowledgement" } }] });
    const handover = newHandover(accountSid, { body: "lost" });
    expect(await sandbox.send(handover)).toMatchObject({ kind: "unknown" });
    const rows = await db.query<{ id: string }>("select id from sandbox_messages where message_id = $1", [
      uuidOf(handover.messageSid),
    ]);
    expect(rows).toHaveLength(1);
    expect(await sandbox.lookup(handover)).toEqual({ kind: "found", carrierMessageId: rows[0]?.id });
    const reports = await db.query("select 1 from sandbox_reports where message_id = $1", [
      uuidOf(handover.messageSid),
    ]);
    expect(reports).toHaveLength(1);
  });

  it("the same rules and messages have the same outcomes in a second run, concurrency or not", async () => {
    const outcomesOf = async (oneByOne: boolean): Promise<string[]> => {
      const account = await insertBareAccount(database.db);
      const sandbox = testSandbox(database.db);
      await sandbox.inject(account, {
        seed: 42,
        rules: [
          { match: { probability: 0.2 }, effect: { type: "rate-limit", retryAfterSeconds: 3 } },
          { match: { probability: 0.2 }, effect: { type: "lost-acknowledgement" } },
          { match: { probability: 0.2 }, effect: { type: "failed-recipient", errorCode: 21211 } },
          { match: { probability: 0.3 }, effect: { type: "undelivered", errorCode: 30006 } },
        ],
      });
      const handovers = Array.from({ length: 60 }, (_, i) => newHandover(account, { body: `code ${i}` }));
      const outcomes: HandoverOutcome[] = [];
      if (oneByOne) for (const handover of handovers) outcomes.push(await sandbox.send(handover));
      else outcomes.push(...(await Promise.all(handovers.map((handover) => sandbox.send(handover)))));
      const fates = await database.db.query<{ body: string; status: string }>(
        `select m.body, r.status from sandbox_reports r join sandbox_messages m using (account_id, message_id)
         where account_id = $1 order by m.body`,
        [uuidOf(account)],
      );
      const fatesText = fates.map((fate) => `${fate.body} ${fate.status}`);
      return [
        ...outcomes.map((outcome) => `${outcome.kind} ${"reason" in outcome ? outcome.reason : ""}`),
        ...fatesText,
      ];
    };
    const first = await outcomesOf(true);
    expect(new Set(first.slice(0, 60)).size).toBe(4);
    expect(await outcomesOf(false)).toEqual(first);
  });

  it("Retry-After and the codes of a rule reach the outcome", async () => {
    const sandbox = testSandbox(database.db);
    await sandbox.inject(accountSid, {
      rules: [
        { match: { to: "+1*" }, effect: { type: "rate-limit", retryAfterSeconds: 3 } },
        { match: { to: "+2*" }, effect: { type: "server-error", status: 503 } },
        { match: { to: "+3*" }, effect: { type: "connection-reset" } },
        { match: { to: "+4*" }, effect: { type: "connection-reset", when: "after-send" } },
        { match: { to: "+5*" }, effect: { type: "failed-recipient", errorCode: 21211 } },
      ],
    });
    const outcomes = await Promise.all(
      ["+12025550123", "+27123456789", "+33612345678", "+49301234567", "+5511987654321"].map((to) =>
        sandbox.send(newHandover(accountSid, { to })),
      ),
    );
    expect(outcomes).toMatchObject([
      { kind: "retry", errorCode: 20429, retryAfterMs: 3000 },
      { kind: "retry", errorCode: 20503 },
      { kind: "retry", errorCode: 20503 },
      { kind: "unknown" },
      { kind: "refused", errorCode: 21211 },
    ]);
  });

  it("any text comes through as it was, and media stay with their message", async () => {
    const sandbox = testSandbox(database.db);
    const account = await insertBareAccount(database.db);
    const body = 'quote " backslash \\ braces {},NULL newline \n emoji 🎉 مرحبا';
    const mediaUrls = ['https://example.com/a"b.png', "https://example.com/c.png"];
    await Promise.all([
      sandbox.send(newHandover(account, { body, mediaUrls })),
      sandbox.send(newHandover(account, { body: "NULL" })),
      sandbox.send(newHandover(account, { body: "" })),
    ]);
    const rows = await database.db.query<{ body: string; media_urls: string[] | null }>(
      "select body, media_urls from sandbox_messages where account_id = $1 order by id",
      [uuidOf(account)],
    );
    expect(rows).toEqual([
      { body, media_urls: mediaUrls },
      { body: "NULL", media_urls: null },
      { body: "", media_urls: null },
    ]);
  });

  it("without its database it answers retry, unknown or cannot-tell, and never throws", async () => {
    const own = await testDatabase();
    const account = await insertBareAccount(own.db);
    const warm = testSandbox(own.db);
    await warm.send(newHandover(account));
    const cold = testSandbox(own.db);
    await own.close();
    expect(await cold.send(newHandover(account))).toMatchObject({ kind: "retry" });
    expect(await warm.send(newHandover(account))).toMatchObject({ kind: "unknown" });
    expect(await warm.lookup(newHandover(account))).toMatchObject({ kind: "cannot-tell" });
  });
});
