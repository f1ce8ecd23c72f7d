// Migrations: each once, all or nothing, whoever starts together.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import type { Clock } from "../core/clock.ts";
import { type Migration, migrate, readMigrations } from "./migrate.ts";

const log = pino({ level: "silent" });
const clock: Clock = { nowMs: () => Date.UTC(2026, 10, 20) };
let test: TestDatabase;

const first: Migration = {
  version: 1,
  name: "first",
  checksum: "a",
  sql: "create table one (id int); insert into one values (1)",
};
const second: Migration = { version: 2, name: "second", checksum: "b", sql: "alter table one add column name text" };
const broken: Migration = { version: 2, name: "broken", checksum: "c", sql: "create table two (id int); select 1/0" };

beforeEach(async () => {
  test = await testDatabase({ empty: true });
});

afterEach(async () => {
  await test.close();
});

function migrateTo(...migrations: Migration[]): Promise<void> {
  return migrate(test.db, { log, clock, migrations });
}

describe("migrate", () => {
  it("applies each migration once, in order, and records it", async () => {
    await migrateTo(first);
    await migrateTo(first, second);
    await migrateTo(first, second);
    expect(await test.db.query("select * from one")).toEqual([{ id: 1, name: null }]);
    expect(await test.db.query("select version, name, checksum from schema_migrations order by version")).toEqual([
      { version: 1, name: "first", checksum: "a" },
      { version: 2, name: "second", checksum: "b" },
    ]);
  });

  it("leaves nothing of a migration that fails, and names it", async () => {
    await expect(migrateTo(first, broken)).rejects.toThrow("0002_broken");
    expect(await test.db.query("select to_regclass('two') as two")).toEqual([{ two: null }]);
    await migrateTo(first, second);
    expect(await test.db.query("select * from one")).toEqual([{ id: 1, name: null }]);
  });

  it("refuses a migration that was edited after it had been applied", async () => {
    await migrateTo(first);
    await expect(migrateTo({ ...first, checksum: "edited" }, second)).rejects.toThrow(/0001_first was edited/);
    expect(await test.db.query("select * from one")).toEqual([{ id: 1 }]);
  });

  it("refuses a database that is newer than the code", async () => {
    await migrateTo(first, second);
    await expect(migrateTo(first)).rejects.toThrow(/newer than this version.*0002_second/);
  });

  it("makes the partitions from the previous month to two months ahead", async () => {
    await migrate(test.db, { log, clock });
    const partitions = await test.db.query(
      "select relname from pg_class where relname like 'messages_20%' and relkind = 'r' order by relname",
    );
    expect(partitions.map((row) => row["relname"])).toEqual([
      "messages_2026_10",
      "messages_2026_11",
      "messages_2026_12",
      "messages_2027_01",
    ]);
  });

  it("is safe in several processes at once", async () => {
    const script = fileURLToPath(new URL("../../test/support/migrate-process.ts", import.meta.url));
    const exits = [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, [script, test.url], { stdio: ["ignore", "inherit", "inherit"] });
      const [code] = await once(child, "exit");
      return code;
    });
    expect(await Promise.all(exits)).toEqual([0, 0, 0]);
    const applied = await test.db.query("select version from schema_migrations");
    expect(applied).toHaveLength((await readMigrations()).length);
  });
});
