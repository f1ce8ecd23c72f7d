import { describe, expect, it } from "vitest";
import { countsVelocity, defaultRules, protectionRulesSchema, readRules } from "./settings.ts";

describe("protection settings", () => {
  it("have defaults for everything, which change nothing that nobody asked for", () => {
    expect(defaultRules).toMatchObject({
      velocity: { learned: true, limits: { prefixPerMinute: null } },
      duplicates: { enabled: false, seconds: 10 },
      quietHours: { enabled: false, from: "21:00", until: "08:00" },
    });
  });

  it.each([
    { velocity: { factor: 0 } },
    { velocity: { limits: { prefixPerMinute: 0 } } },
    { velocity: { limits: { countries: { XX: 5 } } } },
    { velocity: { limits: { countries: { bb: 5 } } } },
    { velocity: { limit: {} } },
    { duplicates: { seconds: 301 } },
    { duplicates: { seconds: 0 } },
    { quietHours: { from: "9:00" } },
    { quietHours: { from: "24:00" } },
    { quietHours: { from: "08:00", until: "08:00" } },
    { mode: "deny" },
  ])("refuse %j", (rules) => {
    expect(protectionRulesSchema.safeParse(rules).success).toBe(false);
  });

  it("that were stored by another version are read as far as they can be", () => {
    expect(readRules({})).toEqual(defaultRules);
    expect(readRules({ unheardOf: true })).toEqual(defaultRules);
    expect(readRules({ duplicates: { enabled: true } }).duplicates).toEqual({ enabled: true, seconds: 10 });
  });

  it("count only what a rule needs", () => {
    expect(countsVelocity(defaultRules)).toBe(true);
    const silent = protectionRulesSchema.parse({ velocity: { learned: false } });
    expect(countsVelocity(silent)).toBe(false);
    const limited = protectionRulesSchema.parse({ velocity: { learned: false, limits: { countries: { BB: 5 } } } });
    expect(countsVelocity(limited)).toBe(true);
  });
});
