// A freshly made schema equals a migrated one. schema.generated.txt describes the schema as it is in PostgreSQL's own
// catalogue; after a new migration write it anew with `vitest run gateway/src/store/schema --update`.

import { access, readFile } from "node:fs/promises";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { describeSchema } from "../../test/support/schema-description.ts";
import { systemClock } from "../core/clock.ts";
import type { Database } from "./database.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";
import { ensurePartitions } from "./partitions.ts";

const log = pino({ level: "silent" });
const opened: TestDatabase[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

async function open(options?: { empty: boolean }): Promise<Database> {
  const database = await testDatabase(options);
  opened.push(database);
  return database.db;
}

/** Rows as that version of the schema had them: test/samples/NNNN.sql, where there is one. */
async function addSampleRows(db: Database, { version }: Migration): Promise<void> {
  const file = new URL(`../../test/samples/${String(version).padStart(4, "0")}.sql`, import.meta.url);
  const found = await access(file).then(
    () => true,
    () => false,
  );
  if (found) await db.query(await readFile(file, "utf8"));
}

/** A table whose name was changed keeps its rows. */
const laterNames: Readonly<Record<string, string>> = { admins: "users" };

async function countRows(db: Database): Promise<Record<string, unknown>> {
  const tables = await db.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition",
  );
  const counts: Record<string, unknown> = {};
  for (const { name } of tables) {
    const [row] = await db.query<{ count: number }>(`select count(*) from "${name}"`);
    if (name !== "schema_migrations") counts[laterNames[name] ?? name] = row?.count;
  }
  return counts;
}

describe("the schema", () => {
  it("is the one in schema.generated.txt", async () => {
    await expect(await describeSchema(await open())).toMatchFileSnapshot("schema.generated.txt");
  });

  it("is the same whether made at once or migrated version by version with rows in it, and no row is lost", async () => {
    const migrations = await readMigrations();
    const db = await open({ empty: true });
    let before: Record<string, unknown> = {};
    for (const migration of migrations) {
      await migrate(db, { log, clock: systemClock, migrations: migrations.slice(0, migration.version) });
      expect(await countRows(db)).toMatchObject(before);
      await ensurePartitions(db, systemClock);
      await addSampleRows(db, migration);
      before = await countRows(db);
    }
    expect(before["messages"]).toBeGreaterThan(0);
    expect(await describeSchema(db)).toBe(await describeSchema(await open()));
  });

  it.each([
    "alter table messages add column extra text",
    "alter table messages alter column body drop not null",
    "alter table callbacks alter column attempts set default 1",
    "alter table senders drop constraint senders_account_id_address_key",
    "drop index messages_due",
    "create function extra() returns int language sql as 'select 1'",
    "create view extra as select id from messages",
  ])("is told apart from one that differs by: %s", async (change) => {
    const db = await open();
    const before = await describeSchema(db);
    await db.query(change);
    expect(await describeSchema(db)).not.toBe(before);
  });
});
