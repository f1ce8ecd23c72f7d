// The safe list as /openapi.json describes it.

import { type Description, fieldsOf, needed, text } from "../../openapi/describe.ts";

const path = "/v1/SafeList/Numbers";
const number = { PhoneNumber: needed(text("E.164, or a prefix that ends in `xxx` for a thousand numbers.")) };

export const safeListDescription: Description = {
  tag: "safe list",
  about: "Numbers that no protection blocks.",
  schemas: { SafeListEntry: fieldsOf(text(), "sid", "phone_number") },
  operations: [
    { method: "post", path, summary: "Add a number", form: number, status: 201, answer: "SafeListEntry" },
    { method: "get", path, summary: "Find a number", query: number, status: 200, answer: "SafeListEntry" },
    { method: "delete", path, summary: "Take a number off", query: number, status: 204 },
  ],
};
