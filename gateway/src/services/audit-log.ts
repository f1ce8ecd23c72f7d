// The audit log as people read it: pages of entries, with the names of who acted and of what was changed, and with what
// differs. Never shows a row of an account that was not asked for.

import { readActor } from "../core/audit/actor.ts";
import { type Change, changesBetween } from "../core/audit/changes.ts";
import { type AccountSid, isSid, type Uuid, uuidTimeMs } from "../core/ids.ts";
import { installationSid } from "../store/audit.ts";
import { type AuditLabel, findAuditLabels, type LabelKind } from "../store/audit-labels.ts";
import { type AuditPageQuery, type AuditRow, listAudit } from "../store/audit-lists.ts";
import type { Queryable } from "../store/database.ts";
import { actorName, type LabelName, subjectName } from "./audit-names.ts";

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
  return { records: rows.map((row) => recordOf(row, labels, accountSid)), next };
}

/** By what they name. */
type Labels = ReadonlyMap<string, readonly AuditLabel[]>;

async function labelsFor(db: Queryable, accounts: readonly AccountSid[], rows: readonly AuditRow[]): Promise<Labels> {
  const named = rows
    .flatMap((row) => [actorName(readActor(row.actor)), subjectName(row)])
    .filter((one): one is LabelName => one !== null);
  const idsOf = (wanted: (kind: LabelKind) => boolean) =>
    [...new Set(named.filter(({ kind }) => wanted(kind)).map(({ id }) => id))] as Uuid[];
  const people = idsOf((kind) => kind === "user");
  const userIds = idsOf((kind) => kind === "service-account-user");
  const ids = idsOf((kind) => kind !== "user" && kind !== "service-account-user");
  if (ids.length + people.length + userIds.length === 0) return new Map();
  return Map.groupBy(await findAuditLabels(db, accounts, { ids, people, userIds }), keyOf);
}

function recordOf(row: AuditRow, labels: Labels, ownSid: AccountSid): AuditRecord {
  const { id, actor: stored, subject, action, before, after } = row;
  const actor = readActor(stored);
  const [who] = found(labels, actorName(actor));
  // Another account, whose keys may act here, may have a thing of the same id.
  const thing = found(labels, subjectName(row)).find(({ accountSid }) => accountSid === null || accountSid === ownSid);
  return {
    ...row,
    at: new Date(uuidTimeMs(id)),
    scope: row.accountSid === installationSid ? "installation" : "account",
    actor: { ...actor, label: shown(who?.label) },
    // As it was called then, where the row says so.
    subject: { id: subject, label: nameIn(after) ?? nameIn(before) ?? shown(thing?.label), kind: kindOf(row, thing) },
    action,
    changes: changesBetween(before, after),
  };
}

function found(labels: Labels, name: LabelName | null): readonly AuditLabel[] {
  return (name && labels.get(keyOf(name))) ?? [];
}

function keyOf({ kind, id }: LabelName): string {
  return `${kind} ${id}`;
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
