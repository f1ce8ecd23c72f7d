// Who makes the load: wrk where it is installed (it costs the least CPU, which the server under test needs), else the
// generator that comes with the bench. Both send the same bytes.

import { runBuiltIn } from "./built-in.ts";
import type { Load, LoadResult } from "./load.ts";
import { hasWrk, runWrk } from "./wrk.ts";

export async function runLoad(load: Load): Promise<LoadResult> {
  return (await hasWrk()) ? runWrk(load) : runBuiltIn(load);
}
