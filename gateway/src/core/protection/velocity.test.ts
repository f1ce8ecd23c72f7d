import { describe, expect, it } from "vitest";
import { type Counter, countMore, learning, minutesPerDay } from "./counter.ts";
import { velocityDecision } from "./decision.ts";
import { destinationOf, maskedPrefix } from "./destination.ts";
import { protectionRulesSchema } from "./settings.ts";
import { judgeVelocity } from "./velocity.ts";

const barbados = "+12465550142";
const destination = destinationOf(barbados);
const none = { account: null, country: null, prefix: null, recipient: null };
const rules = (velocity: object = {}) => protectionRulesSchema.parse({ velocity });

function counter(parts: Partial<Counter>): Counter {
  const counts = { inMinute: 1, inTenMinutes: 1, inHour: 1, peak: 1, usual: 0 };
  return { sinceMinute: 0, minute: 10 * minutesPerDay, day: 10, ...counts, ...parts };
}

describe("destinationOf", () => {
  it.each([
    ["+12465550142", "BB", "+1246555", "+1 246 555 ****"],
    ["+12025550142", "US", "+1202555", "+1 202 555 ****"],
    ["+4915123456789", "DE", "+491512345", "+49 1512 345****"],
    ["+3545551234", "IS", "+3545551", "+354 555 1***"],
    ["+88316012345678", "+883", "+8831601234", "+883 1601 234 ****"],
  ])("finds the country and the prefix of %s", (number, country, prefix, masked) => {
    expect(destinationOf(number)).toEqual({ country, prefix });
    expect(maskedPrefix(number).replaceAll(" ", "")).toBe(masked.replaceAll(" ", ""));
  });

  it("finds none for an address on a channel", () => {
    expect(destinationOf("whatsapp:+12465550142")).toBeNull();
  });
});

describe("judgeVelocity", () => {
  it("lets few messages pass, and says what is unusual about many in one line", () => {
    expect(judgeVelocity(rules(), destination, { ...none, prefix: counter({ inTenMinutes: 20 }) })).toBeNull();
    const finding = judgeVelocity(rules(), destination, { ...none, prefix: counter({ inTenMinutes: 41, usual: 2 }) });
    expect(finding).toEqual({ rule: "prefix-burst", count: 41, limit: 20, usual: 2 });
    expect(finding && velocityDecision("deny", barbados, destination, finding)).toMatchObject({
      ...{ action: "denied", errorCode: 30450 },
      explanation:
        "41 messages to +1 246 555 **** within 10 minutes; this account's usual is 2, and up to 20 may pass.",
    });
  });

  it("goes by what is usual where that is more than the floor", () => {
    const prefix = counter({ inTenMinutes: 400, usual: 100 });
    expect(judgeVelocity(rules(), destination, { ...none, prefix })).toBeNull();
    expect(judgeVelocity(rules({ factor: 2 }), destination, { ...none, prefix })).toMatchObject({ limit: 200 });
  });

  it("lets a prefix that is new have its share of what its country usually gets", () => {
    const counts = { ...none, country: counter({ usual: 10_000 }), prefix: counter({ inTenMinutes: 100 }) };
    expect(judgeVelocity(rules(), destination, counts)).toBeNull();
    const more = { ...counts, prefix: counter({ inTenMinutes: 101 }) };
    expect(judgeVelocity(rules(), destination, more)).toMatchObject({ rule: "prefix-burst", limit: 100 });
  });

  it("does not take an account's first day for a burst to its country", () => {
    const country = counter({ inHour: 5000 });
    const first = { ...none, country, account: counter({ sinceMinute: 10 * minutesPerDay - 100 }) };
    expect(judgeVelocity(rules(), destination, first)).toBeNull();
    const later = { ...first, account: counter({ sinceMinute: 9 * minutesPerDay }) };
    expect(judgeVelocity(rules(), destination, later)).toMatchObject({ rule: "country-burst", limit: 100, usual: 0 });
  });

  it("holds explicit limits whatever is usual, a country's own before the one for all", () => {
    const limits = { countryPerHour: 1000, countries: { BB: 5 } };
    const counts = { ...none, country: counter({ inHour: 6, usual: 1000 }) };
    expect(judgeVelocity(rules({ limits }), destination, counts)).toEqual({
      ...{ rule: "country-per-hour", count: 6, limit: 5, usual: null },
    });
    const other = destinationOf("+12025550142");
    expect(judgeVelocity(rules({ limits }), other, counts)).toBeNull();
  });
});

describe("what is usual", () => {
  const dayOf = (day: number) => day * minutesPerDay;

  it("is learned from the busiest hour of the days before, and fades", () => {
    let country = countMore(null, "country", 90, dayOf(1));
    expect(country.usual).toBe(0);
    country = countMore(country, "country", 1, dayOf(2));
    expect(country.usual).toBe(90);
    country = countMore(country, "country", 1, dayOf(9));
    expect(country.usual).toBeCloseTo(90 * learning.fadePerDay ** 7);
  });

  it("is not taught by an attack that attacks are usual: it grows by days, not by hours", () => {
    let country = countMore(null, "country", 100, dayOf(1));
    for (let hour = 0; hour < 24; hour++) country = countMore(country, "country", 1_000_000, dayOf(2) + hour * 60);
    expect(country.usual).toBe(100);
    country = countMore(country, "country", 1, dayOf(3));
    expect(country.usual).toBe(400);
  });
});
