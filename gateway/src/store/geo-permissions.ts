// Which countries an account does not send to.

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

interface PermissionsRow {
  readonly [column: string]: unknown;
  readonly disabled_countries: readonly string[];
}

const disabledStatement: Statement = {
  name: "disabled_countries",
  text: "select account_id, disabled_countries from geo_permissions where account_id = any($1::uuid[])",
};

/** ISO 3166-1 alpha-2 codes, by account. An account that is not in the map has disabled none. */
export async function loadDisabledCountries(
  db: Queryable,
  accounts: readonly AccountSid[],
): Promise<ReadonlyMap<AccountSid, ReadonlySet<string>>> {
  const rows = await db.query<PermissionsRow & { readonly account_id: Uuid }>(disabledStatement, [
    plainArray(accounts.map(hexOf)),
  ]);
  return new Map(rows.map((row) => [sidOf<AccountSid>("AC", row.account_id), new Set(row.disabled_countries)]));
}

/** The same; nobody else changes them before the transaction ends. */
export async function lockDisabledCountries(tx: Queryable, accountSid: AccountSid): Promise<ReadonlySet<string>> {
  const id = uuidOf(accountSid);
  await tx.query("insert into geo_permissions (account_id) values ($1) on conflict do nothing", [id]);
  const [row] = await tx.query<PermissionsRow>(
    "select disabled_countries from geo_permissions where account_id = $1 for no key update",
    [id],
  );
  return new Set(row?.disabled_countries);
}

/** Must run in the transaction that holds the lock. */
export async function storeDisabledCountries(
  tx: Queryable,
  accountSid: AccountSid,
  disabled: ReadonlySet<string>,
): Promise<void> {
  await tx.query("update geo_permissions set disabled_countries = $2, updated_at = now() where account_id = $1", [
    uuidOf(accountSid),
    [...disabled].sort(),
  ]);
}
