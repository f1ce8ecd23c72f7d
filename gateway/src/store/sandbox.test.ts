import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import { findSandboxDelivery, insertSandboxDeliveries, type SandboxDeliveryRow } from "./sandbox.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const accountSid = sidOf<AccountSid>("AC", newUuid());

function delivery(messageSid: MessageSid, attempt: number): SandboxDeliveryRow {
  const [from, to] = ["+12025550100", "+12025550123"];
  const at = new Date();
  return { accountSid, id: newUuid(), messageSid, attempt, from, to, body: "x", mediaUrls: [], errorCode: null, at };
}

/** Runs statements, and what PostgreSQL says of how it does: `Rows Removed by Filter`, `rows=` … */
function explaining(): Queryable & { readonly plan: string[] } {
  const plan: string[] = [];
  return {
    plan,
    async query(statement, values) {
      const text = typeof statement === "string" ? statement : statement.text;
      const lines = await database.db.query<{ "QUERY PLAN": string }>(`explain (analyze, costs off) ${text}`, values);
      plan.push(...lines.map((line) => line["QUERY PLAN"]));
      return database.db.query(statement, values);
    },
  };
}

it("the question for an attempt finds its first record, and reads no others of a handset that gets thousands", async () => {
  const sids = Array.from({ length: 5_000 }, () => sidOf<MessageSid>("SM", newUuid()));
  const crowd = sids.map((sid) => delivery(sid, 1));
  await insertSandboxDeliveries(database.db, crowd, []);
  const asked = sids[2_500] ?? sidOf<MessageSid>("SM", newUuid());
  const twice = [delivery(asked, 2), delivery(asked, 2)];
  await insertSandboxDeliveries(database.db, twice, []);

  const db = explaining();
  expect(await findSandboxDelivery(db, { accountSid, messageSid: asked, attempt: 2 })).toBe(twice[0]?.id);
  expect(await findSandboxDelivery(database.db, { accountSid, messageSid: asked, attempt: 1 })).toBe(crowd[2_500]?.id);
  expect(await findSandboxDelivery(database.db, { accountSid, messageSid: asked, attempt: 3 })).toBeNull();
  const counts = db.plan.join("\n").matchAll(/(?:rows=|Rows Removed by Filter: )(\d+)/g);
  expect(Math.max(...[...counts].map(([, count]) => Number(count)))).toBeLessThanOrEqual(2);
});
