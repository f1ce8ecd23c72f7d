import { describe, expect, it } from "vitest";
import { countText, specialCharacters } from "./gsm.ts";
import { isNarrowed, numberIn, readSearch, sidIn, toQuery } from "./search.ts";

const sid = `SM${"0123456789abcdef".repeat(2)}`;

describe("what somebody typed", () => {
  it.each([
    ["+1 (202) 555-0142", "+12025550142"],
    ["12025550142", "+12025550142"],
    ["123456", null],
    ["Code 12345678", null],
    ["", null],
  ])("%j is the number %j", (typed, number) => {
    expect(numberIn(typed)).toBe(number);
  });

  it("is a message when it is a whole SID, in any case", () => {
    expect(sidIn(` ${sid.toUpperCase()} `)).toBe(sid);
    expect([sidIn(sid.slice(1)), sidIn("SM1")]).toEqual([null, null]);
  });
});

describe("the address", () => {
  it("keeps what makes sense and leaves out the rest", () => {
    expect(
      readSearch({ q: 12025550142, code: "30003", direction: "sideways", since: "1h", live: "yes", x: 1 }),
    ).toEqual({
      ...{ q: "12025550142", code: 30003, since: "1h" },
    });
    expect([isNarrowed({}), isNarrowed({ live: true }), isNarrowed({ code: 1 })]).toEqual([false, false, true]);
  });

  it("becomes what the gateway is asked", () => {
    const nowMs = Date.parse("2026-01-02T00:00:00Z");
    expect(toQuery({ q: "hello", direction: "in", since: "24h" }, nowMs, 10)).toEqual({
      ...{ textOrSender: "hello", direction: "inbound", since: "2026-01-01T00:00:00.000Z", limit: 10 },
    });
    expect(toQuery({ q: "+12025550142", code: 1, provider: "p" }, nowMs, 10)).toEqual({
      ...{ number: "+12025550142", errorCode: 1, provider: "p", limit: 10 },
    });
    expect(toQuery({ q: " 202 555 0142 " }, nowMs, 10)).toEqual({ number: "202 555 0142", limit: 10 });
  });
});

describe("a text that is being typed", () => {
  it.each([
    ["", "GSM-7", 1, 160],
    ["a".repeat(160), "GSM-7", 1, 160],
    ["a".repeat(161), "GSM-7", 2, 306],
    ["€".repeat(81), "GSM-7", 2, 306],
    ["ê", "UCS-2", 1, 70],
    ["ê".repeat(71), "UCS-2", 2, 134],
  ] as const)("%j counts as it is sent", (text, encoding, segments, room) => {
    expect(countText(text)).toMatchObject({ encoding, segments, room });
  });

  it("names each character once that makes it longer", () => {
    expect(specialCharacters("“Ça” va “être”")).toEqual(["“", "”", "ê"]);
  });
});
