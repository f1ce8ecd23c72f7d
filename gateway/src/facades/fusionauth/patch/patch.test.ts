import fc from "fast-check";
import { createPatch } from "rfc6902";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../json/parse.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { mergeLegacy } from "./legacy-merge.ts";
import { applyMergePatch } from "./merge-patch.ts";

const rules = { replaced: ["messenger.messageTypes"], ignored: ["messenger.type"] };

describe("JSON Patch", () => {
  // RFC 6902, appendix A: document, patch, what it becomes (or why it does not).
  it.each<[string, Json, Json, Json | "problem" | "test-failed"]>([
    ["A.1", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
    ["A.2", { foo: ["bar", "baz"] }, [{ op: "add", path: "/foo/1", value: "qux" }], { foo: ["bar", "qux", "baz"] }],
    ["A.3", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    ["A.4", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
    ["A.5", { baz: "qux", foo: "bar" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo", foo: "bar" }],
    [
      "A.6",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      "A.8",
      { baz: "qux", foo: ["a", 2, "c"] },
      [
        { op: "test", path: "/baz", value: "qux" },
        { op: "test", path: "/foo/1", value: 2 },
      ],
      { baz: "qux", foo: ["a", 2, "c"] },
    ],
    ["A.9", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }], "test-failed"],
    [
      "A.10",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    ["A.11", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux", xyz: 123 }], { foo: "bar", baz: "qux" }],
    ["A.12", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }], "problem"],
    ["A.14", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    ["A.15", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }], "test-failed"],
    [
      "A.16",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
    ["copy", { a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }], { a: { b: 1 }, c: { b: 1 } }],
    ["the whole", { a: 1 }, [{ op: "replace", path: "", value: { b: 2 } }], { b: 2 }],
    [
      "big numbers",
      { a: 9007199254740993n },
      [{ op: "test", path: "/a", value: 9007199254740993n }],
      { a: 9007199254740993n },
    ],
  ])("%s", (_name, document, patch, becomes) => {
    const before = structuredClone(document);
    const result = applyJsonPatch(document as JsonObject, patch);
    expect(result).toMatchObject(typeof becomes === "string" ? { kind: becomes } : { kind: "patched" });
    if (result.kind === "patched") expect(result.value).toEqual(becomes);
    expect(document).toEqual(before);
  });

  it.each<[string, Json]>([
    ["no array", { op: "add", path: "/a", value: 1 }],
    ["no object", ["add"]],
    ["no op", [{ path: "/a", value: 1 }]],
    ["an unknown op", [{ op: "spam", path: "/a", value: 1 }]],
    ["no path", [{ op: "add", value: 1 }]],
    ["a path that is no text", [{ op: "remove", path: 1 }]],
    ["a path without a slash", [{ op: "add", path: "a", value: 1 }]],
    ["a broken escape", [{ op: "add", path: "/a~2", value: 1 }]],
    ["no value", [{ op: "add", path: "/b" }]],
    ["no from", [{ op: "copy", path: "/b" }]],
    ["an index that is none", [{ op: "add", path: "/list/01", value: 1 }]],
    ["an index beyond the end", [{ op: "add", path: "/list/4", value: 1 }]],
    ["replacing the end", [{ op: "replace", path: "/list/-", value: 1 }]],
    ["removing nothing", [{ op: "remove", path: "/nothing" }]],
    ["the length of an array", [{ op: "replace", path: "/list/length", value: 0 }]],
    ["inside a text", [{ op: "test", path: "/text/length", value: 3 }]],
    ["inherited members", [{ op: "copy", from: "/toString", path: "/b" }]],
    ["into itself", [{ op: "move", from: "/object", path: "/object/inner" }]],
    ["a prototype", [{ op: "add", path: "/__proto__/polluted", value: 1 }]],
    ["a constructor's prototype", [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }]],
    ["nothing left", [{ op: "remove", path: "" }]],
    ["a test without a value", [{ op: "test", path: "/text" }]],
    ["too many operations", Array.from({ length: 10_001 }, () => ({ op: "test", path: "/text", value: "abc" }))],
  ])("refuses %s", (_name, patch) => {
    const document = { list: [1, 2, 3], text: "abc", object: { a: 1 } };
    const result = applyJsonPatch(document, patch);
    expect(result.kind === "problem" || (result.kind === "patched" && result.value === null)).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(document).toEqual({ list: [1, 2, 3], text: "abc", object: { a: 1 } });
  });

  it("stops copies that double what is there, and arrays that grow in the middle", () => {
    const doubling = Array.from({ length: 60 }, () => ({ op: "copy", from: "/a", path: "/a/-" }));
    expect(applyJsonPatch({ a: ["x".repeat(100)] }, doubling)).toMatchObject({ kind: "problem" });
    const long = { a: Array.from({ length: 100_000 }, () => 0) };
    const inFront = Array.from({ length: 9_999 }, () => ({ op: "add", path: "/a/0", value: 1 }));
    expect(applyJsonPatch(long, inFront)).toMatchObject({ kind: "problem" });
    const compared = [{ op: "test", path: "/a", value: Array.from({ length: 100_000 }, (_, index) => index) }];
    expect(applyJsonPatch(long, compared)).toEqual({ kind: "test-failed" });
  });

  it("makes of any document what the difference to another one says", () => {
    const document = fc
      .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
      .map((one) => JSON.parse(JSON.stringify(one)));
    fc.assert(
      fc.property(document, document, (one, other) => {
        fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify([one, other])));
        const result = applyJsonPatch(one, createPatch(one, other) as unknown as Json);
        expect(result).toEqual({ kind: "patched", value: other });
      }),
      { numRuns: 200 },
    );
  });
});

