// The data directory belongs to one living gateway at a time. The lock is the kernel's (a file lock, held through
// SQLite, since Node offers none of its own): it ends with the process, however that ends, and holds across containers
// that share the directory. Nothing is ever stored in the lock file.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Makes the directory (mode 0700) if it is missing and takes it for this process. Throws at once, naming the
 * directory and the other process, when another gateway holds it.
 */
export async function lockDataDirectory(directory: string): Promise<HeldLock> {
  const path = resolve(directory);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return lockFile(join(path, "gateway"), (pid) => {
    const who = pid === undefined ? "another gateway" : `another gateway (pid ${pid})`;
    return `${who} is running on the data directory ${path}: stop it first, or set TRUNKLINE_DATA_DIR to another directory`;
  });
}

/** Takes `<path>.lock` and leaves the pid in `<path>.pid`. `describe` words the refusal. */
export async function lockFile(path: string, describe: (pid: number | undefined) => string): Promise<HeldLock> {
  const pidPath = `${path}.pid`;
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    // No journal: an exclusive transaction that writes nothing needs none.
    lock.exec("pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)) throw error;
    throw new Error(describe(await readPid(pidPath)), { cause: error });
  }
  await writeFile(pidPath, `${process.pid}\n`, { mode: 0o600 });
  let held = true;
  return {
    async release() {
      if (!held) return;
      held = false;
      await rm(pidPath, { force: true });
      lock.close();
    },
  };
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
