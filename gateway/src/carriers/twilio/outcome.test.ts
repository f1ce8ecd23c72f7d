import { describe, expect, it } from "vitest";
import type { Answer } from "./exchange.ts";
import { outcomeOf } from "./outcome.ts";
import { refusalByCode } from "./outcome-table.ts";

const context = { nowMs: 0, secrets: [] };

function answer(status: number, body: unknown, headers: Answer["headers"] = {}): Answer {
  return { kind: "answer", status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function refusal(status: number, code: number | string | null) {
  return outcomeOf(answer(status, { code, message: "why", more_info: "", status }), context);
}

/** Every code of the sheet's tables of create and delivery errors that is a reason of a refusal, by what follows it. */
const rows: Readonly<Record<string, readonly (readonly [number, number | null])[]>> = {
  retry: [
    [429, 20429],
    [429, 21611],
    [400, 21611],
    [400, 30001],
    [400, 30017],
    [400, 30022],
    [503, 20503],
  ],
  "next-provider": [
    [401, 20003],
    [403, 20005],
    [403, 20006],
    [403, 20008],
    [404, 20404],
    [405, 20004],
    [401, 70051],
    ...[21212, 21266, 21408, 21603, 21606, 21608, 21609, 21612, 21616, 21621, 21622, 21657, 21659, 21660, 21661].map(
      (code) => [400, code] as const,
    ),
    ...[21664, 21665, 21666, 21667, 21668, 21702, 21703, 21704, 21705, 21709, 21711, 21910].map(
      (code) => [400, code] as const,
    ),
    [404, 21701],
    ...[30002, 30023, 30024, 30027, 30032, 30033, 30034, 30035, 30037, 63001, 63038].map(
      (code) => [400, code] as const,
    ),
    // What nobody has heard of is a refusal of this provider: another one may take it.
    [400, 20001],
    [400, 99999],
    [422, 20422],
  ],
  refused: [
    ...[21211, 21602, 21604, 21610, 21614, 21617, 21618, 21619, 21620, 21623, 21624, 21627, 21635].map(
      (code) => [400, code] as const,
    ),
    ...[21654, 21655, 21656, 21658].map((code) => [400, code] as const),
    ...[30003, 30004, 30005, 30006, 30007, 30010, 30019, 30036, 30038, 30039, 30450, 30453].map(
      (code) => [400, code] as const,
    ),
    ...[63003, 63016, 63024].map((code) => [400, code] as const),
  ],
  unknown: [
    [500, 20500],
    [502, 21211],
    [503, 21610],
    [504, null],
    [409, 20409],
    [408, null],
  ],
};

describe("the outcome table", () => {
  for (const [kind, pairs] of Object.entries(rows)) {
    it.each(pairs)(`${kind}: %i with %s`, (status, code) => {
      const outcome = refusal(status, code);
      expect(outcome.kind).toBe(kind);
      if (outcome.kind !== "unknown" && outcome.kind !== "accepted" && code !== null) {
        expect(outcome.errorCode).toBe(code);
      }
    });
  }

  it("has a test for each of its rows", () => {
    const tested = new Set(Object.values(rows).flatMap((pairs) => pairs.map(([, code]) => code)));
    expect([...refusalByCode.keys()].filter((code) => !tested.has(code))).toEqual([]);
  });

  it.each([
    [400, "next-provider", 30008],
    [401, "next-provider", 20003],
    [403, "next-provider", 20006],
    [404, "next-provider", 20404],
    [429, "retry", 20429],
  ])("goes by the status %i when there is no code: %s", (status, kind, errorCode) => {
    for (const body of ["", "<h1>no</h1>", "null", "[]", '{"code":"word"}', '{"code":-1}', '{"message":7}']) {
      expect(outcomeOf(answer(status, body), context)).toMatchObject({ kind, errorCode });
    }
  });

  it("tells apart what concerns the credentials from what concerns one message", () => {
    expect(refusal(401, 20003)).toHaveProperty("rejected", true);
    expect(refusal(403, 20005)).toHaveProperty("rejected", true);
    expect(refusal(401, null)).toHaveProperty("rejected", true);
    expect(refusal(400, 21606)).not.toHaveProperty("rejected");
    expect(refusal(403, 21408)).not.toHaveProperty("rejected");
  });

  it("reads codes that are text, and problem details", () => {
    expect(refusal(400, "21211")).toMatchObject({ kind: "refused", errorCode: 21211 });
    const problem = {
      type: "about:blank",
      title: "Bad",
      status: 400,
      code: 21610,
      detail: "The recipient has opted out",
    };
    expect(outcomeOf(answer(400, problem), context)).toEqual({
      kind: "refused",
      errorCode: 21610,
      reason: "400, 21610: The recipient has opted out",
    });
  });

  it("takes a message that is failed from the start for refused, by its code", () => {
    const created = (code: unknown) =>
      outcomeOf(answer(201, { sid: "SM1", status: "failed", error_code: code }), context);
    expect(created(21610)).toMatchObject({ kind: "refused", errorCode: 21610 });
    expect(created("30001")).toMatchObject({ kind: "retry", errorCode: 30001 });
    expect(created(null)).toMatchObject({ kind: "next-provider", errorCode: 30008 });
  });

  it("accepts any 2xx with a sid, also of servers whose ids are UUIDs", () => {
    for (const status of [200, 201, 202]) {
      const sid = "0199aaaa-0000-7000-8000-000000000001";
      expect(outcomeOf(answer(status, { sid }), context)).toEqual({ kind: "accepted", carrierMessageId: sid });
    }
  });
});
