import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import type { Queryable } from "../store/database.ts";
import { createHousekeeping } from "./housekeeping.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

it("drops every old idempotency key in its first round, ten thousand at a time at the most", async () => {
  await database.db.query(
    `insert into idempotency_keys (account_id, key, request_hash, message_id, created_at)
     select gen_random_uuid(), n::text, '', gen_random_uuid(), now() - interval '3 days' from generate_series(1, 25000) n`,
  );
  const left: number[] = [];
  const { promise: emptied, resolve } = Promise.withResolvers<void>();
  const db: Queryable = {
    async query(statement, values) {
      const rows = await database.db.query(statement, values);
      const [{ count = 0 } = {}] = await database.db.query<{ count: number }>("select count(*) from idempotency_keys");
      left.push(count);
      if (count === 0) resolve();
      return rows as never;
    },
  };
  const housekeeping = createHousekeeping({ db, clock: { nowMs: () => Date.now() }, log: pino({ level: "silent" }) });
  await housekeeping.start();
  await emptied;
  await housekeeping.stop();
  expect(left).toEqual([15_000, 5_000, 0]);
});
