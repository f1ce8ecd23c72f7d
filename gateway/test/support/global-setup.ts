// One database server for a whole test run: an embedded one in a temporary directory, or the one of DATABASE_URL.
// Holds a migrated template that testDatabase() clones. Leaves nothing behind.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { systemClock } from "../../src/core/clock.ts";
import { openDatabase } from "../../src/store/connect.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/store/embedded/server.ts";
import { migrate } from "../../src/store/migrate.ts";
import { temporaryRoot } from "./temporary-root.ts";
import { createDatabase, dropDatabase, type TestServer, urlOf } from "./test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly testServer: TestServer;
  }
}

const log = pino({ level: process.env["TRUNKLINE_TEST_LOG"] ?? "error" }, pino.destination(2));

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env["DATABASE_URL"];
  const { url, stop } =
    external === undefined ? await startThrowAway() : { url: external, stop: async () => undefined };
  const run = randomBytes(4).toString("hex");
  const server: TestServer = { url, template: `trunkline_template_${run}`, prefix: `trunkline_test_${run}_` };
  try {
    await createDatabase(server, server.template);
    const db = openDatabase({ url: urlOf(server, server.template), poolSize: 1, log });
    await migrate(db, { log, clock: systemClock });
    await db.close();
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide("testServer", server);
  return async () => {
    if (external !== undefined) await dropDatabase(server, server.template);
    await stop();
  };
}

async function startThrowAway(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(await temporaryRoot(), "trunkline-test-"));
  let postgres: EmbeddedPostgres;
  try {
    const settings = { fsync: "off", full_page_writes: "off", max_connections: "200" };
    postgres = await startEmbeddedPostgres({ dataDir, log, settings });
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  const { host, user, database } = postgres.connection;
  return {
    url: `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
    async stop() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
