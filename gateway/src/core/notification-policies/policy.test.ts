import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockMs, judgeCooldown, type Series } from "./cooldown.ts";
import { type CountryLimit, isCountryRefused, limitsSms, type PolicyRules, smsCooldown } from "./policy.ts";

const rules = (changes: Partial<PolicyRules> = {}): PolicyRules => ({
  quotas: [],
  countryLimit: { type: "NONE" },
  ...changes,
});

describe("a country limit", () => {
  it.each<[CountryLimit, string | null, boolean]>([
    [{ type: "NONE", countries: ["US"] }, "US", false],
    [{ type: "ALLOWED", countries: ["US"] }, "US", false],
    [{ type: "ALLOWED", countries: ["US"] }, "CA", true],
    [{ type: "ALLOWED", countries: ["US"] }, null, true],
    [{ type: "DENIED", countries: ["US"] }, "US", true],
    [{ type: "DENIED", countries: ["US"] }, null, false],
    [{ type: "DENIED", countries: ["US"], deliveryMethods: ["Voice"] }, "US", false],
    [{ type: "DENIED", countries: ["US"], deliveryMethods: ["Voice", "SMS"] }, "US", true],
  ])("%j for %s: refused is %s", (countryLimit, country, refused) => {
    expect(isCountryRefused(rules({ countryLimit }), country)).toBe(refused);
  });
});

it("a policy that says nothing about text messages costs nothing", () => {
  const off = { enabled: false };
  const cooldownConfiguration = { email: off, sms: off, voice: off, whatsApp: off };
  const quotas = [{ type: "USER", deliveryMethods: ["Email"], total: 3 }] as const;
  expect(limitsSms(rules({ quotas, cooldownConfiguration }))).toBe(false);
});

describe("a cool-down", () => {
  const sms = {
    enabled: true,
    periods: [
      { duration: 10, timeUnit: "SECONDS" },
      { duration: 1, timeUnit: "MINUTES" },
      { duration: 2, timeUnit: "MINUTES" },
    ],
    resendLimit: 4,
  } as const;
  const off = { enabled: false };
  const cooldown = smsCooldown(rules({ cooldownConfiguration: { email: off, sms, voice: off, whatsApp: off } }));
  if (cooldown === null) throw new Error("it is enabled");

  /** What comes of notifications that are asked for at these seconds. */
  const run = (...seconds: number[]) => {
    let series: Series | null = null;
    return seconds.map((at) => {
      const verdict = judgeCooldown(series, cooldown, at * 1000);
      series = verdict.series;
      return verdict.kind;
    });
  };

  it("grows from the first to the third period, and stays there", () => {
    expect(run(0, 9, 10, 69, 70, 189, 190, 309, 310)).toEqual([
      ...["pass", "early", "pass", "early", "pass", "early", "pass", "early", "pass"],
    ]);
  });

  it("blocks for half an hour beyond the limit of resends, and begins anew then", () => {
    const [first, blocked] = [500, 500 + blockMs / 1000];
    expect(run(0, 10, 70, 190, 310, first, blocked - 1, blocked)).toEqual([
      ...["pass", "pass", "pass", "pass", "pass", "blocked", "blocked", "pass"],
    ]);
  });

  it("ends when nothing was sent for half an hour", () => {
    expect(run(0, 10, 10 + blockMs / 1000, 20 + blockMs / 1000)).toEqual(["pass", "pass", "pass", "pass"]);
  });

  it("never lets two go within the shortest period, and never more than the limit within its block", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 }), (gaps) => {
        let at = 0;
        const times = gaps.map((gap) => (at += gap));
        const verdicts = run(...times);
        const passed = times.filter((_, index) => verdicts[index] === "pass");
        for (const [index, time] of passed.entries()) {
          if (index > 0) expect(time - (passed[index - 1] ?? 0)).toBeGreaterThanOrEqual(10);
          expect(time - (passed[index - 5] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(blockMs / 1000 - 900);
        }
      }),
    );
  });
});
