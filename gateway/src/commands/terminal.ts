// Where a command reads its surroundings from and writes to, so that it can be run by a test as by a shell.

export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Results: what a script would want to read. */
  readonly out: (text: string) => void;
  /** Progress, hints and errors. */
  readonly note: (text: string) => void;
  /** Notes go to a person's screen: one line may be drawn over and over. Its width in columns, else null. */
  readonly columns: () => number | null;
}

export function processTerminal(): Terminal {
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    columns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : null),
  };
}

// npm passes on the Ctrl-C that the terminal gave to the whole group already: that is one and the same.
const SAME_SIGNAL_MS = 700;

/**
 * Calls `first` on the first SIGINT or SIGTERM and `again` on a later one. Returns what takes the handlers away again.
 */
export function onStopSignals(
  first: (signal: NodeJS.Signals) => void,
  again: (signal: NodeJS.Signals) => void,
): () => void {
  let firstAt: number | null = null;
  const handler = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      first(signal);
    } else if (now - firstAt > SAME_SIGNAL_MS) again(signal);
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return () => {
    process.off("SIGINT", handler);
    process.off("SIGTERM", handler);
  };
}
