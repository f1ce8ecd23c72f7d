import { expect, it } from "vitest";
import { csvCell } from "./csv.ts";

it.each(["=1+1", "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\n\n=1"])(
  "lets no spreadsheet run %j as a formula",
  (text) => {
    expect(csvCell(text)).toMatch(/^"?'/);
  },
);

it("leaves phone numbers and other text as they are", () => {
  expect(["+12025550142", "plain", 'a "b", c\n'].map(csvCell)).toEqual(["+12025550142", "plain", '"a ""b"", c\n"']);
});
