import { expect, it } from "vitest";
import { subaccountName } from "./subaccount-name.ts";

it.each([
  ["2024-01-31T00:04:00Z", "2024-01-31 12:04 am"],
  ["2024-01-31T09:59:59Z", "2024-01-31 09:59 am"],
  ["2024-01-31T12:34:00Z", "2024-01-31 12:34 pm"],
  ["2024-01-31T23:00:00Z", "2024-01-31 11:00 pm"],
])("names a subaccount made at %s", (at, name) => {
  expect(subaccountName(Date.parse(at))).toBe(`SubAccount Created at ${name}`);
});
