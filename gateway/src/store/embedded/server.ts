// The embedded database: a real PostgreSQL server as a child of the gateway, reachable only through a socket in a
// private directory. It starts with the gateway, is started again when it dies, and never outlives the gateway.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Logger } from "pino";
import { lockFile } from "../data-directory.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./binaries.ts";
import { DATABASE, type EmbeddedConnection, prepareCluster, prepareSocketDirectory, SUPERUSER } from "./cluster.ts";
import { startGuarded } from "./guardian.ts";
import { removeTemporarySocketDirectory, stopOrphan } from "./orphan.ts";
import { prepareServerUser } from "./run-as.ts";
import { serverSettings } from "./settings.ts";
import { supervise } from "./supervisor.ts";

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

/** Said while the server starts or stops, and on the first run before the database has its name. */
const ORDINARY_REFUSAL = new RegExp(`the database system is|database "${DATABASE}" does not exist`);

/** The server's log lines begin with their level. */
function logLine(log: Logger, line: string): void {
  const entry = { source: "postgres" };
  if (line.startsWith("PANIC:")) log.error(entry, line);
  else if (line.startsWith("FATAL:") && !ORDINARY_REFUSAL.test(line)) log.warn(entry, line);
  else log.debug(entry, line);
}
