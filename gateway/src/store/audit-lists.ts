// Reading the audit log, newest first. Only the subject and the time lead an index; everything else is looked for among a
// bounded number of rows a page, so that a rare action among millions costs many short pages and never one long statement.

import { type AccountSid, firstUuidAt, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface AuditFilter {
  /** Whole actions, or what actions begin with when it ends with a dot; one of them must match. */
  readonly actions?: readonly string[] | undefined;
  /** As it is stored, or its kind alone. */
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface AuditRow {
  /** UUIDv7: when it was written. */
  readonly id: Uuid;
  readonly accountSid: AccountSid;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export interface AuditPage {
  /** Newest first; may be fewer than asked for although there are more. */
  readonly rows: readonly AuditRow[];
  /** `before` of the next page; null on the last. */
  readonly next: Uuid | null;
}

export interface AuditPageQuery extends AuditFilter {
  /** Only rows older than this one. */
  readonly before: Uuid | null;
  readonly limit: number;
}

/** Rows that one page looks through: 30 to 80 ms among 300,000, on a busy machine. */
const scannedMax = 20_000;

interface StoredRow extends Omit<AuditRow, "accountSid"> {
  readonly account_id: Uuid;
}

/** One page of the log of `accountSid`, with what stands under `also` (the installation) among it. */
export async function listAudit(
  db: Queryable,
  { accountSid, also }: { readonly accountSid: AccountSid; readonly also: AccountSid | null },
  query: AuditPageQuery,
): Promise<AuditPage> {
  const values: unknown[] = [query.limit + 1];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const indexed = indexedConditions(query, add);
  const asked = askedConditions(query, add);
  const matches = asked.length === 0 ? "true" : asked.join(" and ");
  const most = asked.length === 0 ? "$1" : String(scannedMax);
  const accounts = also === null ? [accountSid] : [accountSid, also];
  const scans = accounts.map((sid) => {
    const conditions = [`account_id = ${add(uuidOf(sid))}::uuid`, ...indexed].join(" and ");
    return `(select account_id, id, ${matches} as found from audit where ${conditions} order by id desc limit ${most})`;
  });
  const rows = await db.query<StoredRow & { scanned: number; last_id: Uuid | null } & Record<string, unknown>>(
    `with looked_at as materialized (
        select account_id, id, found from (${scans.join(" union all ")}) as scans order by id desc limit ${most}
      ), chosen as (
        select account_id, id from looked_at where found order by id desc limit $1
      ), edge as (
        select (select count(*) from looked_at)::int as scanned,
          (select id from looked_at order by id limit 1) as last_id
      )
      select a.*, edge.scanned, edge.last_id
      from edge left join (chosen join audit a using (account_id, id)) on true
      order by a.id desc`,
    values,
  );
  return pageOf(rows, query.limit);
}

function pageOf(
  found: readonly (StoredRow & { readonly scanned: number; readonly last_id: Uuid | null })[],
  limit: number,
): AuditPage {
  const [edge] = found;
  const rows = found.filter((row) => row.id !== null).map(toRow);
  const page = rows.slice(0, limit);
  if (rows.length > limit) return { rows: page, next: page.at(-1)?.id ?? null };
  return { rows: page, next: edge !== undefined && edge.scanned >= scannedMax ? edge.last_id : null };
}

function toRow({ account_id, id, actor, action, subject, before, after }: StoredRow): AuditRow {
  return { id, accountSid: sidOf("AC", account_id), actor, action, subject, before, after };
}

type Add = (value: unknown) => string;

function indexedConditions({ before, since, until, subject }: AuditPageQuery, add: Add): string[] {
  return [
    ...(before === null ? [] : [`id < ${add(before)}::uuid`]),
    ...(since === undefined ? [] : [`id >= ${add(firstUuidAt(since.getTime()))}::uuid`]),
    ...(until === undefined ? [] : [`id < ${add(firstUuidAt(until.getTime()))}::uuid`]),
    ...(subject === undefined ? [] : [`subject = ${add(subject)}`]),
  ];
}

function askedConditions({ actions, actor }: AuditFilter, add: Add): string[] {
  const asked: string[] = [];
  if (actions !== undefined) {
    const parts = actions.map((action) => {
      const value = add(action);
      return action.endsWith(".") ? `starts_with(action, ${value})` : `action = ${value}`;
    });
    asked.push(`(${parts.join(" or ")})`);
  }
  if (actor !== undefined) {
    const value = add(actor);
    asked.push(actor.includes(" ") ? `actor = ${value}` : `(actor = ${value} or starts_with(actor, ${value} || ' '))`);
  }
  return asked;
}
