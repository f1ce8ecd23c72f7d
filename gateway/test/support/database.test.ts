// The database that every other test stands on.

import { afterEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "./database.ts";

const opened: TestDatabase[] = [];

async function open(options?: Parameters<typeof testDatabase>[0]): Promise<TestDatabase> {
  const database = await testDatabase(options);
  opened.push(database);
  return database;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

const tables = "select count(*) from pg_tables where schemaname = 'public' and tablename = 'messages'";

describe("testDatabase", () => {
  it("gives each caller a migrated database of its own", async () => {
    const [one, other] = await Promise.all([open(), open()]);
    await one.db.query("insert into users (id, email, password_hash) values (gen_random_uuid(), 'a@example.com', 'x')");
    expect(await one.db.query("select count(*) from users")).toEqual([{ count: 1 }]);
    expect(await other.db.query("select count(*) from users")).toEqual([{ count: 0 }]);
  });

  it("gives an empty one on request", async () => {
    const { db } = await open({ empty: true });
    expect(await db.query(tables)).toEqual([{ count: 0 }]);
  });

  it("drops the database on close", async () => {
    const kept = await open();
    const closed = await testDatabase();
    const name = new URL(closed.url).pathname.slice(1);
    await closed.close();
    expect(await kept.db.query("select 1 from pg_database where datname = $1", [name])).toEqual([]);
  });
});
