// The embedded database: a real PostgreSQL server as a child of the gateway, reachable only through a socket in a
// private directory. It starts with the gateway, is started again when it dies, and never outlives the gateway.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { lockFile } from "../data-directory.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./binaries.ts";
import { DATABASE, type EmbeddedConnection, prepareCluster, prepareSocketDirectory, SUPERUSER } from "./cluster.ts";
import { type GuardedServer, startGuarded } from "./guardian.ts";
import { readPostmasterFile, removeTemporarySocketDirectory, stopOrphan, stopServer } from "./orphan.ts";
import { untilReady } from "./readiness.ts";
import { prepareServerUser } from "./run-as.ts";
import { serverSettings } from "./settings.ts";

export interface EmbeddedPostgres {
  readonly connection: EmbeddedConnection;
  /** Shuts the server down (everything is written) and resolves when its process is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The files lie in `<dataDir>/postgres`. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Settings other than the product's. `fsync: "off"` makes a throw-away database. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Another server than the one that npm installed. */
  readonly binaries?: PostgresBinaries;
}

const LONGEST_BACKOFF_MS = 5000;
const HEALTHY_AFTER_MS = 30_000;
/** The gateway has 15 s in all. */
const STOP_PATIENCE_MS = 8000;

/**
 * Starts the server, making its files on the first run; resolves when it takes queries.
 * Throws when it cannot run here, with the server's own last words.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, settings = {}, binaries = findPostgresBinaries() } = options;
  const directory = resolve(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const folder = join(directory, "postgres");
  // Apart from the gateway's own lock: two servers on one cluster would destroy it, so nothing may rely on the caller.
  const lock = await lockFile(folder, (pid) => `the database in ${folder} is in use by the process with pid ${pid}`);
  try {
    const user = await prepareServerUser(folder, binaries.root);
    const all = { ...serverSettings, ...settings };
    const data = await prepareCluster({ folder, binaries, user, sync: all["fsync"] !== "off", log });
    await stopOrphan(data, log);
    const socketDirectory = await prepareSocketDirectory(folder, user);
    const connection = { host: socketDirectory, user: SUPERUSER, database: DATABASE };
    const command = [
      binaries.postgres,
      "-D",
      data,
      ...Object.entries({ ...all, unix_socket_directories: socketDirectory }).flatMap(([name, value]) => [
        "-c",
        `${name}=${value}`,
      ]),
    ];
    const launch = () => startGuarded(user, command, (line) => logLine(log, line));
    const supervisor = await supervise({ data, connection, launch, log });
    return {
      connection,
      async stop() {
        await supervisor.stop();
        await removeTemporarySocketDirectory(socketDirectory);
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface SupervisorOptions {
  readonly data: string;
  readonly connection: EmbeddedConnection;
  readonly launch: () => GuardedServer;
  readonly log: Logger;
}

/** Resolves when the first server is ready; then starts another one whenever it dies, until stopped. */
async function supervise({ data, connection, launch, log }: SupervisorOptions): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let server = launch();
  try {
    await untilReady(connection, server, log);
  } catch (error) {
    await endServer(server, data);
    throw error;
  }

  async function restart(): Promise<void> {
    await stopOrphan(data, log);
    server = launch();
    await untilReady(connection, server, log);
    log.info("the database runs again");
  }

  async function watch(): Promise<void> {
    let failures = 0;
    let startedAt = Date.now();
    while (!stopping.signal.aborted) {
      const lastWords = await server.ended;
      if (stopping.signal.aborted) return;
      log.error({ lastWords }, "the database server ended; starting it again");
      failures = Date.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures + 1;
      if (failures > 1) await pause(Math.min(100 * 2 ** failures, LONGEST_BACKOFF_MS), stopping.signal);
      if (stopping.signal.aborted) return;
      startedAt = Date.now();
      await restart().catch((error: unknown) => log.error({ err: error }, "the database server did not start"));
    }
  }

  const watching = watch();
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await endServer(server, data);
    await watching;
    // A restart may have been under way.
    await endServer(server, data);
  }
  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function endServer(server: GuardedServer, data: string): Promise<void> {
  server.release();
  const patience = new AbortController();
  await Promise.race([server.ended, pause(STOP_PATIENCE_MS, patience.signal)]);
  patience.abort();
  // Still there, or alive without its guardian.
  const file = await readPostmasterFile(data);
  if (file !== undefined) await stopServer(file.pid, data);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Said while the server starts or stops, and on the first run before the database has its name. */
const ORDINARY_REFUSAL = new RegExp(`the database system is|database "${DATABASE}" does not exist`);

/** The server's log lines begin with their level. */
function logLine(log: Logger, line: string): void {
  const entry = { source: "postgres" };
  if (line.startsWith("PANIC:")) log.error(entry, line);
  else if (line.startsWith("FATAL:") && !ORDINARY_REFUSAL.test(line)) log.warn(entry, line);
  else log.debug(entry, line);
}
