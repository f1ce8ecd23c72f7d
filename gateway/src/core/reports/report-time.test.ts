import { expect, it } from "vitest";
import { reportTime } from "./report-time.ts";

const now = new Date("2026-11-20T12:00:00Z");

it("is what the upstream says where that may be so, and now where it may not", () => {
  const minutesAgo = new Date("2026-11-20T11:53:00Z");
  expect(reportTime(minutesAgo, now)).toEqual(minutesAgo);
  const odd = [
    "+010000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "2026-11-20T12:01:00Z",
    "soon",
  ];
  for (const text of odd) expect(reportTime(new Date(text), now)).toEqual(now);
});
