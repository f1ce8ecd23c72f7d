import { expect, it } from "vitest";
import { createOriginLimits } from "./origin-limits.ts";

const clock = { nowMs: () => 1_000_000 };

it("what is known of dead origins is bounded: the ones heard of longest ago are forgotten", () => {
  const limits = createOriginLimits({ clock, perOrigin: 4, originsMax: 100 });
  for (let host = 0; host < 250; host++) {
    for (let failure = 0; failure < 10; failure++) {
      limits.begin(`http://${host}`);
      limits.end(`http://${host}`, "down");
    }
  }
  expect(limits.resting()).toHaveLength(100);
  expect([limits.freeOf("http://0"), limits.freeOf("http://249")]).toEqual([4, 0]);
});
