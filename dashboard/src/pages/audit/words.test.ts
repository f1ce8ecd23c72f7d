import { expect, it } from "vitest";
import { readAuditSearch, toAuditQuery } from "./search.ts";
import { deedOf, shortId, whoOf } from "./words.ts";

it("says what was done in a sentence, also for actions that it has never heard of", () => {
  expect(deedOf({ action: "provider.updated" })).toEqual(["changed provider ", ""]);
  expect(deedOf({ action: "safe-list.added" })).toEqual(["put ", " on the safe list"]);
  expect(deedOf({ action: "geo-permissions.updated" })).toHaveLength(1);
  expect(deedOf({ action: "lunch-break.taken" })).toEqual(["taken lunch break ", ""]);
  expect(deedOf({ action: "odd" })).toEqual(["odd ", ""]);
});

it("says which role somebody had and has, where the entry says it", () => {
  const change = { action: "user.role-changed", before: { role: "viewer" }, after: { role: "operator" } };
  expect(deedOf(change)).toEqual(["changed ", "’s role from Viewer to Operator"]);
  expect(deedOf({ ...change, before: { role: "toString" } })).toEqual(["changed the role of ", ""]);
});

it("names an actor by its label, else by its id, and the gateway as itself", () => {
  const id = "01980000-0000-7000-8000-00000000abcd";
  expect(whoOf({ kind: "access-key", id, label: "ci" })).toEqual({ name: "ci", kind: "Access key" });
  expect(whoOf({ kind: "access-key", id, label: null }).name).toBe("0198…00abcd");
  expect(whoOf({ kind: "retention", id: null, label: null })).toEqual({ name: "Trunkline", kind: "retention" });
  expect(shortId("+12025550100")).toBe("+12025550100");
});

it("takes from the address what makes sense, and asks the API for that", () => {
  expect(readAuditSearch({ who: "", what: "toString", subject: 220, since: "1y", more: 1 })).toEqual({
    subject: "220",
  });
  const search = readAuditSearch({ who: "admin", what: "senders", since: "24h" });
  expect(toAuditQuery(search, Date.UTC(2026, 0, 2))).toEqual({
    actor: "admin",
    action: "sender.,messaging-service.,application.",
    since: "2026-01-01T00:00:00.000Z",
  });
});
