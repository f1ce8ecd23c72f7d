import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import { claimIdempotencyKeys, dropOldIdempotencyKeys, releaseIdempotencyKeys } from "./idempotency.ts";

const hourMs = 3_600_000;
const now = new Date();
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

function claimOf(accountSid: AccountSid, key: string) {
  const requestHash = createHash("sha256").update(key).digest();
  return { accountSid, messageSid: sidOf<MessageSid>("SM", newUuid()), idempotency: { key, requestHash } };
}

async function storeKeys(count: number, ageMs: number): Promise<void> {
  await database.db.query(
    `insert into idempotency_keys (account_id, key, request_hash, message_id, created_at)
     select gen_random_uuid(), 'bulk ' || n, '', gen_random_uuid(), $2 from generate_series(1, $1) n`,
    [count, new Date(now.getTime() - ageMs)],
  );
}

describe("keys given back", () => {
  it("are those of the refused messages alone, found by key", async () => {
    const { db } = database;
    const accountSid = sidOf<AccountSid>("AC", newUuid());
    const claims = ["a", "b", "c"].map((key) => claimOf(accountSid, key));
    await claimIdempotencyKeys(db, claims, now);
    const plans: string[] = [];
    const explaining: Queryable = {
      async query(statement, values) {
        const text = typeof statement === "string" ? statement : statement.text;
        const plan = await db.transaction(async (tx) => {
          await tx.query("set local enable_seqscan = off");
          return tx.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
        });
        plans.push(...plan.map((row) => row["QUERY PLAN"]));
        return db.query(statement, values);
      },
    };
    const notIts = { ...claimOf(accountSid, "c"), messageSid: sidOf<MessageSid>("SM", newUuid()) };
    await releaseIdempotencyKeys(explaining, [...claims.slice(0, 2), notIts]);
    expect(await db.query("select key from idempotency_keys where account_id = $1", [accountSid.slice(2)])).toEqual([
      { key: "c" },
    ]);
    expect(plans.join("\n")).toMatch(/Index Cond: .*\bkey = /);
  });
});

describe("a key that is a day old", () => {
  it("may be used again, unless it is that of a reply of the gateway's own", async () => {
    const accountSid = sidOf<AccountSid>("AC", newUuid());
    const claims = ["order 1", "twiml:callback:0"].map((key) => claimOf(accountSid, key));
    await claimIdempotencyKeys(database.db, claims, now);
    const again = ["order 1", "twiml:callback:0"].map((key) => claimOf(accountSid, key));
    const later = new Date(now.getTime() + 25 * hourMs);
    const got = await claimIdempotencyKeys(database.db, again, later);
    expect(again.map(({ messageSid }) => got.has(uuidOf(messageSid)))).toEqual([true, false]);
  });
});

describe("keys whose time is over", () => {
  it("are dropped in bites, the others stay, and only their number is read", async () => {
    await storeKeys(25, 27 * hourMs);
    await storeKeys(3, 25 * hourMs);
    expect(await dropOldIdempotencyKeys(database.db, now, 10)).toBe(10);
    expect(await dropOldIdempotencyKeys(database.db, now, 10)).toBe(10);
    expect(await dropOldIdempotencyKeys(database.db, now, 10)).toBe(5);
    expect(await dropOldIdempotencyKeys(database.db, now, 10)).toBe(0);
    expect(await database.db.query("select from idempotency_keys where key like 'bulk%'")).toHaveLength(3);
  });

  it("that another process is dropping are left to it", async () => {
    await storeKeys(1, 27 * hourMs);
    await database.db.transaction(async (tx) => {
      expect(await dropOldIdempotencyKeys(tx, now, 10)).toBe(1);
      expect(await dropOldIdempotencyKeys(database.db, now, 10)).toBe(0);
    });
  });
});
