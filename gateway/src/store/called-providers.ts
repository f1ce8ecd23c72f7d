// Which accounts have a provider of an id: for callers who know nothing else, and prove by it whom they call for.

import { type AccountSid, sidOf, type Uuid } from "../core/ids.ts";
import type { ProviderKind } from "../core/providers/provider.ts";
import type { Queryable, Statement } from "./database.ts";

const statement: Statement = {
  name: "accounts_with_provider",
  text: "select account_id from providers where id = $1 and kind = $2 order by account_id limit 10",
};

export async function accountsWithProvider(db: Queryable, kind: ProviderKind, id: Uuid): Promise<AccountSid[]> {
  const rows = await db.query<{ account_id: Uuid }>(statement, [id, kind]);
  return rows.map((row) => sidOf<AccountSid>("AC", row.account_id));
}

const byNumber: Statement = {
  name: "provider_id_by_number",
  text: "select id from providers where number = $1",
};

/** Numbers are unique across accounts; null: nobody's. */
export async function findProviderIdByNumber(db: Queryable, number: string): Promise<Uuid | null> {
  const [row] = await db.query<{ id: Uuid }>(byNumber, [number]);
  return row?.id ?? null;
}
