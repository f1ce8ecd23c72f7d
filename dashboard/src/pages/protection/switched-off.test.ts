import { expect, it } from "vitest";
import { readSwitchedOff } from "./switched-off.ts";

const change = (at: string, before: readonly string[], after: readonly string[]) => ({
  ...{ at, before: { disabledCountries: before }, after: { disabledCountries: after } },
});

it("tells when each country was last switched off, also behind pages on which there is nothing", async () => {
  const pages = [
    { entries: [change("4", ["DE", "FR"], ["DE", "FR", "US"])], next: "b" },
    { entries: [], next: "c" },
    { entries: [change("3", ["DE"], ["DE", "FR"]), change("2", ["FR"], [])], next: "d" },
    { entries: [change("1", [], ["DE", "FR"])], next: null },
  ];
  const asked: (string | null)[] = [];
  const times = await readSwitchedOff(async (before) => {
    asked.push(before);
    return pages[asked.length - 1] ?? { entries: [], next: null };
  });
  expect(asked).toEqual([null, "b", "c", "d"]);
  expect(Object.fromEntries(times)).toEqual({ US: "4", FR: "3", DE: "1" });
});

it("does not read on for ever", async () => {
  let asked = 0;
  await readSwitchedOff(async () => {
    asked += 1;
    return { entries: [], next: `${asked}` };
  });
  expect(asked).toBe(20);
});
