// What is left of deleted providers for as long as reports on what they took may come: enough to know their upstreams by and
// to ask them. Nothing is ever sent with it, and only those who take reports may read it.

import type { Sealer } from "../core/credentials/seal.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { ReportingProvider } from "../core/providers/provider.ts";
import type { Queryable, Statement } from "./database.ts";
import { openProviderSecrets } from "./providers.ts";

/** As long as a provider is asked about a message. */
const hoursKept = 36;

interface RetiredRow {
  account_id: Uuid;
  id: Uuid;
  kind: ReportingProvider["kind"];
  name: string;
  config: Record<string, unknown>;
  secrets_sealed: Buffer | null;
}

function toProvider(row: RetiredRow, sealer: Sealer): ReportingProvider {
  const { account_id: accountId, id, kind, name, config } = row;
  const accountSid = sidOf<AccountSid>("AC", accountId);
  return { accountSid, id, kind, name, config, secrets: openProviderSecrets(sealer, row) };
}

const FIND: Statement = {
  name: "retired_provider",
  text: `select account_id, id, kind, name, config, secrets_sealed from retired_providers
    where account_id = $1 and id = $2`,
};

/** Null: it was never deleted, or so long ago that no report counts. */
export async function findRetiredProvider(
  db: Queryable,
  sealer: Sealer,
  accountSid: AccountSid,
  id: Uuid,
): Promise<ReportingProvider | null> {
  const [row] = await db.query<RetiredRow & Record<string, unknown>>(FIND, [uuidOf(accountSid), id]);
  return row === undefined ? null : toProvider(row, sealer);
}

const CALLED: Statement = {
  name: "retired_providers_called",
  text: FIND.text.replace("account_id = $1 and id = $2", "id = $1 order by account_id limit 10"),
};

/** Those of an id, for callers who know nothing else, and prove by it whom they call for. */
export async function retiredProvidersCalled(db: Queryable, sealer: Sealer, id: Uuid): Promise<ReportingProvider[]> {
  const rows = await db.query<RetiredRow & Record<string, unknown>>(CALLED, [id]);
  return rows.map((row) => toProvider(row, sealer));
}

/** Forgets those that no report can count for any more, up to `limit`. Resolves to how many. */
export async function dropOldRetiredProviders(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from retired_providers where (account_id, id) in (
       select account_id, id from retired_providers
       where retired_at < $1::timestamptz - make_interval(hours => ${hoursKept})
       order by retired_at limit $2 for update skip locked)
     returning 1 as dropped`,
    [now, limit],
  );
  return rows.length;
}
