import { expect, it } from "vitest";
import { numberForms } from "./number-forms.ts";

it.each([
  ["+1 (202) 555-0142", ["+12025550142"]],
  ["12025550142", ["+12025550142"]],
  ["202 555 0142", ["+12025550142", "+2025550142"]],
  ["(202) 555-0142", ["+12025550142", "+2025550142"]],
  ["0049 30 123456", ["+4930123456"]],
  ["4930123456", ["+4930123456"]],
  ["12345", ["+12345", "12345"]],
  ["whatsapp:+12025550142", ["whatsapp:+12025550142"]],
  ["ACME", ["ACME"]],
])("who looks for %j is shown what is stored as %j", (typed, forms) => {
  expect(numberForms(typed)).toEqual(forms);
});
