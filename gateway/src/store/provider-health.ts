// What the checks of providers said.

import type { AccountSid, Uuid } from "../core/ids.ts";
import { uuidOf } from "../core/ids.ts";
import type { ProviderHealth } from "../core/providers/provider.ts";
import type { Queryable } from "./database.ts";

interface HealthRow {
  provider_id: Uuid;
  state: ProviderHealth["state"];
  code: number | null;
  reason: string | null;
  warnings: string[];
  upstream: ProviderHealth["upstream"];
  since: Date;
  checked_at: Date;
  checked_by: ProviderHealth["checkedBy"];
}

export type ProviderFinding = Omit<ProviderHealth, "since">;

const UPSERT = {
  name: "provider_health_upsert",
  text: `
    with before as (select state from provider_health where account_id = $1 and provider_id = $2)
    insert into provider_health
      (account_id, provider_id, state, code, reason, warnings, upstream, since, checked_at, checked_by)
    select $1, $2, $3, $4, $5, $6::text[], $7, $8, $8, $9
    where exists (select from providers where account_id = $1 and id = $2)
    on conflict (account_id, provider_id) do update
      set state = excluded.state, code = excluded.code, reason = excluded.reason, warnings = excluded.warnings,
        upstream = case when excluded.upstream = '{}' then provider_health.upstream else excluded.upstream end,
        since = case when provider_health.state = excluded.state then provider_health.since else excluded.since end,
        checked_at = excluded.checked_at, checked_by = excluded.checked_by
    returning *, (select state from before) as before`,
};

/** Stores what a check found. Resolves to the health as it is now and the state before; null: the provider is gone. */
export async function storeProviderFinding(
  db: Queryable,
  accountSid: AccountSid,
  providerId: Uuid,
  finding: ProviderFinding,
): Promise<{ readonly health: ProviderHealth; readonly before: ProviderHealth["state"] | null } | null> {
  const [row] = await db.query<HealthRow & { before: ProviderHealth["state"] | null }>(UPSERT, [
    uuidOf(accountSid),
    providerId,
    finding.state,
    finding.code,
    finding.reason,
    finding.warnings,
    JSON.stringify(finding.upstream),
    finding.checkedAt,
    finding.checkedBy,
  ]);
  return row === undefined ? null : { health: toHealth(row), before: row.before };
}

const OF_PROVIDERS = {
  name: "provider_health_of",
  text: "select * from provider_health where account_id = $1 and provider_id = any($2::uuid[])",
};

/** Of those that were ever checked. */
export async function loadProviderHealth(
  db: Queryable,
  accountSid: AccountSid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, ProviderHealth>> {
  if (ids.length === 0) return new Map();
  const rows = await db.query<HealthRow>(OF_PROVIDERS, [uuidOf(accountSid), ids]);
  return new Map(rows.map((row) => [row.provider_id, toHealth(row)]));
}

function toHealth(row: HealthRow): ProviderHealth {
  const { state, code, reason, warnings, upstream, since } = row;
  return { state, code, reason, warnings, upstream, since, checkedAt: row.checked_at, checkedBy: row.checked_by };
}
