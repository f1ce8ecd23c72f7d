// How many hand-overs a provider has under way at once in this process. First come, first served; a slow provider holds up
// nobody but itself.

import type { Uuid } from "../../core/ids.ts";

export interface Slots {
  /** Resolves to how to give the slot back; null: `signal` aborted before there was one. */
  take(provider: Uuid, max: number, signal: AbortSignal): Promise<(() => void) | null>;
}

interface Line {
  taken: number;
  /** Each takes over the slot of whoever calls it. */
  readonly waiting: Set<() => void>;
}

export function createSlots(): Slots {
  const lines = new Map<Uuid, Line>();

  function giveBack(provider: Uuid, line: Line): void {
    const [next] = line.waiting;
    if (next !== undefined) {
      next();
      return;
    }
    line.taken -= 1;
    if (line.taken === 0) lines.delete(provider);
  }

  return {
    async take(provider, max, signal) {
      const line = lines.get(provider) ?? { taken: 0, waiting: new Set() };
      if (line.taken < max) {
        line.taken += 1;
        lines.set(provider, line);
      } else if (!(await turnIn(line, signal))) {
        return null;
      }
      return () => giveBack(provider, line);
    },
  };
}

/** False: `signal` aborted first. */
function turnIn(line: Line, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const turn = () => end(true);
    const abort = () => end(false);
    function end(itsTurn: boolean): void {
      line.waiting.delete(turn);
      signal.removeEventListener("abort", abort);
      resolve(itsTurn);
    }
    if (signal.aborted) return resolve(false);
    line.waiting.add(turn);
    signal.addEventListener("abort", abort);
  });
}
