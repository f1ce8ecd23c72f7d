// Where sealed values stand, and what each is sealed for: the one list by which the master key is checked and changed. A
// test holds it against the schema.

import { SEAL_HEADER_BYTES } from "../core/credentials/seal.ts";
import type { Uuid } from "../core/ids.ts";
import { accessTokenKeyContext } from "./access-token-keys.ts";
import { awsContext } from "./account-credentials.ts";
import { tokenContext } from "./accounts.ts";
import type { Queryable } from "./database.ts";
import { endpointKeyContext } from "./endpoint-keys.ts";
import { incomingHookKeyContext } from "./incoming-hooks.ts";
import { providerSecretsContext } from "./providers.ts";
import { rotationCredentialsContext } from "./rotations.ts";
import { signingKeyContext } from "./signing-keys.ts";

export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  /** The column with the account's id; of what belongs to no account: its own. */
  readonly account: "account_id" | "id";
  readonly contextOf: (accountId: Uuid, id: Uuid) => string;
}

export const sealedPlaces: readonly SealedPlace[] = [
  place("accounts", "auth_token_sealed", "id", (id) => tokenContext(id, "primary")),
  place("accounts", "secondary_auth_token_sealed", "id", (id) => tokenContext(id, "secondary")),
  place("access_token_keys", "key_sealed", "id", accessTokenKeyContext),
  place("signing_keys", "private_key_sealed", "id", signingKeyContext),
  place("account_credentials", "aws_sealed", "account_id", awsContext),
  place("endpoint_keys", "key_sealed", "account_id", endpointKeyContext),
  place("incoming_hooks", "signing_key_sealed", "account_id", incomingHookKeyContext),
  place("providers", "secrets_sealed", "account_id", providerSecretsContext),
  place("retired_providers", "secrets_sealed", "account_id", providerSecretsContext),
  place("rotations", "credentials_sealed", "account_id", rotationCredentialsContext),
];

function place(
  table: string,
  column: string,
  account: SealedPlace["account"],
  contextOf: SealedPlace["contextOf"],
): SealedPlace {
  return { table, column, account, contextOf };
}

export interface SealedValue {
  readonly accountId: Uuid;
  readonly id: Uuid;
  readonly sealed: Buffer;
}

const samples = sealedPlaces
  .map(
    ({ table, column, account }, index) =>
      `select ${index} as place, ${account} as account_id, id, ${column} as sealed from ${table}`,
  )
  .join(" union all ");

/** One sealed value for each key that anything in the database is sealed under. */
export async function sampleSealedValues(
  db: Queryable,
): Promise<readonly { readonly place: SealedPlace; readonly value: SealedValue }[]> {
  const rows = await db.query<{ place: number; account_id: Uuid; id: Uuid; sealed: Buffer }>(
    `select distinct on (substring(sealed for $1)) place, account_id, id, sealed
     from (${samples}) as every where sealed is not null`,
    [SEAL_HEADER_BYTES],
  );
  return rows.flatMap(({ place: index, account_id: accountId, id, sealed }) => {
    const found = sealedPlaces[index];
    return found === undefined ? [] : [{ place: found, value: { accountId, id, sealed } }];
  });
}

/** Up to `limit` values that do not begin with `header`, in the order of accounts and ids, behind `after`. */
export async function listOtherwiseSealed(
  db: Queryable,
  { table, column, account }: SealedPlace,
  {
    header,
    after,
    limit,
  }: { readonly header: Buffer; readonly after: Omit<SealedValue, "sealed"> | null; readonly limit: number },
): Promise<SealedValue[]> {
  const rows = await db.query<{ account_id: Uuid; id: Uuid; sealed: Buffer }>(
    `select ${account} as account_id, id, ${column} as sealed from ${table}
     where substring(${column} for ${SEAL_HEADER_BYTES}) <> $1 and ($2::uuid is null or (${account}, id) > ($2, $3::uuid))
     order by ${account}, id limit $4`,
    [header, after?.accountId ?? null, after?.id ?? null, limit],
  );
  return rows.map(({ account_id: accountId, id, sealed }) => ({ accountId, id, sealed }));
}

/** Puts `resealed` in the place of each value that is still what it was. Resolves to how many were. */
export async function replaceSealedValues(
  db: Queryable,
  { table, column, account }: SealedPlace,
  values: readonly (SealedValue & { readonly resealed: Buffer })[],
): Promise<number> {
  const rows = await db.query(
    `update ${table} t set ${column} = r.resealed
     from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) as r(account_id, id, sealed, resealed)
     where t.${account} = r.account_id and t.id = r.id and t.${column} = r.sealed returning t.id`,
    [
      values.map(({ accountId }) => accountId),
      values.map(({ id }) => id),
      values.map(({ sealed }) => sealed),
      values.map(({ resealed }) => resealed),
    ],
  );
  return rows.length;
}
