import { describe, expect, it } from "vitest";
import { createBatchCache } from "./batch-cache.ts";

function counting(maxAgeMs: number) {
  const loads: (readonly number[])[] = [];
  const cache = createBatchCache<number, { readonly double: number }>({
    async load(keys) {
      loads.push(keys);
      return new Map(keys.filter((key) => key < 100).map((key) => [String(key), { double: key * 2 }]));
    },
    nameOf: String,
    maxAgeMs,
    maxEntries: 50,
  });
  return { cache, loads };
}

describe("createBatchCache", () => {
  it("loads what a batch lacks in one call, each key once, and remembers also that there is nothing", async () => {
    const { cache, loads } = counting(60_000);
    const first = await cache([1, 2, 1, 100]);
    expect([first(1), first(2), first(100)]).toEqual([{ double: 2 }, { double: 4 }, null]);
    const second = await cache([2, 3, 100]);
    expect([second(2), second(3), second(100)]).toEqual([{ double: 4 }, { double: 6 }, null]);
    expect(loads).toEqual([[1, 2, 100], [3]]);
  });

  it("answers for a batch that is larger than its memory", async () => {
    const { cache } = counting(60_000);
    const keys = Array.from({ length: 90 }, (_, index) => index);
    const find = await cache(keys);
    expect(keys.map((key) => find(key)?.double)).toEqual(keys.map((key) => key * 2));
  });
});
