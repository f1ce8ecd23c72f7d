import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { newUuid } from "../core/ids.ts";
import { claimDueCallbacks } from "./callback-queue.ts";
import type { Database } from "./database.ts";

const now = new Date();
const secondMs = 1_000;
const deadOrigins = 5_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.db.query("truncate callbacks"));

/** One callback to each of so many origins, `name-00001` and so on. */
async function insert(name: string, count: number, dueInMs: number): Promise<void> {
  await database.db.query(
    `insert into callbacks (account_id, id, message_id, kind, url, origin, fields, due_at, expires_at)
     select $1, gen_random_uuid(), gen_random_uuid(), 'status', 'http://' || o, o, '[]', $4, now() + interval '1 day'
     from (select $2::text || '-' || lpad(n::text, 5, '0') as o from generate_series(1, $3::int) n) as names`,
    [newUuid(), name, count, new Date(now.getTime() + dueInMs)],
  );
}

/** The database, and how many rows the statements have given back. */
function counting(): { readonly db: Database; rows: number } {
  const counted = {
    rows: 0,
    db: {
      ...database.db,
      async query<Row extends Record<string, unknown>>(...args: Parameters<Database["query"]>) {
        const rows = await database.db.query<Row>(...args);
        counted.rows += rows.length;
        return rows;
      },
    },
  };
  return counted;
}

function claimOf(after: string, isDead: (origin: string) => boolean = (origin) => origin.startsWith("dead")) {
  const freeOf = (origin: string) => (isDead(origin) ? 0 : 10);
  return { now, leaseEnd: new Date(now.getTime() + 60 * secondMs), limit: 50, freeOf, after };
}

describe("a claim of callbacks", () => {
  it("reaches past thousands of dead origins that are due longer, in bounded steps of bounded work", async () => {
    await insert("dead", deadOrigins, -60 * secondMs);
    await insert("healthy", 3, -secondMs);
    const origins: string[] = [];
    let turns = 0;
    for (let after = "", more = true; more && origins.length === 0; turns++) {
      const counted = counting();
      const claim = await claimDueCallbacks(counted.db, claimOf(after));
      expect(counted.rows).toBeLessThanOrEqual(1_500);
      origins.push(...claim.claimed.map((callback) => callback.origin));
      ({ next: after, more } = claim);
    }
    expect(origins.sort()).toEqual(["healthy-00001", "healthy-00002", "healthy-00003"]);
    expect(turns).toBeLessThanOrEqual(deadOrigins / 500 + 1);
  });

  it("ends its walk when nobody but the dead has anything due, and begins anew", async () => {
    await insert("dead", deadOrigins, -60 * secondMs);
    let turns = 0;
    let after = "";
    for (let more = true; more; turns++) ({ next: after, more } = await claimDueCallbacks(database.db, claimOf(after)));
    expect(turns).toBeLessThanOrEqual(deadOrigins / 500 + 1);
    expect(after).toBe("");
  });

  it("looks at no origin whose callbacks are due later only", async () => {
    await insert("later", deadOrigins, 60 * secondMs);
    await insert("now", 1, -secondMs);
    const counted = counting();
    const { claimed } = await claimDueCallbacks(counted.db, claimOf(""));
    expect(claimed.map((callback) => callback.origin)).toEqual(["now-00001"]);
    expect(counted.rows).toBe(1);
  });

  it("serves every one of a thousand origins that are due at once", async () => {
    await insert("alive", 1_200, -secondMs);
    const served = new Set<string>();
    for (let after = "", more = true; more; ) {
      const claim = await claimDueCallbacks(database.db, claimOf(after));
      for (const { origin } of claim.claimed) served.add(origin);
      ({ next: after, more } = claim);
    }
    expect(served.size).toBe(1_200);
  });
});
