// Waits for a starting server to take queries, and names the gateway's database on the first run.

import { access } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, DatabaseError } from "pg";
import type { Logger } from "pino";
import type { EmbeddedConnection } from "./cluster.ts";
import type { GuardedServer } from "./guardian.ts";

const POLL_MS = 10;
const REPORT_EVERY_MS = 5000;
const NO_SUCH_DATABASE = "3D000";

/**
 * Resolves when `connection` takes queries; throws when the server ends before. Waits as long as the server works
 * (a big recovery after a crash can take minutes), and says so in the log.
 */
export async function untilReady(connection: EmbeddedConnection, server: GuardedServer, log: Logger): Promise<void> {
  let reportAt = Date.now() + REPORT_EVERY_MS;
  while (!server.hasEnded()) {
    if (await takesQueries(connection)) return;
    if (Date.now() > reportAt) {
      log.info("waiting for the database server to start; after a crash it first replays its log");
      reportAt += REPORT_EVERY_MS;
    }
    await delay(POLL_MS);
  }
  throw new Error(`the embedded PostgreSQL did not start: ${await server.ended}`);
}

async function takesQueries(connection: EmbeddedConnection): Promise<boolean> {
  const socket = await access(join(connection.host, ".s.PGSQL.5432")).catch((error: unknown) => error);
  if (socket !== undefined) return false;
  try {
    await withClient(connection, (client) => client.query("select 1"));
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === NO_SUCH_DATABASE) {
      await nameDatabase(connection);
      return true;
    }
    // Not yet: refused, or "the database system is starting up". Anything else the server says is for good.
    if (error instanceof DatabaseError && error.code !== "57P03") throw error;
    return false;
  }
}

/** initdb has made a database "postgres"; renaming it takes no time, making another one half a second. */
async function nameDatabase(connection: EmbeddedConnection): Promise<void> {
  await withClient({ ...connection, database: "template1" }, (client) =>
    client.query(`alter database postgres rename to "${connection.database}"`),
  );
}

async function withClient(connection: EmbeddedConnection, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ ...connection, port: 5432, ssl: false, options: "", connectionTimeoutMillis: 2000 });
  // A failure of the connection also fails what is being awaited below.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
