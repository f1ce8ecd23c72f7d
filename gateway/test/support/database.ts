// A database of a test's own: a clone of the migrated template on the run's server (see global-setup.ts), or an empty
// one. Call close() when done, also after a failure; it drops the database.

import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { inject } from "vitest";
import { type OpenDatabaseOptions, openDatabase } from "../../src/store/connect.ts";
import type { Database } from "../../src/store/database.ts";
import { createDatabase, dropDatabase, urlOf } from "./test-server.ts";

export interface TestDatabase {
  readonly db: Database;
  /** For other processes: DATABASE_URL of a gateway on this database. */
  readonly url: string;
  /** For another pool: `openDatabase({ ...connection, log })`. */
  readonly connection: { readonly url: string };
  /** Closes the pool and drops the database. */
  close(): Promise<void>;
}

export interface TestDatabaseOptions
  extends Pick<OpenDatabaseOptions, "poolSize" | "acquireTimeoutMs" | "queryTimeoutMs"> {
  /** Without any migration. Default false. */
  readonly empty?: boolean;
}

export async function testDatabase({ empty = false, ...options }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject("testServer");
  const name = server.prefix + randomBytes(6).toString("hex");
  await createDatabase(server, name, empty ? undefined : server.template);
  const url = urlOf(server, name);
  const db = openDatabase({ poolSize: 5, ...options, url, log: pino({ level: "silent" }) });
  return {
    db,
    url,
    connection: { url },
    async close() {
      await db.close();
      await dropDatabase(server, name);
    },
  };
}
