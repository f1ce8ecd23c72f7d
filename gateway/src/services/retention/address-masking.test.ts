// Masking on a real database: wherever a message has left its recipient's address, and not before its time.

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dayMs, insertAged } from "../../../test/support/aged-messages.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount } from "../../../test/support/message-account.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../../core/ids.ts";
import { noteAddressMasking } from "../../store/address-masking.ts";
import type { Database } from "../../store/database.ts";
import type { Service } from "../service.ts";
import { createAddressMasking } from "./address-masking.ts";

const log = pino({ level: "silent" });
let database: TestDatabase;
let db: Database;
let accountSid: AccountSid;
let service: Service;

beforeEach(async () => {
  database = await testDatabase();
  ({ db } = database);
  ({ accountSid } = await insertMessageAccount(db));
  service = createAddressMasking({ db, clock: { nowMs: () => Date.now() }, log });
  await service.start();
});
afterEach(async () => {
  await service.stop();
  await database.close();
});

async function insert(parts: { callback?: "pending"; status?: string; sentDaysAgo?: number } = {}): Promise<Uuid> {
  const { callback = "delivered", status = "delivered", sentDaysAgo = 0 } = parts;
  const id = await insertAged(db, accountSid, { atMs: Date.now(), callback });
  await db.query("update messages set status = $2, sent_at = $3 where id = $1", [
    ...[id, status, new Date(Date.now() - sentDaysAgo * dayMs)],
  ]);
  await noteAddressMasking(db, [{ accountSid, sid: sidOf("MM", id) }], new Date());
  return id;
}

const addressOf = async (id: Uuid) =>
  (await db.query("select to_address from messages where id = $1", [id]))[0]?.["to_address"];
const tries = async (id: Uuid) =>
  (await db.query<{ tries: number }>("select tries from address_masking where message_id = $1", [id]))[0]?.tries ?? 0;

describe("a recipient who is to be masked", () => {
  it("is so in the message, its callbacks, and what providers and protection said of it", async () => {
    const id = await insert();
    const values = [uuidOf(accountSid), id];
    await db.query("update attempts set reason = 'no such number: 12025550142' where message_id = $1", [id]);
    await db.query(`update events set data = '{"explanation": "31 messages to +12025550142"}' where message_id = $1`, [
      id,
    ]);
    await db.query(
      `insert into protection_decisions (account_id, id, message_id, has_media, rule, action, mode, explanation, numbers)
       values ($1, gen_random_uuid(), $2, true, 'x', 'recorded', 'record', '31 messages to +12025550142', '{}')`,
      values,
    );
    await expect.poll(() => addressOf(id)).toBe("+1202555XXXX");
    for (const table of ["attempts", "events", "callbacks", "protection_decisions"]) {
      const [row] = await db.query<{ text: string }>(
        `select to_jsonb(t)::text as text from ${table} t where message_id = $1`,
        [id],
      );
      expect(row?.text, table).toContain("202555XXXX");
      expect(row?.text, table).not.toContain("2025550142");
    }
  });

  it("is not while a callback is on its way, the message may still be reported on, or is still to be sent", async () => {
    const waiting = [
      await insert({ callback: "pending" }),
      await insert({ status: "sent" }),
      await insert({ status: "queued" }),
    ];
    for (const id of waiting) {
      await expect.poll(() => tries(id)).toBeGreaterThan(0);
      expect(await addressOf(id)).toBe("+12025550142");
    }
    await db.query("update callbacks set state = 'delivered', due_at = null");
    await db.query("update messages set status = 'delivered'");
    for (const id of waiting) await expect.poll(() => addressOf(id)).toBe("+1202555XXXX");
  });

  it("is in the end although no report ever comes", async () => {
    const id = await insert({ status: "sent", sentDaysAgo: 4 });
    await expect.poll(() => addressOf(id)).toBe("+1202555XXXX");
  });

  it("of a message that has been deleted is forgotten", async () => {
    const id = await insert({ callback: "pending" });
    await db.query("delete from messages where id = $1", [id]);
    const noted = () => db.query("select 1 from address_masking");
    await expect.poll(noted).toEqual([]);
  });
});
