import { describe, expect, it } from "vitest";
import { faultDocumentSchema } from "./fault-rules.ts";

function complaints(document: unknown): string[] {
  const { error } = faultDocumentSchema.safeParse(document);
  return error?.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? [];
}

describe("fault documents", () => {
  it("get every default written out", () => {
    expect(faultDocumentSchema.parse({ rules: [{ effect: { type: "server-error" } }] })).toEqual({
      seed: 0,
      seedBy: "content",
      rules: [{ match: { to: "*", from: "*", probability: 1 }, effect: { type: "server-error", status: 500 } }],
    });
  });

  it.each([
    [{ rules: [], sed: 1 }, ': Unrecognized key: "sed"'],
    [{ rules: [{ match: { too: "*" }, effect: { type: "no-report" } }] }, 'rules.0.match: Unrecognized key: "too"'],
    [{ rules: [{ effect: { type: "no-report", ms: 1 } }] }, 'rules.0.effect: Unrecognized key: "ms"'],
  ])("an unknown key is refused by its name and place: %j", (document, complaint) => {
    expect(complaints(document)).toEqual([complaint]);
  });

  it.each([
    [{ rules: [{ effect: { type: "explode" } }] }, /^rules\.0\.effect\.type: .*'latency'.*'reordered-report'/],
    [{ rules: [{ match: { to: "Bob" }, effect: { type: "no-report" } }] }, /^rules\.0\.match\.to: must be a number/],
    [{ rules: [{ match: { probability: 2 }, effect: { type: "no-report" } }] }, /^rules\.0\.match\.probability: /],
    [{ rules: [{ match: { times: 0 }, effect: { type: "no-report" } }] }, /^rules\.0\.match\.times: /],
    [{ rules: [{ effect: { type: "server-error", status: 404 } }] }, /^rules\.0\.effect\.status: .*503/],
    [{ seed: -1, rules: [] }, /^seed: /],
    [{}, /^rules: /],
  ])("a wrong value is refused with where it stands and what it takes: %j", (document, complaint) => {
    expect(complaints(document)).toEqual([expect.stringMatching(complaint)]);
  });
});
