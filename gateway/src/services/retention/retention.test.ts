// Retention on a real database: what goes, what stays, and that nobody has to wait for it.

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dayMs, insertAged, makeMonths, remains, uuidOfTime } from "../../../test/support/aged-messages.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount } from "../../../test/support/message-account.ts";
import { type AccountSid, newUuid, type Uuid, uuidOf } from "../../core/ids.ts";
import type { InstallationLimits, RetentionSettings } from "../../core/retention/limits.ts";
import { openDatabase } from "../../store/connect.ts";
import type { Database, Statement } from "../../store/database.ts";
import { ensurePartitions } from "../../store/partitions.ts";
import { underRetentionLock, writeRetentionSettings } from "../../store/retention.ts";
import { createRetention, type Retention } from "./retention.ts";

const log = pino({ level: "silent" });
const nowMs = Date.UTC(2026, 10, 20, 12);
const clock = { nowMs: () => nowMs };
const forever: InstallationLimits = {
  ...{ messageDays: null, bodyDays: null, eventDays: null },
  ...{ callbackDays: null, sandboxDays: null },
};
const ago = (days: number): number => nowMs - days * dayMs;

let database: TestDatabase;
let db: Database;
let queueDb: Database;
let accountSid: AccountSid;
const started: Retention[] = [];

beforeEach(async () => {
  database = await testDatabase();
  ({ db } = database);
  const sessionSettings = { enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off" };
  queueDb = openDatabase({ ...database.connection, log, sessionSettings });
  await makeMonths(db, Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 1));
  accountSid = await addAccount();
});
afterEach(async () => {
  for (const retention of started.splice(0)) await retention.stop();
  await queueDb.close();
  await database.close();
});

async function addAccount(settings?: RetentionSettings): Promise<AccountSid> {
  const account = await insertMessageAccount(db);
  if (settings !== undefined) await keep(settings, account.accountSid);
  return account.accountSid;
}

const keep = (settings: RetentionSettings, whose = accountSid) => writeRetentionSettings(db, whose, settings);

/** Starts a round; `until` is polled until it holds. */
async function sweep(
  until: () => Promise<unknown>,
  {
    limits = forever,
    queue = queueDb,
    rest = db,
  }: { limits?: InstallationLimits; queue?: Database; rest?: Database } = {},
): Promise<Retention> {
  const retention = createRetention({ db: rest, queueDb: queue, clock, log, limits, restMs: 0, everyMs: 60_000 });
  started.push(retention);
  await retention.start();
  await expect.poll(() => until(), { interval: 20 }).toBe(true);
  return retention;
}

async function insertOldMessages(count: number): Promise<void> {
  await db.query(
    `insert into messages (account_id, id, direction, status, to_address, body, num_segments, num_media, created_at, updated_at)
     select $1, ('0' || to_hex(($2::bigint + n) ) || '70008' || lpad(to_hex(n), 15, '0'))::uuid, 'outbound-api', 'delivered',
       '+12025550142', '', 1, 0, now(), now() from generate_series(1, $3) n`,
    [uuidOf(accountSid), ago(31), count],
  );
}

/** The round is over when the audit log says so, which it does last. */
const swept = async (whose = accountSid): Promise<boolean> => {
  const rows = await db.query("select 1 from audit where account_id = $1 and action = 'retention.applied'", [
    uuidOf(whose),
  ]);
  return rows.length > 0;
};

const partitions = async (): Promise<string[]> => {
  const rows = await db.query<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relname ~ '_20[0-9]{2}_[0-9]{2}$' order by relname",
  );
  return rows.map(({ name }) => name);
};

