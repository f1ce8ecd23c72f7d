import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { type AccountSid, newUuid, sidOf } from "../core/ids.ts";
import { type Counter, type CounterScope, countMore, minutesPerDay } from "../core/protection/counter.ts";
import { addToCounters, counterName, findCounters, markJudged } from "./protection-counters.ts";
import { dropOldProtection } from "./protection-upkeep.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const newAccount = () => sidOf<AccountSid>("AC", newUuid());
const scopes: readonly CounterScope[] = ["account", "country", "prefix", "recipient"];

describe("counters", () => {
  it("count in the database as in the core, over minutes, hours, days and clocks that disagree", async () => {
    const step = fc.record({
      count: fc.integer({ min: 1, max: 500 }),
      ahead: fc.oneof(
        fc.integer({ min: -2, max: 15 }),
        fc.integer({ min: 50, max: 70 }),
        fc.integer({ min: 1400, max: 5000 }),
      ),
    });
    const start = fc.integer({ min: 20_000 * minutesPerDay, max: 20_001 * minutesPerDay });
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.constantFrom(...scopes),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async (begin, scope, steps) => {
          const key = { accountSid: newAccount(), scope, key: "+1246555" };
          let minute = begin;
          let expected: Counter | null = null;
          for (const { count, ahead } of steps) {
            minute += ahead;
            expected = countMore(expected, scope, count, minute);
            const stored = await addToCounters(database.db, [{ ...key, count }], minute, 0);
            const { usual, ...counts } = expected;
            expect(stored.get(counterName(key))).toMatchObject(counts);
            expect(stored.get(counterName(key))?.usual).toBeCloseTo(usual, 1);
          }
          expect([...(await findCounters(database.db, [key])).keys()]).toEqual([counterName(key)]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("upkeep", () => {
  it("drops what has had its time, a limited number at a time, and keeps the rest", async () => {
    const now = new Date("2026-11-20T12:00:00Z");
    const days = (count: number) => now.getTime() - count * 86_400_000;
    const accountSid = newAccount();
    const minute = (ms: number) => Math.floor(ms / 60_000);
    const ages: readonly [CounterScope, number][] = [
      ...(["recipient", "prefix", "country"] as const).flatMap(
        (scope) =>
          [
            [scope, 0],
            [scope, 70],
          ] as const,
      ),
      ["prefix", 10],
      ["country", 50],
    ] as [CounterScope, number][];
    for (const [scope, age] of ages) {
      await addToCounters(database.db, [{ accountSid, scope, key: `${age}`, count: 1 }], minute(days(age)), 0);
    }
    const messages = [newUuid(), newUuid()].map((id) => ({ accountSid, sid: sidOf<never>("SM", id) }));
    await markJudged(database.db, messages.slice(0, 1), new Date(days(1)));
    await markJudged(database.db, messages.slice(1), now);
    expect(await dropOldProtection(database.db, now, 1)).toBe(true);
    expect(await dropOldProtection(database.db, now, 10_000)).toBe(false);
    const left = await database.db.query<{ left: string }>(
      "select scope || ' ' || key as left from protection_counters where account_id = $1 order by 1",
      [accountSid.slice(2)],
    );
    expect(left.map((row) => row.left)).toEqual(["country 0", "country 50", "prefix 0", "prefix 10", "recipient 0"]);
    expect(await markJudged(database.db, messages, now)).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]));
  });
});
