// The handle on PostgreSQL: types, transactions, and what happens when the database is away.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { isRetryableConflict, isUniqueViolation, openDatabase } from "./connect.ts";
import type { Database } from "./database.ts";

const log = pino({ level: "silent" });
const unavailable = expect.objectContaining({ name: "GatewayError", code: "database-unavailable" });
let test: TestDatabase;
let db: Database;
const others: Database[] = [];

beforeEach(async () => {
  test = await testDatabase({ empty: true, poolSize: 2, acquireTimeoutMs: 300 });
  db = test.db;
  await db.query("create table things (id int primary key, secret text check (secret <> 'forbidden'))");
});

afterEach(async () => {
  await Promise.all(others.splice(0).map((other) => other.close()));
  await test.close();
});

function opened(options: Partial<Parameters<typeof openDatabase>[0]>): Database {
  const other = openDatabase({ log, poolSize: 1, ...options });
  others.push(other);
  return other;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it should have failed"),
    (error: unknown) => error,
  );
}

describe("queries", () => {
  it("gives int8 as a number where that is exact, numeric as text, timestamptz as a Date", async () => {
    const at = new Date("2026-03-01T12:00:00.123Z");
    const rows = await db.query(
      "select 9007199254740991::int8 as safe, 9007199254740993::int8 as big, 1.50::numeric as price, $1::timestamptz as at",
      [at],
    );
    expect(rows).toEqual([{ safe: 9_007_199_254_740_991, big: "9007199254740993", price: "1.50", at }]);
  });

  it("prepares a named statement once per connection", async () => {
    const one = opened({ url: test.url });
    const statement = { name: "twice", text: "select $1::int * 2 as n" };
    expect(await one.query(statement, [4])).toEqual([{ n: 8 }]);
    expect(await one.query(statement, [5])).toEqual([{ n: 10 }]);
    expect(await one.query("select name from pg_prepared_statements")).toEqual([{ name: "twice" }]);
  });

  it("keeps the connection after a statement was refused", async () => {
    const one = opened({ url: test.url });
    const pid = await one.query("select pg_backend_pid()");
    await failureOf(one.query("insert into things values (1, 'forbidden')"));
    expect(await one.query("select pg_backend_pid()")).toEqual(pid);
  });

  it("says of a statement that its session's deadline ended that it was too slow, and keeps the connection", async () => {
    const one = opened({ url: test.url, sessionSettings: { statement_timeout: "50ms" } });
    const pid = await one.query("select pg_backend_pid()");
    const tooSlow = expect.objectContaining({ name: "GatewayError", code: "query-too-slow" });
    expect(await failureOf(one.query("select pg_sleep(10)"))).toEqual(tooSlow);
    expect(await failureOf(one.transaction((tx) => tx.query("select pg_sleep(10)")))).toEqual(tooSlow);
    expect(await one.query("select pg_backend_pid()")).toEqual(pid);
  });

  it("recognises a unique violation, by constraint if asked", async () => {
    await db.query("insert into things values (1)");
    const error = await failureOf(db.query("insert into things values (1)"));
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, "things_pkey")).toBe(true);
    expect(isUniqueViolation(error, "other")).toBe(false);
    expect(isUniqueViolation(await failureOf(db.query("select 1/0")))).toBe(false);
  });

  it("takes the contents of rows off errors, since errors are logged", async () => {
    const error = await failureOf(db.query("insert into things (id, secret) values (7, 'forbidden')"));
    expect(error).toMatchObject({ code: "23514", constraint: "things_secret_check" });
    expect(JSON.stringify(error)).not.toContain("forbidden");
  });
});

