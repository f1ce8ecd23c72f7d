// Ends a server that an earlier gateway left behind (both the gateway and the guardian were killed, or its shutdown is
// still going on). Never signals a process that is not a server on exactly this cluster.

import { execFile } from "node:child_process";
import { readdir, readFile, readlink, realpath, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Logger } from "pino";

const POLL_MS = 20;
/** Fast shutdown, then immediate shutdown (the log is replayed at the next start), then the end. */
const STEPS = [
  ["SIGINT", 10_000],
  ["SIGQUIT", 3000],
  ["SIGKILL", 2000],
] as const;

interface LockFile {
  readonly pid: number;
  readonly socketDirectory: string;
}

/** The server's own lock file; undefined if there is none. */
export async function readPostmasterFile(data: string): Promise<LockFile | undefined> {
  let text: string;
  try {
    text = await readFile(join(data, "postmaster.pid"), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  // pid, data directory, start time, port, socket directory, …
  const lines = text.split("\n");
  return { pid: Number(lines[0]), socketDirectory: lines[4] ?? "" };
}

/** Resolves when no server runs on this cluster. Throws when one runs that can neither be seen nor stopped. */
export async function stopOrphan(data: string, log: Logger): Promise<void> {
  const file = await readPostmasterFile(data);
  if (file === undefined) return;
  if (await isServerOf(file.pid, data)) {
    log.warn({ pid: file.pid }, "a database server of an earlier run is still there; stopping it");
    await stopServer(file.pid, data);
  } else if (isAlive(file.pid)) {
    // The pid has gone to another program, or nobody has collected the dead server: either would make the new one
    // refuse to start.
    await waitForStrangersEnd(file.socketDirectory, data);
    await waitForHelpersEnd(data);
    await rm(join(data, "postmaster.pid"), { force: true });
  } else {
    // Perhaps a server in another container, whose processes cannot be seen from here.
    await waitForStrangersEnd(file.socketDirectory, data);
  }
  await removeTemporarySocketDirectory(file.socketDirectory);
}

/** Ends the server with increasing force; resolves when its process is gone. */
export async function stopServer(pid: number, data: string): Promise<void> {
  for (const [signal, patienceMs] of STEPS) {
    const deadline = Date.now() + patienceMs;
    if (!(await isServerOf(pid, data))) return;
    signalIfAlive(pid, signal);
    // Not "does the pid exist": where nobody collects dead processes (pid 1 of many containers), it stays for ever.
    while (Date.now() < deadline) {
      if (!(await isServerOf(pid, data))) return;
      await delay(POLL_MS);
    }
  }
  throw new Error(`the database server with pid ${pid} on ${data} does not stop; stop it by hand`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Is that process a server that works in this cluster? (A server's working directory is its cluster.) */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const directory = await realpath(data);
  if (process.platform === "linux") {
    try {
      return (await readlink(`/proc/${pid}/cwd`)) === directory;
    } catch (error) {
      // Gone in the meantime, a zombie, or another user's.
      if (error instanceof Error && "code" in error) return false;
      throw error;
    }
  }
  const { stdout } = await promisify(execFile)("lsof", ["-a", "-d", "cwd", "-p", String(pid), "-Fn"]).catch(() => ({
    stdout: "",
  }));
  return stdout.split("\n").includes(`n${directory}`);
}

/** The server's own child processes notice its death within a moment; until then they may write to the cluster. */
async function waitForHelpersEnd(data: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (await hasProcessIn(await realpath(data))) {
    if (Date.now() > deadline)
      throw new Error(`processes of a dead database server still work in ${data}; end them by hand`);
    await delay(POLL_MS);
  }
}

async function hasProcessIn(directory: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // Processes of others cannot be looked at, and are not the server's.
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "")));
  return places.includes(directory);
}

async function waitForStrangersEnd(socketDirectory: string, data: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (socketDirectory !== "" && (await answers(join(socketDirectory, ".s.PGSQL.5432")))) {
    if (Date.now() > deadline) {
      throw new Error(
        `another program, perhaps in another container, is running a database server on ${data}; stop it first`,
      );
    }
    await delay(10 * POLL_MS);
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Removes a socket directory that was made outside the data directory because the path was too long. */
export async function removeTemporarySocketDirectory(directory: string): Promise<void> {
  if (dirname(directory) !== tmpdir() || !basename(directory).startsWith("trunkline-")) return;
  await rm(directory, { recursive: true, force: true });
}
