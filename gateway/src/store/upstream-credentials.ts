// Which providers have the credentials that a caller shows, by the upstream's name for the account: for callers who were
// pointed here in place of that upstream.

import type { Sealer } from "../core/credentials/seal.ts";
import { type AccountSid, sidOf, type Uuid } from "../core/ids.ts";
import type { ProviderWithSecrets } from "../core/providers/provider.ts";
import type { Queryable, Statement } from "./database.ts";
import { findProvider } from "./providers.ts";

const statement: Statement = {
  name: "providers_by_upstream_account",
  text: `select account_id, id from providers
    where kind = 'twilio' and config ->> 'accountSid' = $1 and config ? 'admitsUpstreamCredentials' limit 20`,
};

/** Only those that let such callers in. */
export async function admittingProviders(
  db: Queryable,
  sealer: Sealer,
  upstreamAccount: string,
): Promise<ProviderWithSecrets[]> {
  const rows = await db.query<{ account_id: Uuid; id: Uuid }>(statement, [upstreamAccount]);
  const found = await Promise.all(
    rows.map(({ account_id, id }) => findProvider(db, sealer, sidOf<AccountSid>("AC", account_id), id)),
  );
  return found.filter((provider) => provider !== null);
}
