// The server's files: made on the first run, recognised on the next. A half-made cluster (killed during the first
// run) is thrown away; a finished one is never touched.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { access, chown, lchown, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import type { PostgresBinaries } from "./binaries.ts";
import { serverEnvironment } from "./guardian.ts";
import { commandAs, type ServerUser } from "./run-as.ts";

export const SUPERUSER = "trunkline";
export const DATABASE = "trunkline";
const UNFINISHED = "data.new-";
/** sun_path holds 108 bytes on Linux, 104 on macOS. */
const LONGEST_SOCKET_PATH = 100;

export interface EmbeddedConnection {
  /** The socket's directory. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

export interface ClusterOptions {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser;
  /** Flush the new files to disk. Only throw-away databases do without. */
  readonly sync: boolean;
  readonly log: Logger;
}

/** Resolves to the cluster's directory (PGDATA), after making it if there is none. */
export async function prepareCluster(options: ClusterOptions): Promise<string> {
  const { folder, log } = options;
  const data = join(folder, "data");
  if (await exists(join(data, "PG_VERSION"))) return data;
  if (await exists(data)) {
    throw new Error(
      `${data} exists but holds no database (PG_VERSION is missing): restore it from a backup or move it away`,
    );
  }
  for (const name of await readdir(folder)) {
    if (name.startsWith(UNFINISHED)) await rm(join(folder, name), { recursive: true, force: true });
  }
  // A name of its own: an initdb whose gateway was killed may still be writing to the last one.
  const unfinished = join(folder, `${UNFINISHED}${randomUUID()}`);
  const startedAt = performance.now();
  await initialise(options, unfinished);
  await rename(unfinished, data);
  log.info({ durationMs: Math.round(performance.now() - startedAt) }, "made a new database");
  return data;
}

async function initialise({ binaries, user, sync }: ClusterOptions, data: string): Promise<void> {
  const { file, args, options } = commandAs(user, [
    binaries.initdb,
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    // Who may connect is decided by who may enter the socket's directory (0700); there is no other way in.
    "--auth-local=trust",
    "--auth-host=reject",
    "--no-instructions",
    ...(sync ? [] : ["--no-sync"]),
  ]);
  const child = spawn(file, args, {
    ...options,
    cwd: "/",
    env: serverEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code, signal] = await once(child, "close");
  if (code === 0) return;
  const advice = output.includes("could not look up effective user ID")
    ? "\nThe embedded PostgreSQL needs a user with a name: add one to /etc/passwd, run as another user, or set DATABASE_URL."
    : "";
  throw new Error(`initdb failed (${signal ?? `exit code ${code}`}):\n${output.trimEnd()}${advice}`);
}

/** Makes the directory (0700) for the server's socket: in the folder, or a short temporary one if paths get too long. */
export async function prepareSocketDirectory(folder: string, user: ServerUser): Promise<string> {
  const usual = join(folder, "run");
  if (Buffer.byteLength(join(usual, ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH) {
    const short = await mkdtemp(join(tmpdir(), "trunkline-"));
    if (user.ids !== undefined) await chown(short, user.ids.uid, user.ids.gid);
    return short;
  }
  await mkdir(usual, { mode: 0o700, recursive: true });
  // Not through a link: the folder is not root's, so its owner must not be able to point this elsewhere.
  if (user.ids !== undefined) await lchown(usual, user.ids.uid, user.ids.gid);
  return usual;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
