// Incoming hooks: addresses at which identity platforms hand messages over, with their signing keys sealed in the row.

import type { AccountStatus } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface IncomingHook {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly platform: "zitadel";
  readonly name: string;
  /** Null: nobody has told it yet. Never presented. */
  readonly signingKey: string | null;
  /** Takes what is not signed. */
  readonly unsigned: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface HookRow {
  account_id: Uuid;
  id: Uuid;
  platform: IncomingHook["platform"];
  name: string;
  signing_key_sealed: Buffer | null;
  unsigned: boolean;
  created_at: Date;
  updated_at: Date;
}

/** What a hook's signing key is sealed for. */
export function incomingHookKeyContext(accountId: Uuid, id: Uuid): string {
  return `incoming_hooks.signing_key ${accountId} ${id}`;
}

function toHook(row: HookRow, sealer: Sealer): IncomingHook {
  const sealed = row.signing_key_sealed;
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    platform: row.platform,
    name: row.name,
    signingKey: sealed === null ? null : sealer.open(sealed, incomingHookKeyContext(row.account_id, row.id)),
    unsigned: row.unsigned,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Oldest first; the service keeps them few. */
export async function listIncomingHooks(
  db: Queryable,
  sealer: Sealer,
  accountSid: AccountSid,
): Promise<IncomingHook[]> {
  const text = "select * from incoming_hooks where account_id = $1 order by created_at, id";
  const rows = await db.query<HookRow>(text, [uuidOf(accountSid)]);
  return rows.map((row) => toHook(row, sealer));
}

export async function findIncomingHook(
  db: Queryable,
  sealer: Sealer,
  accountSid: AccountSid,
  id: Uuid,
): Promise<IncomingHook | null> {
  const text = "select * from incoming_hooks where account_id = $1 and id = $2";
  const [row] = await db.query<HookRow>({ name: "incoming_hook", text }, [uuidOf(accountSid), id]);
  return row === undefined ? null : toHook(row, sealer);
}

const CALLED = {
  name: "called_incoming_hook",
  text: "select h.*, a.status from incoming_hooks h join accounts a on a.id = h.account_id where h.id = $1",
};

/** By its id alone, for callers who name no account. */
export async function findCalledHook(
  db: Queryable,
  sealer: Sealer,
  id: Uuid,
): Promise<(IncomingHook & { readonly accountStatus: AccountStatus }) | null> {
  const [row] = await db.query<HookRow & { status: AccountStatus }>(CALLED, [id]);
  return row === undefined ? null : { ...toHook(row, sealer), accountStatus: row.status };
}

/** Writes a new hook, or over the one with the id. */
export async function saveIncomingHook(
  tx: Queryable,
  sealer: Sealer,
  hook: Omit<IncomingHook, "createdAt" | "updatedAt">,
): Promise<void> {
  const accountId = uuidOf(hook.accountSid);
  const { id, platform, name, signingKey, unsigned } = hook;
  const sealed = signingKey === null ? null : sealer.seal(signingKey, incomingHookKeyContext(accountId, id));
  await tx.query(
    `insert into incoming_hooks (account_id, id, platform, name, signing_key_sealed, unsigned)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (account_id, id) do update set name = excluded.name, signing_key_sealed = excluded.signing_key_sealed,
       unsigned = excluded.unsigned, updated_at = now()`,
    [accountId, id, platform, name, sealed, unsigned],
  );
}

export async function deleteIncomingHook(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await tx.query("delete from incoming_hooks where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}
