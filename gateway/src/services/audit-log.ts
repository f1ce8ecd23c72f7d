// The audit log as people read it: pages of entries, with the names of who acted and of what was changed, and with what
// differs. Never shows a row of an account that was not asked for.

import { readActor } from "../core/audit/actor.ts";
import { type Change, changesBetween } from "../core/audit/changes.ts";
import { type AccountSid, isSid, type Uuid, uuidOf, uuidTimeMs } from "../core/ids.ts";
import { installationSid } from "../store/audit.ts";
import { type AuditLabel, findAuditLabels } from "../store/audit-labels.ts";
import { type AuditPageQuery, type AuditRow, listAudit } from "../store/audit-lists.ts";
import type { Queryable } from "../store/database.ts";

export interface AuditView {
  readonly accountSid: AccountSid;
  /** The account of whoever asks: its keys may act for subaccounts, and are named to their owner. */
  readonly callerSid: AccountSid;
  /** With what concerns the installation: people who act for every account. */
  readonly withInstallation: boolean;
}

export interface AuditRecord extends Omit<AuditRow, "actor" | "subject"> {
  readonly at: Date;
  readonly scope: "account" | "installation";
  /** `id` null: the gateway itself; `label` null: the name is not known (any more). */
  readonly actor: { readonly kind: string; readonly id: string | null; readonly label: string | null };
  readonly subject: {
    readonly id: string;
    readonly label: string | null;
    /** What can be looked at: a provider that is still there, or a message. */
    readonly kind: "provider" | "message" | null;
  };
  readonly changes: readonly Change[];
}

export interface AuditRecords {
  /** Newest first. */
  readonly records: readonly AuditRecord[];
  readonly next: Uuid | null;
}

/** One page, in two statements. */
export async function readAuditLog(db: Queryable, view: AuditView, query: AuditPageQuery): Promise<AuditRecords> {
  const { accountSid, callerSid, withInstallation } = view;
  const { rows, next } = await listAudit(db, { accountSid, also: withInstallation ? installationSid : null }, query);
  const labels = await labelsFor(db, [...new Set([accountSid, callerSid])], rows);
  return { records: rows.map((row) => recordOf(row, labels)), next };
}

type Labels = ReadonlyMap<string, AuditLabel>;

async function labelsFor(db: Queryable, accounts: readonly AccountSid[], rows: readonly AuditRow[]): Promise<Labels> {
  const named = new Set(rows.flatMap(({ actor, subject }) => [keyOf(readActor(actor).id), keyOf(subject)]));
  const ids = [...named].filter((id): id is Uuid => id !== null && uuidForm.test(id));
  const userIds = [...named].filter((id): id is string => id !== null && numericForm.test(id));
  if (ids.length + userIds.length === 0) return new Map();
  const found = await findAuditLabels(db, accounts, { ids, userIds });
  return new Map(found.map((label) => [label.id, label]));
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const numericForm = /^\d{10,20}$/;
const sidForm = /^[A-Z]{2}[0-9a-f]{32}$/;

/** Under what an id is looked up: SIDs are UUIDs in the database. Null: it is no id. */
function keyOf(id: string | null): string | null {
  if (id === null) return null;
  if (sidForm.test(id)) return uuidOf(id);
  return uuidForm.test(id) || numericForm.test(id) ? id : null;
}

function recordOf(row: AuditRow, labels: Labels): AuditRecord {
  const { id, actor: stored, subject, action, before, after } = row;
  const actor = readActor(stored);
  const thing = labels.get(keyOf(subject) ?? "");
  return {
    ...row,
    at: new Date(uuidTimeMs(id)),
    scope: row.accountSid === installationSid ? "installation" : "account",
    actor: { ...actor, label: shown(labels.get(keyOf(actor.id) ?? "")?.label) },
    // As it was called then, where the row says so.
    subject: { id: subject, label: nameIn(after) ?? nameIn(before) ?? shown(thing?.label), kind: kindOf(row, thing) },
    action,
    changes: changesBetween(before, after),
  };
}

function kindOf({ action, subject }: AuditRow, thing: AuditLabel | undefined): AuditRecord["subject"]["kind"] {
  if (thing?.kind === "provider") return "provider";
  return isSid(subject, "SM", "MM") && action !== "message.deleted" ? "message" : null;
}

const nameFields = ["name", "friendlyName", "email", "address", "phoneNumber", "number"] as const;

function nameIn(state: AuditRow["after"]): string | null {
  for (const field of nameFields) {
    const value = state?.[field];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

function shown(label: string | undefined): string | null {
  return label === undefined || label === "" ? null : label;
}
