// Whether a change would leave everything as it is: then nothing is stored, and the audit log does not tell of it.

import { isDeepStrictEqual } from "node:util";

/** True when every field of `changes` is what it is in `before` already. */
export function isUnchanged<Thing extends object>(before: Thing, changes: Partial<Thing>): boolean {
  return isDeepStrictEqual({ ...before, ...changes }, { ...before });
}
