// What an entry of the audit log names: its actor by the actor's kind, its subject by what was done to it. Callers choose
// ids of theirs, so an id alone must never be looked up: it could be that of somebody else's key, or of a person.

import type { Actor } from "../core/audit/actor.ts";
import { type Uuid, uuidOf } from "../core/ids.ts";
import type { AuditLabel, LabelKind } from "../store/audit-labels.ts";
import type { AuditRow } from "../store/audit-lists.ts";

export type LabelName = Pick<AuditLabel, "kind" | "id">;

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const numericForm = /^\d{10,20}$/;
const sidForm = /^[A-Z]{2}[0-9a-f]{32}$/;

const actorKinds: ReadonlyMap<string, LabelKind> = new Map([
  ["access-key", "access-key"],
  ["admin", "user"],
  ["api-key", "api-key"],
  ["auth-token", "account"],
  ["client", "client"],
  ["endpoint-key", "endpoint-key"],
  ["personal-access-token", "personal-access-token"],
  ["provider", "provider"],
  ["service-account", "service-account"],
  ["user", "user"],
]);

/** Null: there is nothing that could be looked up. */
export function actorName({ kind, id }: Actor): LabelName | null {
  const named = actorKinds.get(kind);
  const uuid = id === null ? null : uuidIn(id);
  return named === undefined || uuid === null ? null : { kind: named, id: uuid };
}

/** SIDs are UUIDs in the database. */
function uuidIn(id: string): Uuid | null {
  if (sidForm.test(id)) return uuidOf(id);
  return uuidForm.test(id) ? (id as Uuid) : null;
}

const sidKinds: ReadonlyMap<string, LabelKind> = new Map([
  ["AC", "account"],
  ["AI", "sender"],
  ["MG", "messaging-service"],
  ["PN", "sender"],
  ["SC", "sender"],
  ["SK", "api-key"],
]);

/** By the noun of the action, where a subject is a UUID. */
const nounKinds: ReadonlyMap<string, LabelKind> = new Map([
  ["access-key", "access-key"],
  ["admin", "user"],
  ["administrator", "user"],
  ["endpoint-key", "endpoint-key"],
  ["incoming-hook", "incoming-hook"],
  ["invitation", "user"],
  ["provider", "provider"],
  ["user", "user"],
]);

/** Null: there is nothing that could be looked up. */
export function subjectName({ action, subject }: Pick<AuditRow, "action" | "subject">): LabelName | null {
  const noun = action.slice(0, Math.max(0, action.indexOf(".")));
  const ofServiceAccount = noun === "service-account" || noun === "personal-access-token";
  if (numericForm.test(subject)) return ofServiceAccount ? { kind: "service-account-user", id: subject } : null;
  const kind = sidForm.test(subject) ? sidKinds.get(subject.slice(0, 2)) : nounKinds.get(noun);
  const uuid = uuidIn(subject);
  return kind === undefined || uuid === null ? null : { kind, id: uuid };
}
