import { pino } from "pino";
import { expect, it } from "vitest";
import { testDatabase } from "../../test/support/database.ts";
import { loadConfig } from "../config/load.ts";
import { systemClock } from "../core/clock.ts";
import { openGatewayDatabase } from "./open-database.ts";

it("ends a slow list after ten seconds, and nothing else", async () => {
  const database = await testDatabase();
  const config = loadConfig({ DATABASE_URL: database.url, TRUNKLINE_MASTER_KEY: "00".repeat(32) });
  const log = pino({ level: "silent" });
  const opened = await openGatewayDatabase({ config, clock: systemClock, log, signal: undefined });
  try {
    const pools = [opened.listDb, opened.db, opened.queueDb];
    const deadlines = await Promise.all(pools.map((pool) => pool.query("show statement_timeout")));
    expect(deadlines.flat()).toEqual(["10s", "0", "0"].map((deadline) => ({ statement_timeout: deadline })));
  } finally {
    await opened.close();
    await database.close();
  }
});
