// Stores what came together in one transaction, and one by one where that fails: what cannot be stored fails alone.

import type { Logger } from "pino";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { isRetryableConflict } from "../../store/connect.ts";

const triesMax = 3;

/** `store` takes all or nothing. Resolves, per item, to what kept it from being stored. */
export async function storeTogether<T>(
  items: readonly T[],
  store: (some: readonly T[]) => Promise<void>,
  log: Logger,
): Promise<(Error | undefined)[]> {
  try {
    await persist(items, store);
    return items.map(() => undefined);
  } catch (error) {
    if (items.length === 1 || isDatabaseAway(error)) return items.map(() => toError(error));
    log.warn({ err: toError(error), reports: items.length }, "reports are stored one by one");
    const stored: (Error | undefined)[] = [];
    for (const item of items) stored.push(await persist([item], store).then(() => undefined, toError));
    return stored;
  }
}

async function persist<T>(items: readonly T[], store: (some: readonly T[]) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await store(items);
    } catch (error) {
      if (tries === triesMax || !isRetryableConflict(error)) throw error;
    }
  }
}
