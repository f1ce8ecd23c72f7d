// What the upstream accounts of providers have to send from, as they said at the last synchronisation.

import type { AccountSid, Uuid } from "../core/ids.ts";
import { newUuid, uuidOf } from "../core/ids.ts";
import type { UpstreamSenderRecord } from "../core/providers/provider.ts";
import { plainArray, textArray } from "./array-literal.ts";
import { writeAudit } from "./audit.ts";
import type { Queryable } from "./database.ts";
import { keepServiceOptOuts } from "./freed-senders.ts";

export type SyncedSender = Omit<UpstreamSenderRecord, "syncedAt">;

interface SenderRow {
  sid: string;
  kind: SyncedSender["kind"];
  address: string;
  name: string;
  capabilities: string[];
  synced_at: Date;
}

const UPSERT = `
  insert into upstream_senders (account_id, provider_id, sid, kind, address, name, capabilities, synced_at)
  select $1, $2, s.sid, s.kind, s.address, s.name, string_to_array(s.capabilities, ' '), $3
  from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) as s(sid, kind, address, name, capabilities)
  on conflict (account_id, provider_id, sid) do update
    set kind = excluded.kind, address = excluded.address, name = excluded.name, capabilities = excluded.capabilities,
      synced_at = excluded.synced_at`;

/** Puts what the upstream has now in the place of what it had. The provider must exist; its sids must be distinct. */
export async function replaceUpstreamSenders(
  tx: Queryable,
  { accountSid, providerId }: { readonly accountSid: AccountSid; readonly providerId: Uuid },
  senders: readonly SyncedSender[],
  now: Date,
): Promise<void> {
  const owner = [uuidOf(accountSid), providerId, now];
  await tx.query(UPSERT, [
    ...owner,
    textArray(senders.map((sender) => sender.sid)),
    textArray(senders.map((sender) => sender.kind)),
    textArray(senders.map((sender) => sender.address)),
    textArray(senders.map((sender) => sender.name)),
    textArray(senders.map((sender) => sender.capabilities.join(" "))),
  ]);
  await tx.query("delete from upstream_senders where account_id = $1 and provider_id = $2 and synced_at < $3", owner);
}

/** What each provider's account has, by kind and address. */
export async function listUpstreamSenders(
  db: Queryable,
  accountSid: AccountSid,
  providerIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, UpstreamSenderRecord[]>> {
  if (providerIds.length === 0) return new Map();
  const rows = await db.query<SenderRow & { provider_id: Uuid } & Record<string, unknown>>(
    `select provider_id, sid, kind, address, name, capabilities, synced_at from upstream_senders
     where account_id = $1 and provider_id = any($2::uuid[]) order by kind, address, sid`,
    [uuidOf(accountSid), providerIds],
  );
  const senders = rows.map(({ provider_id: providerId, synced_at: syncedAt, ...sender }) => ({
    providerId,
    record: { ...sender, syncedAt },
  }));
  const grouped = Map.groupBy(senders, ({ providerId }) => providerId);
  return new Map([...grouped].map(([id, all]) => [id, all.map(({ record }) => record)] as const));
}

/**
 * Makes the upstream's numbers and short codes that can carry text senders of the account, as far as the account has not
 * got them. Resolves to how many were made.
 */
export async function adoptUpstreamSenders(tx: Queryable, accountSid: AccountSid, providerId: Uuid): Promise<number> {
  const missing = await tx.query<{ kind: "number" | "short_code"; address: string; name: string }>(
    `select distinct on (u.address) u.kind, u.address, u.name from upstream_senders u
     where u.account_id = $1 and u.provider_id = $2 and u.kind in ('number', 'short_code')
       and (u.kind = 'short_code' or 'sms' = any(u.capabilities))
       and not exists (select from senders s where s.account_id = $1 and s.address = u.address)
     order by u.address`,
    [uuidOf(accountSid), providerId],
  );
  if (missing.length === 0) return 0;
  const made = await tx.query<{ address: string }>(
    `insert into senders (account_id, id, kind, address, provider_id, friendly_name)
     select $1, s.id, s.kind, s.address, $2, s.name
     from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as s(id, kind, address, name)
     on conflict (account_id, address) do nothing returning address`,
    [
      uuidOf(accountSid),
      providerId,
      plainArray(missing.map(() => newUuid())),
      textArray(missing.map((sender) => sender.kind)),
      textArray(missing.map((sender) => sender.address)),
      textArray(missing.map((sender) => sender.name)),
    ],
  );
  if (made.length > 0) await auditAdopted(tx, { accountSid, providerId }, made);
  return made.length;
}

const namedMax = 100;

async function auditAdopted(
  tx: Queryable,
  { accountSid, providerId }: { readonly accountSid: AccountSid; readonly providerId: Uuid },
  made: readonly { readonly address: string }[],
): Promise<void> {
  const senders = made.slice(0, namedMax).map(({ address }) => address);
  const entry = { accountSid, actor: "synchronisation", action: "provider.senders-found", subject: providerId };
  await writeAudit(tx, { ...entry, before: null, after: { count: made.length, senders } });
}

/**
 * Parts a provider from its senders: each goes to the provider of the chain, or else any, whose upstream has it too; what
 * nobody else has is deleted. Resolves to the addresses that are gone.
 */
export async function releaseSenders(tx: Queryable, accountSid: AccountSid, providerId: Uuid): Promise<string[]> {
  const owner = [uuidOf(accountSid), providerId];
  await tx.query(
    `update senders s set provider_id = other.provider_id, updated_at = now()
     from (
       select distinct on (u.address) u.address, u.provider_id
       from (
         select account_id, provider_id, address from upstream_senders
         union all
         select account_id, id, config->>'fromNumber' from providers where config ? 'fromNumber'
         union all
         select account_id, id, chosen.number #>> '{}'
         from providers, jsonb_path_query(config, '$.fromNumbers[*].number') as chosen(number)
       ) u
       join accounts a on a.id = u.account_id
       where u.account_id = $1 and u.provider_id <> $2
       order by u.address, array_position(a.fallback_chain, u.provider_id) nulls last, u.provider_id) other
     where s.account_id = $1 and s.provider_id = $2 and s.address = other.address`,
    owner,
  );
  const going = await tx.query<{ id: Uuid }>(
    "select id from senders where account_id = $1 and provider_id = $2",
    owner,
  );
  await keepServiceOptOuts(
    tx,
    accountSid,
    going.map(({ id }) => id),
  );
  const gone = await tx.query<{ address: string }>(
    "delete from senders where account_id = $1 and provider_id = $2 returning address",
    owner,
  );
  return gone.map((row) => row.address);
}
