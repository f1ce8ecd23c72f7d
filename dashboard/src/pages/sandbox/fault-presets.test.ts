import { describe, expect, it } from "vitest";
import { readFormFields } from "../callbacks/form-fields.ts";
import { type Faults, otherRules, presetNames, shareOf, withPreset } from "./fault-presets.ts";

const own = { match: { to: "+1202*", from: "*", probability: 1 }, effect: { type: "no-report" } } as const;
const none: Faults = { seed: 7, seedBy: "content", rules: [] };

describe("the switches of the sandbox", () => {
  it.each(presetNames)("%s goes on and off, and leaves rules made elsewhere in their places", (name) => {
    const before: Faults = { ...none, rules: [own] };
    const on = withPreset(before, name, 0.5);
    expect(shareOf(on, name)).toBe(0.5);
    expect(otherRules(on)).toEqual([own]);
    expect(withPreset(withPreset(on, name, 1), name, null).rules).toEqual([own]);
  });

  it("stay on when the gateway has filled in what they did not say", () => {
    const filled = withPreset(none, "latency", 1);
    const [rule] = filled.rules;
    const sorted = rule && { ...rule, effect: Object.fromEntries(Object.entries(rule.effect).reverse()) };
    expect(shareOf({ ...filled, rules: [sorted as typeof own] }, "latency")).toBe(1);
  });
});

describe("pasted form fields", () => {
  const fields = [
    { name: "To", value: "+1 2" },
    { name: "Body", value: "a&b=c" },
  ];
  it("are read from a raw body, and line by line", () => {
    expect(readFormFields("To=%2B1+2&Body=a%26b%3Dc")).toEqual(fields);
    expect(readFormFields("To: +1 2\nBody: a&b=c\n")).toEqual(fields);
    expect(readFormFields("Body: only one")).toEqual([{ name: "Body", value: "only one" }]);
    expect(readFormFields("  ")).toEqual([]);
  });
});
