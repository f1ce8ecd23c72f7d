// Entries of the audit log as the native API shows them, as JSON and as lines of CSV.

import type { z } from "zod";
import type { AuditRecord } from "../../../services/audit-log.ts";
import { csvCell } from "../csv.ts";
import type { auditEntry } from "./schema.ts";

const changesMax = 200;

export function presentEntry(record: AuditRecord): z.output<typeof auditEntry> {
  const { id, at, scope, actor, action, subject, before, after, changes } = record;
  return {
    ...{ id, at: at.toISOString(), scope, actor, action, subject },
    ...{ before: before && { ...before }, after: after && { ...after } },
    changes: changes.slice(0, changesMax).map((change) => ({ ...change })),
    moreChanges: Math.max(0, changes.length - changesMax),
  };
}

export const csvHeader = "time,actor,actor_name,action,subject,subject_name,changes\r\n";

/** `changes` is the whole difference, as JSON. */
export function presentLine({ at, actor, action, subject, changes }: AuditRecord): string {
  const who = actor.id === null ? actor.kind : `${actor.kind} ${actor.id}`;
  const names = [who, actor.label ?? "", action, subject.id, subject.label ?? ""].map(csvCell);
  return `${at.toISOString()},${names.join(",")},${csvCell(JSON.stringify(changes))}\r\n`;
}
