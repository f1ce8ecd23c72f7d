// Brings the database up: the embedded server (or DATABASE_URL), the pools, the migrations. The message path has a pool of
// its own: its statements are all index-driven, and a plan that was cached while a table was small must not stay.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "../config/load.ts";
import type { Clock } from "../core/clock.ts";
import { isDatabaseAway, toError } from "../core/errors.ts";
import { openDatabase } from "../store/connect.ts";
import { lockDataDirectory } from "../store/data-directory.ts";
import type { Database } from "../store/database.ts";
import { startEmbeddedPostgres } from "../store/embedded/server.ts";
import { migrate } from "../store/migrate.ts";

export interface OpenedDatabase {
  /** For everything but the message path and lists of messages: short statements, of which none may hold up a login. */
  readonly db: Database;
  /** For the message path: accept, claim, outcomes, reports, callbacks. */
  readonly queueDb: Database;
  /** For lists of messages, which may have to look through many rows: few at a time, each ended after its deadline. */
  readonly listDb: Database;
  /** This process is the only gateway on the database. */
  readonly alone: boolean;
  close(): Promise<void>;
}

const queueSessionSettings = {
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
};
const listSessionSettings = { statement_timeout: "10s" };
const listPoolSize = 4;
const retryMs = 1000;
/** For the health of the server itself, and a person with psql. */
const spareConnections = 10;

export interface OpenGatewayDatabaseDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the wait for a database that is away: then it rejects. */
  readonly signal: AbortSignal | undefined;
}

export async function openGatewayDatabase(deps: OpenGatewayDatabaseDeps): Promise<OpenedDatabase> {
  const { config, log } = deps;
  const { databaseUrl, dataDir } = config;
  const lock = databaseUrl === null ? await lockDataDirectory(dataDir) : null;
  const release = async (): Promise<void> => lock?.release();
  const embedded =
    databaseUrl === null
      ? await startEmbeddedPostgres({ dataDir, log, settings: connectionsFor(config) }).catch(failAfter(release))
      : null;
  const target = embedded === null ? { url: databaseUrl ?? "" } : { connection: embedded.connection };
  const db = openDatabase({ ...target, poolSize: config.databasePool, log });
  const queueDb = openDatabase({
    ...target,
    poolSize: config.databasePool,
    log,
    sessionSettings: queueSessionSettings,
  });
  const listDb = openDatabase({ ...target, poolSize: listPoolSize, log, sessionSettings: listSessionSettings });
  const close = async (): Promise<void> => {
    await Promise.all([db.close(), queueDb.close(), listDb.close()]);
    await embedded?.stop();
    await release();
  };
  await migrateWhenUp(db, deps).catch(failAfter(close));
  return { db, queueDb, listDb, alone: embedded !== null, close };
}

/** An external database may come up after the gateway: waited for, with a line in the log. */
async function migrateWhenUp(db: Database, { clock, log, signal }: OpenGatewayDatabaseDeps): Promise<void> {
  for (;;) {
    try {
      return await migrate(db, { log, clock });
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      log.warn({ err: toError(error) }, "waiting for the database");
      await delay(retryMs, undefined, { signal });
    }
  }
}

function failAfter(cleanUp: () => Promise<void>): (error: unknown) => Promise<never> {
  return async (error) => {
    await cleanUp();
    throw error;
  };
}

/** Room for the pools of this one gateway. */
function connectionsFor({ databasePool }: Config): Readonly<Record<string, string>> {
  return { max_connections: String(Math.max(50, 2 * databasePool + listPoolSize + spareConnections)) };
}