describe("messages beyond their account's limit", () => {
  it("go with everything that belongs to them; younger ones, those to be sent and other accounts' stay", async () => {
    const other = await addAccount();
    await keep({ messageDays: 30 });
    const own = {
      old: await insertAged(db, accountSid, { atMs: ago(31) }),
      inbound: await insertAged(db, accountSid, { atMs: ago(40), inbound: true }),
      scheduled: await insertAged(db, accountSid, { atMs: ago(33), due: true }),
      young: await insertAged(db, accountSid, { atMs: ago(29) }),
    };
    const others = { old: await insertAged(db, other, { atMs: ago(100) }) };
    await sweep(swept);
    const kept = ["scheduled", "young"];
    expect(await remains(db, accountSid, own)).toEqual({
      ...{ messages: kept, attempts: kept, media: kept, message_feedback: kept },
      // These go by their own age.
      ...{ events: ["young"], callbacks: ["young"], sandbox_messages: ["young"] },
    });
    expect(Object.values(await remains(db, other, others))).toEqual(Array(7).fill(["old"]));
  });

  it("stay while their delivery report may still come, however old they are", async () => {
    await keep({ messageDays: 30 });
    const own = {
      awaited: await insertAged(db, accountSid, { atMs: ago(33) }),
      given: await insertAged(db, accountSid, { atMs: ago(33) }),
    };
    const sent = (id: Uuid, days: number) =>
      db.query("update messages set status = 'sent', sent_at = $2 where id = $1", [id, new Date(ago(days))]);
    await sent(own.awaited, 2.9);
    await sent(own.given, 3.1);
    await sweep(swept);
    const { messages, attempts } = await remains(db, accountSid, own);
    expect([messages, attempts]).toEqual([["awaited"], ["awaited"]]);
  });

  it("stay from the moment on in which the limit is set back", async () => {
    await keep({ messageDays: 30 });
    await insertOldMessages(600);
    let batches = 0;
    const settingBack: Database = {
      ...queueDb,
      async transaction(work, options) {
        batches += 1;
        if (batches === 2) await keep({ messageDays: null });
        return await queueDb.transaction(work, options);
      },
    };
    await sweep(swept, { queue: settingBack });
    expect(await db.query("select count(*) from messages")).toEqual([{ count: 400 }]);
  });

  it("leave callbacks that are still to be delivered as they are, until they are through", async () => {
    await keep({ messageDays: 30 });
    const own = { old: await insertAged(db, accountSid, { atMs: ago(31), inbound: true, callback: "pending" }) };
    const retention = await sweep(swept);
    expect(await remains(db, accountSid, own)).toMatchObject({ messages: [], callbacks: ["old"] });
    const [callback] = await db.query("select fields from callbacks");
    expect(callback?.["fields"]).toContainEqual(["Body", "secret"]);
    await db.query("update callbacks set state = 'delivered', due_at = null");
    retention.wake();
    await expect.poll(async () => (await remains(db, accountSid, own)).callbacks).toEqual([]);
  });

  it("go as the installation says where the account says nothing, and stay where it says for ever", async () => {
    const collector = await addAccount({ messageDays: null });
    await insertAged(db, accountSid, { atMs: ago(31) });
    const others = { old: await insertAged(db, collector, { atMs: ago(31) }) };
    await sweep(swept, { limits: { ...forever, messageDays: 30 } });
    expect((await remains(db, collector, others)).messages).toEqual(["old"]);
  });

  it("go in batches, however many there are, and a process that stops is taken over", async () => {
    await keep({ messageDays: 30 });
    await insertOldMessages(3000);
    const count = async () => (await db.query<{ count: number }>("select count(*) from messages"))[0]?.count ?? 0;
    const first = await sweep(async () => (await count()) < 2800);
    await first.stop();
    const left = await count();
    expect(left % 200).toBe(0);
    await sweep(async () => (await count()) === 0);
  });

  it("are found by key alone: no statement of a round reads a table from end to end", async () => {
    await keep({ messageDays: 30, bodyDays: 20, eventDays: 10 });
    for (let day = 5; day < 60; day += 5) await insertAged(db, accountSid, { atMs: ago(day) });
    const plans: string[] = [];
    const explaining: Database = {
      ...queueDb,
      transaction: (work, options) =>
        queueDb.transaction(
          (tx) =>
            work({
              async query(statement, values) {
                plans.push(await explain(tx, statement, values));
                return tx.query(statement, values);
              },
            }),
          options,
        ),
    };
    await sweep(swept, { queue: explaining });
    expect(plans.length).toBeGreaterThan(20);
    for (const plan of plans)
      expect(plan).not.toMatch(/Seq Scan on (messages|attempts|events|callbacks|media|sandbox)/);
  });
});