describe("JSON Merge Patch", () => {
  // RFC 7396, appendix A: original, patch, result.
  it.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("makes of %j with %j", (original, patch, result) => {
    expect(applyMergePatch(original, patch)).toEqual(result);
  });
});

describe("the legacy merge", () => {
  const twilio = {
    type: "Twilio",
    name: "T",
    fromPhoneNumber: "+1",
    debug: true,
    messageTypes: ["SMS"],
    data: { a: [1, 2], o: { x: 1, y: 2 }, s: "v" },
  };
  const { data } = twilio;

  it.each<[string, JsonObject, JsonObject]>([
    ["a text", { name: "N" }, { ...twilio, name: "N" }],
    ["null", { debug: null }, { ...twilio, debug: undefined as unknown as Json }],
    [
      "an array, appended with its duplicates",
      { data: { a: [2, 3] } },
      { ...twilio, data: { ...data, a: [1, 2, 2, 3] } },
    ],
    ["an object, deeply", { data: { o: { y: 9, z: 3 } } }, { ...twilio, data: { ...data, o: { x: 1, y: 9, z: 3 } } }],
    ["nulls, deeply", { data: { s: null, o: { x: null } } }, { ...twilio, data: { a: [1, 2], o: { y: 2 } } }],
    ["a number in the place of an array", { data: { a: 5 } }, { ...twilio, data: { ...data, a: 5 } }],
    ["an array in the place of a text", { data: { s: [1] } }, { ...twilio, data: { ...data, s: [1] } }],
    ["an empty object", { data: {} }, twilio],
    ["message types, replaced", { messageTypes: ["Voice"] }, { ...twilio, messageTypes: ["Voice"] }],
    ["the type, ignored", { type: "Generic" }, twilio],
    ["nothing", {}, twilio],
  ])("merges %s", (_name, patch, becomes) => {
    const merged = mergeLegacy({ messenger: twilio }, { messenger: patch }, rules);
    expect(merged).toEqual({ messenger: JSON.parse(JSON.stringify(becomes)) });
  });

  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
  const name = fc.constantFrom("a", "b", "c", "d");
  const tree = fc.letrec<{ node: JsonObject }>((tie) => ({
    node: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, scalar, tie("node")), {
      maxKeys: 4,
    }) as fc.Arbitrary<JsonObject>,
  })).node;
  const changes = fc.letrec<{ node: JsonObject }>((tie) => ({
    node: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, scalar, fc.constant(null), tie("node")), {
      maxKeys: 4,
    }) as fc.Arbitrary<JsonObject>,
  })).node;

  it("and the merge patch agree wherever there are no arrays", () => {
    fc.assert(
      fc.property(tree, changes, (target, patch) => {
        expect(mergeLegacy(target, patch, { replaced: [], ignored: [] })).toEqual(applyMergePatch(target, patch));
      }),
      { numRuns: 300 },
    );
  });

  it("and the two others agree on changes of single values", () => {
    fc.assert(
      fc.property(tree, name, scalar, (target, member, value) => {
        const merged = applyMergePatch(target, { [member]: value });
        expect(mergeLegacy(target, { [member]: value }, { replaced: [], ignored: [] })).toEqual(merged);
        const patched = applyJsonPatch(target, [{ op: "add", path: `/${member}`, value }]);
        expect(patched).toEqual({ kind: "patched", value: merged });
      }),
      { numRuns: 200 },
    );
  });

  it("keeps what it does not name, and can be said twice unless it appends", () => {
    fc.assert(
      fc.property(tree, changes, (target, patch) => {
        const once = mergeLegacy(target, patch, { replaced: [], ignored: [] });
        expect(mergeLegacy(once, patch, { replaced: [], ignored: [] })).toEqual(once);
        for (const member of Object.keys(target)) {
          if (!(member in patch)) expect(once[member]).toEqual(target[member]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
