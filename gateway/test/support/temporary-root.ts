// Where tests put throw-away databases.

import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
const ROOMY_BYTES = 2 ** 31;

/** A directory in memory where there is plenty: cloning a database takes 10 ms there, and 300 to 500 ms on a disk. */
export async function temporaryRoot(): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ROOMY_BYTES ? MEMORY : tmpdir();
  } catch (error) {
    if (error instanceof Error && "code" in error) return tmpdir();
    throw error;
  }
}
