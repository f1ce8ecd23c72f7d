// Load made without wrk, by a child process (so that this one's work does not disturb it).

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Load, LoadResult } from "./load.ts";

export async function runBuiltIn(load: Load): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, "generator.ts"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the load generator ended with ${String(code)}`);
  });
  child.send(load);
  const [result] = (await Promise.race([once(child, "message"), ended])) as [LoadResult];
  ended.catch(() => "the generator ends on its own once it has told its result");
  return result;
}
