// A short memory for look-ups that come in batches: what a batch needs and the memory lacks is loaded in one call, and
// remembered for a moment. Nothing stays longer than the time given: other processes change the same rows.

import { LRUCache } from "lru-cache";

export interface BatchCacheOptions<Key, Value> {
  /** Loads several values in one go; a key that is left out of the result has none. */
  readonly load: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Value>>;
  /** The spelling of a key in the memory and in the result of `load`. */
  readonly nameOf: (key: Key) => string;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  /** What is asked for anew each time, because it is likely to change at any moment. Default: nothing. */
  readonly isFleeting?: (value: Value | null) => boolean;
}

/** Resolves to a function that answers for the keys given, null for those without a value. */
export type BatchCache<Key, Value> = (keys: readonly Key[]) => Promise<(key: Key) => Value | null>;

export function createBatchCache<Key, Value extends object>(
  options: BatchCacheOptions<Key, Value>,
): BatchCache<Key, Value> {
  const { load, nameOf, maxAgeMs, maxEntries, isFleeting } = options;
  const remembered = new LRUCache<string, { readonly value: Value | null }>({ max: maxEntries, ttl: maxAgeMs });

  return async (keys) => {
    const known = new Map<string, Value | null>();
    const missing = new Map<string, Key>();
    for (const key of keys) {
      const name = nameOf(key);
      if (known.has(name) || missing.has(name)) continue;
      const entry = remembered.get(name);
      if (entry === undefined) missing.set(name, key);
      else known.set(name, entry.value);
    }
    if (missing.size > 0) {
      const loaded = await load([...missing.values()]);
      for (const name of missing.keys()) {
        const value = loaded.get(name) ?? null;
        known.set(name, value);
        if (isFleeting?.(value) !== true) remembered.set(name, { value });
      }
    }
    return (key) => known.get(nameOf(key)) ?? null;
  };
}
