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

it("drops every old idempotency key, match and receipt in its first round, ten thousand at a time at the most", async () => {
  await database.db.query(
    `insert into carrier_messages (account_id, provider_id, carrier_message_id, message_id, attempt, created_at)
     select gen_random_uuid(), gen_random_uuid(), n::text, gen_random_uuid(), 1, now() - n * interval '4 days'
     from generate_series(1, 3) n`,
  );
  await database.db.query(
    `insert into inbound_receipts (account_id, provider_id, upstream_id, message_id, received_at)
     select gen_random_uuid(), gen_random_uuid(), n::text, gen_random_uuid(), now() - n * interval '20 days'
     from generate_series(1, 3) n`,
  );
  await database.db.query(
    `insert into idempotency_keys (account_id, key, request_hash, message_id, created_at)
     select gen_random_uuid(), n::text, '', gen_random_uuid(), now() - interval '3 days' from generate_series(1, 25000) n`,
  );
  await database.db.query(
    `insert into event_log (account_id, type, message, created_at)
     select gen_random_uuid(), 'debug', '', now() - n * interval '20 days' from generate_series(1, 3) n`,
  );
  await database.db.query(
    `insert into invitations (account_id, id, purpose, email, role, token_hash, expires_at)
     select gen_random_uuid(), gen_random_uuid(), 'access', 'a@example.com', 'viewer', n::text::bytea,
       now() - n * interval '20 days'
     from generate_series(1, 3) n`,
  );
  const left: number[] = [];
  const { promise: emptied, resolve } = Promise.withResolvers<void>();
  const db: Queryable = {
    async query(statement, values) {
      const rows = await database.db.query(statement, values);
      const [{ count = 0 } = {}] = await database.db.query<{ count: number }>(
        `select (select count(*) from idempotency_keys) + (select count(*) from carrier_messages)
           + (select count(*) from inbound_receipts) + (select count(*) from event_log)
           + (select count(*) from invitations) as count`,
      );
      left.push(count);
      if (count === 4) resolve();
      return rows as never;
    },
  };
  const housekeeping = createHousekeeping({ db, clock: { nowMs: () => Date.now() }, log: pino({ level: "silent" }) });
  await housekeeping.start();
  await emptied;
  await housekeeping.stop();
  const changes = left.filter((count, index) => count !== left[index - 1]);
  expect(changes).toEqual([15_012, 5_012, 12, 10, 8, 6, 4]);
});