async function explain(
  tx: Pick<Database, "query">,
  statement: Statement | string,
  values: readonly unknown[] = [],
): Promise<string> {
  const text = typeof statement === "string" ? statement : statement.text;
  if (!/^\s*(select|delete|update)/.test(text)) return "";
  const rows = await tx.query<{ "QUERY PLAN": string }>(`explain ${text}`, values);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

describe("texts beyond their limit", () => {
  it("go with media and what else holds them; the message stays, and nothing of what is to be sent goes", async () => {
    await keep({ bodyDays: 7 });
    const own = {
      old: await insertAged(db, accountSid, { atMs: ago(8) }),
      inbound: await insertAged(db, accountSid, { atMs: ago(9), inbound: true }),
      scheduled: await insertAged(db, accountSid, { atMs: ago(10), due: true }),
      young: await insertAged(db, accountSid, { atMs: ago(6) }),
    };
    await sweep(swept);
    const kept = Object.keys(own);
    const withText = ["scheduled", "young"];
    expect(await remains(db, accountSid, own)).toMatchObject({ messages: kept, media: withText, events: kept });
    const holders = await db.query<{ id: Uuid }>(
      "select id from messages where body <> '' or options ? 'contentVariables' order by id",
    );
    expect(holders.map(({ id }) => id)).toEqual([own.scheduled, own.young]);
    const [callback] = await db.query("select fields from callbacks where message_id = $1", [own.inbound]);
    expect(JSON.stringify(callback?.["fields"])).not.toContain("secret");
    const records = await db.query<{ message_id: Uuid }>("select message_id from sandbox_messages");
    expect(records.map((row) => row.message_id)).toEqual([own.young]);
  });

  it("of a message that was still to be sent go in a round after it has been", async () => {
    await keep({ bodyDays: 7 });
    await insertAged(db, accountSid, { atMs: ago(9) });
    const id = await insertAged(db, accountSid, { atMs: ago(10), due: true });
    const retention = await sweep(swept);
    await db.query("update messages set due_at = null, status = 'sent' where id = $1", [id]);
    retention.wake();
    await expect
      .poll(async () => await db.query("select body from messages where id = $1", [id]))
      .toEqual([{ body: "" }]);
    const progress = () => db.query("select pending from retention_progress");
    await expect.poll(progress).toEqual([{ pending: [] }]);
  });

  it("of a message that an application was still to be told of go in a round after it has been", async () => {
    await keep({ bodyDays: 7 });
    await insertAged(db, accountSid, { atMs: ago(9) });
    const id = await insertAged(db, accountSid, { atMs: ago(10), inbound: true, callback: "pending" });
    const texts = () =>
      db.query(
        `select m.body, c.fields::text like '%secret%' as told from messages m join callbacks c on c.message_id = m.id
         where m.id = $1`,
        [id],
      );
    const retention = await sweep(swept);
    expect(await texts()).toEqual([{ body: "secret", told: true }]);
    await db.query("update callbacks set state = 'delivered', due_at = null where message_id = $1", [id]);
    retention.wake();
    await expect.poll(texts).toEqual([{ body: "", told: false }]);
  });

  it("are looked for only where the last round ended", async () => {
    await keep({ bodyDays: 7 });
    await insertAged(db, accountSid, { atMs: ago(9) });
    const retention = await sweep(swept);
    const looked = await insertAged(db, accountSid, { atMs: ago(20) });
    const next = await insertAged(db, accountSid, { atMs: ago(6.99) });
    await retention.stop();
    const later = { nowMs: () => nowMs + dayMs };
    const again = createRetention({ db, queueDb, clock: later, log, limits: forever, restMs: 0 });
    started.push(again);
    await again.start();
    const bodyOf = async (id: Uuid) => (await db.query("select body from messages where id = $1", [id]))[0]?.["body"];
    await expect.poll(() => bodyOf(next)).toBe("");
    // Nobody stores messages of the past: it shows that what has been gone through is not read again.
    expect(await bodyOf(looked)).toBe("secret");
  });
});

describe("events, callbacks and the sandbox's record", () => {
  it("go by their own age, but for callbacks that are still to be delivered", async () => {
    await keep({ eventDays: 5 });
    const own = {
      old: await insertAged(db, accountSid, { atMs: ago(6) }),
      waiting: await insertAged(db, accountSid, { atMs: ago(7), callback: "pending" }),
      young: await insertAged(db, accountSid, { atMs: ago(4) }),
    };
    await sweep(swept, { limits: { ...forever, sandboxDays: 3 } });
    expect(await remains(db, accountSid, own)).toMatchObject({
      ...{ messages: ["old", "waiting", "young"], events: ["young"] },
      ...{ callbacks: ["waiting", "young"], sandbox_messages: [] },
    });
  });

  it("go by the installation's word alone when the account keeps everything", async () => {
    const own = { old: await insertAged(db, accountSid, { atMs: ago(31) }) };
    await sweep(swept, { limits: { ...forever, callbackDays: 30, sandboxDays: 30 } });
    expect(await remains(db, accountSid, own)).toMatchObject({
      ...{ messages: ["old"], events: ["old"], callbacks: [], sandbox_messages: [] },
    });
  });
});

describe("whole months", () => {
  it("are dropped when every account's limit is behind them, with what is left of their messages", async () => {
    await keep({ messageDays: 60 });
    await addAccount({ messageDays: 90 });
    const own = {
      march: await insertAged(db, accountSid, { atMs: Date.UTC(2026, 2, 15) }),
      november: await insertAged(db, accountSid, { atMs: ago(1) }),
    };
    await sweep(swept);
    expect(await remains(db, accountSid, own)).toEqual(
      Object.fromEntries(
        ["messages", "attempts", "events", "media", "message_feedback", "callbacks", "sandbox_messages"].map(
          (table) => [table, ["november"]],
        ),
      ),
    );
    // 90 days ago is 22 August.
    const names = await partitions();
    expect(names.filter((name) => name.startsWith("messages_"))[0]).toBe("messages_2026_08");
    expect(names.filter((name) => name.startsWith("events_"))[0]).toBe("events_2026_08");
  });

  it("stay while one account keeps its messages for ever", async () => {
    await keep({ messageDays: 1 });
    await addAccount({ messageDays: null });
    await insertAged(db, accountSid, { atMs: ago(100) });
    const before = await partitions();
    await sweep(swept);
    expect(await partitions()).toEqual(before);
  });

  it("stay while a message in them is still to be sent, with its attempts", async () => {
    await keep({ messageDays: 1 });
    await insertAged(db, accountSid, { atMs: Date.UTC(2026, 8, 30), due: true });
    await insertAged(db, accountSid, { atMs: ago(100) });
    await sweep(swept);
    const names = await partitions();
    expect(names).toContain("messages_2026_09");
    expect(names).toContain("attempts_2026_09");
    expect(names).not.toContain("messages_2026_08");
    expect(names).not.toContain("events_2026_09");
  });

  it("stay while a message in them waits for its delivery report, with its attempts", async () => {
    await keep({ messageDays: 1 });
    const id = await insertAged(db, accountSid, { atMs: Date.UTC(2026, 8, 30) });
    await db.query("update messages set status = 'sent', sent_at = $2 where id = $1", [id, new Date(ago(1))]);
    await insertAged(db, accountSid, { atMs: ago(100) });
    await sweep(swept);
    const names = await partitions();
    expect(names).toEqual(expect.arrayContaining(["messages_2026_09", "attempts_2026_09"]));
    expect(names).not.toContain("messages_2026_08");
  });

  it("stay from the moment on in which an account sets its limit back", async () => {
    await keep({ messageDays: 1 });
    let dropped = 0;
    const settingBack: Database = {
      ...db,
      async query<Row extends Record<string, unknown>>(statement: string | Statement, values?: readonly unknown[]) {
        const rows = await db.query<Row>(statement, values);
        if (typeof statement === "string" && statement.startsWith("drop table")) {
          dropped += 1;
          await keep({ messageDays: null });
        }
        return rows;
      },
    };
    await insertAged(db, accountSid, { atMs: ago(1), inbound: true });
    await sweep(async () => dropped === 1 && (await swept()), {
      limits: { ...forever, callbackDays: 0 },
      rest: settingBack,
    });
    expect((await partitions()).filter((name) => name.startsWith("messages_"))).toContain("messages_2026_02");
    expect(dropped).toBe(1);
  });

  it("that somebody makes ahead are never dropped: the previous one only gets empty, and none comes back", async () => {
    await keep({ messageDays: 1 });
    const own = { october: await insertAged(db, accountSid, { atMs: Date.UTC(2026, 9, 2) }) };
    await sweep(swept);
    expect((await remains(db, accountSid, own)).messages).toEqual([]);
    const names = await partitions();
    expect(names.filter((name) => name.startsWith("messages_"))[0]).toBe("messages_2026_10");
    await ensurePartitions(db, clock);
    expect((await partitions()).filter((name) => name < "messages_2026_10" && name.startsWith("messages_"))).toEqual(
      [],
    );
  });

  it("wait while the tables are busy, keep nobody from storing messages, and go in the end", async () => {
    await keep({ messageDays: 60 });
    await insertAged(db, accountSid, { atMs: ago(61) });
    const released = Promise.withResolvers<void>();
    const reading = Promise.withResolvers<void>();
    const busy = db.transaction(async (tx) => {
      await tx.query("select 1 from messages limit 1");
      reading.resolve();
      await released.promise;
    });
    await reading.promise;
    let givenUp = false;
    const lines = pino({ level: "warn" }, { write: (line: string) => (givenUp ||= line.includes("too busy")) });
    const deps = { db, queueDb, clock, limits: forever, restMs: 0, log: lines };
    const retention = createRetention(deps);
    started.push(retention);
    await retention.start();
    // Without the limit on waiting for a lock this would never end: the reader goes on until it has.
    for (let count = 0; count < 20 || !givenUp; count += 1) {
      await queueDb.query(
        `insert into messages (account_id, id, direction, status, to_address, body, num_segments, num_media, created_at, updated_at)
         values ($1, $2, 'outbound-api', 'sent', '+12025550142', '', 1, 0, now(), now())`,
        [uuidOf(accountSid), uuidOfTime(nowMs)],
      );
    }
    expect(await partitions()).toContain("messages_2026_08");
    released.resolve();
    await busy;
    const goOn = async () => {
      retention.wake();
      return await partitions();
    };
    await expect.poll(goOn).not.toContain("messages_2026_08");
  });

  it("that a dead process has left detached are dropped", async () => {
    await keep({ messageDays: 60 });
    await db.query("alter table events detach partition events_2026_02");
    await sweep(async () => !(await partitions()).includes("events_2026_02"));
  });
});

describe("a round", () => {
  it("is one process's: while another is at it, nothing happens", async () => {
    await keep({ messageDays: 30 });
    await insertAged(db, accountSid, { atMs: ago(31) });
    const done = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const other = underRetentionLock(db, async () => {
      locked.resolve();
      await done.promise;
    });
    await locked.promise;
    let turns = 0;
    const counting: Database = {
      ...db,
      transaction(work, options) {
        turns += 1;
        return db.transaction(work, options);
      },
    };
    const retention = createRetention({
      ...{ queueDb, clock, log, limits: forever },
      db: counting,
      restMs: 0,
      everyMs: 10,
    });
    started.push(retention);
    await retention.start();
    await expect.poll(() => turns).toBeGreaterThan(2);
    expect(await db.query("select 1 from messages")).toHaveLength(1);
    done.resolve();
    await other;
    await expect.poll(() => db.query("select 1 from messages")).toEqual([]);
  });

  it("forgets services that were deleted long ago, and no others", async () => {
    const account = await insertMessageAccount(db);
    const [old, recent, alive] = [await account.addService(), await account.addService(), await account.addService()];
    const senderId = newUuid();
    await db.query(
      `insert into senders (account_id, id, kind, address, provider_id, friendly_name)
       select account_id, $2, 'alphanumeric', 'ACME', id, 'x' from providers where account_id = $1`,
      [uuidOf(account.accountSid), senderId],
    );
    await db.query(
      "insert into service_alpha_senders (account_id, id, messaging_service_id, sender_id) values ($1, $2, $3, $4)",
      [uuidOf(account.accountSid), newUuid(), uuidOf(old), senderId],
    );
    await db.query("update messaging_services set deleted_at = $2 where id = $1", [uuidOf(old), new Date(ago(46))]);
    await db.query("update messaging_services set deleted_at = $2 where id = $1", [uuidOf(recent), new Date(ago(40))]);
    const left = async () => {
      const rows = await db.query<{ id: Uuid }>("select id from messaging_services");
      return rows.map(({ id }) => id).toSorted();
    };
    await sweep(async () => (await left()).length === 2);
    expect(await left()).toEqual([uuidOf(recent), uuidOf(alive)].toSorted());
  });
});
