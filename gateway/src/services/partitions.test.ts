// Partitions must exist before the first message of a month does.

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { createPartitionMaintenance } from "./partitions.ts";
import type { Service } from "./service.ts";

const log = pino({ level: "silent" });
const partition = "select count(*) from pg_class where relname = $1";
let test: TestDatabase;
let service: Service | undefined;

beforeEach(async () => {
  test = await testDatabase();
});

afterEach(async () => {
  await service?.stop();
  await test.close();
});

async function untilPartition(name: string): Promise<void> {
  await expect.poll(() => test.db.query(partition, [name]), { interval: 10 }).toEqual([{ count: 1 }]);
}

describe("partition maintenance", () => {
  it("makes the months ahead as time passes", async () => {
    let now = Date.UTC(2031, 0, 31, 23, 59);
    service = createPartitionMaintenance({ db: test.db, clock: { nowMs: () => now }, log, everyMs: 10 });
    await service.start();
    await untilPartition("events_2031_03");
    expect(await test.db.query(partition, ["events_2031_04"])).toEqual([{ count: 0 }]);
    now = Date.UTC(2031, 1, 1);
    await untilPartition("events_2031_04");
  });

  it("goes on after a failure", async () => {
    await test.db.query("alter function create_partitions rename to hidden");
    let asked = 0;
    const clock = {
      nowMs: () => {
        asked++;
        return Date.UTC(2032, 0, 1);
      },
    };
    service = createPartitionMaintenance({ db: test.db, clock, log, everyMs: 10, retryMs: 10 });
    await service.start();
    await expect.poll(() => asked, { interval: 10 }).toBeGreaterThan(2);
    await test.db.query("alter function hidden rename to create_partitions");
    await untilPartition("messages_2032_01");
  });
});
