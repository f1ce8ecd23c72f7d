import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesBetween } from "./changes.ts";

const told = (before: Record<string, unknown> | null, after: Record<string, unknown> | null) =>
  changesBetween(before, after).map((change) => [change.path, change.before, change.after]);

describe("the difference of two states", () => {
  it("names each setting that is another now, wherever it is nested, and no other", () => {
    const before = { name: "Primary", config: { baseUrl: "https://one", rate: 1, options: { deep: true } } };
    const after = { name: "Primary", config: { baseUrl: "https://two", rate: 1, options: { deep: false } } };
    expect(told(before, after)).toEqual([
      ["config.baseUrl", "https://one", "https://two"],
      ["config.options.deep", true, false],
    ]);
  });

  it("of something new or gone is all that it has; nothing, null and absent are the same", () => {
    const thing = { name: "A", pace: null, tags: ["a", "b"], config: { url: "u" } };
    expect(told(null, thing)).toEqual([
      ["name", null, "A"],
      ["tags", null, ["a", "b"]],
      ["config.url", null, "u"],
    ]);
    expect(told(thing, null)).toEqual([
      ["name", "A", null],
      ["tags", ["a", "b"], null],
      ["config.url", "u", null],
    ]);
    expect(told({ a: null }, {})).toEqual([]);
    expect(told(null, null)).toEqual([]);
  });

  it("of a list without an order is who came and who went", () => {
    expect(told({ countries: ["AT", "FR", "US"] }, { countries: ["AT", "DE", "US"] })).toEqual([
      ["countries[]", "FR", null],
      ["countries[]", null, "DE"],
    ]);
    expect(told({ chain: ["z", "b"] }, { chain: ["z", "b", "c"] })).toEqual([["chain[]", null, "c"]]);
  });

  it("of a list whose order matters is the lists themselves", () => {
    expect(told({ chain: ["b", "a"] }, { chain: ["a", "b"] })).toEqual([["chain", ["b", "a"], ["a", "b"]]]);
    const [before, after] = [
      ["b", "a"],
      ["b", "c", "a"],
    ];
    expect(told({ chain: before }, { chain: after })).toEqual([["chain", before, after]]);
    expect(told({ chain: ["a", "a"] }, { chain: ["a"] })).toEqual([["chain", ["a", "a"], ["a"]]]);
    expect(told({ chain: ["a"] }, { chain: [] })).toEqual([["chain", ["a"], []]]);
  });

  it("matches the items of a list by what names them, and tells when only their order is another", () => {
    const one = { number: "+1", region: "us" };
    const two = { number: "+2", region: "eu" };
    expect(told({ numbers: [one, two] }, { numbers: [{ ...two, region: "as" }] })).toEqual([
      ["numbers[+1].number", "+1", null],
      ["numbers[+1].region", "us", null],
      ["numbers[+2].region", "eu", "as"],
    ]);
    expect(told({ numbers: [one, two] }, { numbers: [two, one] })).toEqual([["numbers[]", ["+1", "+2"], ["+2", "+1"]]]);
  });

  it("compares other lists place by place", () => {
    expect(told({ rules: [{ do: "a" }, { do: "b" }] }, { rules: [{ do: "a" }, { do: "c" }, [1]] })).toEqual([
      ["rules[1].do", "b", "c"],
      ["rules[2]", null, [1]],
    ]);
  });

  it("tells of secrets that they changed, and nothing else", () => {
    expect(told({ name: "A" }, { name: "A", changedUnseen: ["authToken"] })).toEqual([
      ["authToken", "[secret]", "[secret]"],
    ]);
    expect(told({ name: "A" }, { name: "A", changedUnseen: [] })).toEqual([]);
  });

  it("takes no name for more than a name, and no depth for too deep", () => {
    const odd = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "x"}') as Record<string, unknown>;
    expect(told({}, odd)).toEqual([
      ["__proto__.polluted", null, 1],
      ["constructor", null, "x"],
    ]);
    const nest = (leaf: number) => JSON.parse(`${'{"a":'.repeat(1_000)}${leaf}${"}".repeat(1_000)}`);
    expect(changesBetween(nest(1), nest(2))).toHaveLength(1);
  });

  it("is empty for equal states and tells of something for all others", () => {
    const fields = fc
      .dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 })
      .map((value) => sorted(withoutNothing(value)) as Json);
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        expect(changesBetween(before, structuredClone(before))).toEqual([]);
        const differs = JSON.stringify(before) !== JSON.stringify(after);
        expect(changesBetween(before, after).length > 0).toBe(differs);
      }),
    );
  });
});

type Json = Record<string, unknown>;

/** Null is nothing, and so says nothing; nor does a key of ours that has a meaning. */
function withoutNothing(value: unknown): Json {
  const clean = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.filter((item) => item !== null).map(clean);
    if (typeof one !== "object" || one === null) return Object.is(one, -0) ? 0 : one;
    const entries = Object.entries(one).flatMap(([key, inner]) =>
      inner === null ? [] : [[key, clean(inner)] as const],
    );
    return Object.fromEntries(entries.filter(([key]) => key !== "changedUnseen" && key !== "__proto__"));
  };
  return clean(value) as Json;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
