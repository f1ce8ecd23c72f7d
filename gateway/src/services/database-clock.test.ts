import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { silentLog } from "../../test/support/sandbox.ts";
import { createDatabaseClock } from "./database-clock.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.close());

describe("createDatabaseClock", () => {
  it.each([-3_600_000, 0, 90_000])("tells the database's time on a host that is %d ms off", async (offMs) => {
    const hostClock = { nowMs: () => Date.now() + offMs };
    const clock = createDatabaseClock({ db: database.db, clock: hostClock, log: silentLog });
    await clock.start();
    const [row] = await database.db.query<{ at: Date }>("select clock_timestamp() as at");
    expect(Math.abs(clock.nowMs() - (row?.at.getTime() ?? 0))).toBeLessThan(1000);
    await clock.stop();
  });
});