describe("transactions", () => {
  it("are committed when the work resolves and rolled back when it rejects", async () => {
    expect(
      await db.transaction(async (tx) => {
        await tx.query("insert into things values (1)");
        return "done";
      }),
    ).toBe("done");
    const mistake = new Error("changed my mind");
    const failing = db.transaction(async (tx) => {
      await tx.query("insert into things values (2)");
      throw mistake;
    });
    expect(await failureOf(failing)).toBe(mistake);
    expect(await db.query("select id from things")).toEqual([{ id: 1 }]);
  });

  it("reject when the work swallowed the failure of a statement, because nothing was stored", async () => {
    const swallowing = db.transaction(async (tx) => {
      await tx.query("insert into things values (1)");
      await failureOf(tx.query("select 1/0"));
    });
    expect(String(await failureOf(swallowing))).toContain("rolled back");
    expect(await db.query("select id from things")).toEqual([]);
  });

  it("take no more statements after their end", async () => {
    const late = await db.transaction(async (tx) => () => tx.query("insert into things values (1)"));
    expect(String(await failureOf(late()))).toContain("has ended");
  });

  it("tell a conflict that is worth another try", async () => {
    await db.query("insert into things values (1, 'a'), (2, 'b')");
    const readBoth = "select * from things";
    const conflict = db.transaction(async (tx) => {
      await tx.query("set transaction isolation level serializable");
      await tx.query(readBoth);
      await db.transaction(async (other) => {
        await other.query("set transaction isolation level serializable");
        await other.query(readBoth);
        await other.query("update things set secret = 'x' where id = 2");
      });
      await tx.query("update things set secret = 'y' where id = 1");
    });
    expect(isRetryableConflict(await failureOf(conflict))).toBe(true);
  });
});

describe("a database that is away", () => {
  it("fails as database-unavailable at once: no server on the port, no socket", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    expect(await failureOf(opened({ url: `postgresql://nobody@127.0.0.1:${port}/x` }).query("select 1"))).toEqual(
      unavailable,
    );

    const directory = await mkdtemp(join(tmpdir(), "trunkline-socket-"));
    const connection = { host: directory, user: "nobody", database: "x" };
    expect(await failureOf(opened({ connection }).query("select 1"))).toEqual(unavailable);
    await rm(directory, { recursive: true });
  });

  it("fails within the limits when a server accepts connections but never speaks", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const silent = opened({ url: `postgresql://nobody@127.0.0.1:${port}/x`, acquireTimeoutMs: 100 });
    expect(await failureOf(silent.query("select 1"))).toEqual(unavailable);
    server.close();
  });

  it("fails within the limits when a server stops answering, and recovers", async () => {
    const impatient = opened({ url: test.url, queryTimeoutMs: 100 });
    expect(await failureOf(impatient.query("select pg_sleep(20)"))).toEqual(unavailable);
    expect(await failureOf(impatient.transaction((tx) => tx.query("select pg_sleep(20)")))).toEqual(unavailable);
    expect(await impatient.query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("fails within the limits when every connection is taken", async () => {
    const busy = opened({ url: test.url, acquireTimeoutMs: 100 });
    await busy.transaction(async () => {
      expect(await failureOf(busy.query("select 1"))).toEqual(unavailable);
    });
    expect(await busy.query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("fails a statement whose connection is cut, and takes the next one", async () => {
    const [row] = await db
      .transaction(async (tx) => {
        const pids = await tx.query<{ pid: number }>("select pg_backend_pid() as pid");
        await db.query("select pg_terminate_backend($1)", [pids[0]?.pid]);
        expect(await failureOf(tx.query("select 1"))).toEqual(unavailable);
        return pids;
      })
      .catch((error: unknown) => {
        expect(error).toEqual(unavailable);
        return [undefined];
      });
    expect(row).toBeUndefined();
    expect(await db.query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("survives the loss of idle connections", async () => {
    const cutter = opened({ url: test.url });
    const idle = opened({ url: test.url });
    const [row] = await idle.query<{ pid: number }>("select pg_backend_pid() as pid");
    await cutter.query("select pg_terminate_backend($1, 5000)", [row?.pid]);
    const answer = idle.query("select 1 as one");
    // The loss may be noticed by this very query; then the next one works.
    await expect(answer.catch(() => idle.query("select 1 as one"))).resolves.toEqual([{ one: 1 }]);
  });

  it("fails as database-unavailable after close", async () => {
    const closed = opened({ url: test.url });
    await closed.close();
    expect(await failureOf(closed.query("select 1"))).toEqual(unavailable);
  });
});
