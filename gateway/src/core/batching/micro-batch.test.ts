import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMicroBatch } from "./micro-batch.ts";

describe("createMicroBatch", () => {
  it("gives each item its own result, in batches no larger than the limit, whatever comes in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (items, maxItems) => {
          const sizes: number[] = [];
          const batch = createMicroBatch<number, number>({
            async flush(batched) {
              sizes.push(batched.length);
              return batched.map((item) => item * 2);
            },
            maxItems,
            maxInFlight: 2,
          });
          const results = await Promise.all(items.map((item) => batch.add(item)));
          expect(results).toEqual(items.map((item) => item * 2));
          expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(maxItems);
        },
      ),
    );
  });

  it("shares one flush among the items of one turn, and never has more flushes under way than allowed", async () => {
    const releases: (() => void)[] = [];
    const sizes: number[] = [];
    let underWay = 0;
    let most = 0;
    const batch = createMicroBatch<number, number>({
      async flush(items) {
        sizes.push(items.length);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise<void>((resolve) => releases.push(resolve));
        underWay -= 1;
        return items;
      },
      maxItems: 100,
      maxInFlight: 2,
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const added = [batch.add(1), batch.add(2)];
    await turn();
    added.push(batch.add(3));
    await turn();
    added.push(batch.add(4), batch.add(5));
    await turn();
    expect(sizes).toEqual([2, 1]);
    for (const release of releases) release();
    await turn();
    await turn();
    for (const release of releases) release();
    expect(await Promise.all(added)).toEqual([1, 2, 3, 4, 5]);
    expect(sizes).toEqual([2, 1, 2]);
    expect(most).toBe(2);
  });

  it("rejects the items of a failed flush only, and goes on", async () => {
    const batch = createMicroBatch<number, number>({
      async flush(items) {
        if (items.includes(13)) throw new Error("unlucky");
        return items;
      },
      maxItems: 1,
      maxInFlight: 1,
    });
    const settled = await Promise.allSettled([batch.add(1), batch.add(13), batch.add(2)]);
    expect(settled.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await batch.drained();
    expect(await batch.add(3)).toBe(3);
  });
});
