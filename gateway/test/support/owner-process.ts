// Starts a process that owns an embedded database (database-owner.ts), to be killed by the test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { EmbeddedConnection } from "../../src/store/embedded/cluster.ts";

const PROGRAM = fileURLToPath(new URL("./database-owner.ts", import.meta.url));

export interface OwnerProcess {
  readonly process: ChildProcess;
  readonly connection: EmbeddedConnection;
  /** Why it did not start; then there is no connection. */
  readonly error: string | undefined;
}

/** Resolves when the database is ready or was refused. */
export async function startOwnerProcess(
  dataDir: string,
  ids: { uid?: number; gid?: number } = {},
): Promise<OwnerProcess> {
  const child = spawn(process.execPath, [PROGRAM, dataDir], { ...ids, stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { process: child, ...JSON.parse(String(line)) };
}
