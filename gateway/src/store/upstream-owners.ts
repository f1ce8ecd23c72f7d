// Which providers' upstream accounts have an address, by their last synchronisation: what routing asks of the catalogue.

import type { AccountSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

export interface OwnedAddress {
  readonly accountSid: AccountSid;
  /** E.164, the digits of a short code, or the SID of a messaging service. */
  readonly address: string;
}

export interface UpstreamOwner extends OwnedAddress {
  readonly providerId: Uuid;
}

// What cannot carry text is nobody's; an upstream that tells no capabilities is taken at its word.
const sendable = "(u.kind <> 'number' or u.capabilities = '{}' or 'sms' = any(u.capabilities))";

const OWNERS: Statement = {
  name: "upstream_owners",
  text: `
    select distinct u.account_id, u.address, u.provider_id
    from unnest($1::uuid[], $2::text[]) as w(account_id, address)
    join upstream_senders u on u.account_id = w.account_id and u.address = w.address
    where ${sendable}`,
};

/** The owners of each address, in no particular order. */
export async function findUpstreamOwners(db: Queryable, addresses: readonly OwnedAddress[]): Promise<UpstreamOwner[]> {
  return addresses.length === 0 ? [] : await ownersBy(db, OWNERS, addresses);
}

async function ownersBy(
  db: Queryable,
  statement: Statement,
  addresses: readonly OwnedAddress[],
): Promise<UpstreamOwner[]> {
  const rows = await db.query<{ account_id: Uuid; address: string; provider_id: Uuid }>(statement, [
    plainArray(addresses.map(({ accountSid }) => hexOf(accountSid))),
    textArray(addresses.map(({ address }) => address)),
  ]);
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    address: row.address,
    providerId: row.provider_id,
  }));
}

const HOLDERS: Statement = {
  name: "address_holders",
  text: `
    select s.account_id, s.address, s.provider_id
    from unnest($1::uuid[], $2::text[]) as w(account_id, address)
    join senders s on s.account_id = w.account_id and s.address = w.address
    union
    select u.account_id, u.address, u.provider_id
    from unnest($1::uuid[], $2::text[]) as w(account_id, address)
    join upstream_senders u on u.account_id = w.account_id and u.address = w.address`,
};

/** Every provider that may send from each address: by the account's senders or by its upstream's catalogue. */
export async function findAddressHolders(db: Queryable, addresses: readonly OwnedAddress[]): Promise<UpstreamOwner[]> {
  return addresses.length === 0 ? [] : await ownersBy(db, HOLDERS, addresses);
}

const FIRST: Statement = {
  name: "first_upstream_senders",
  text: `
    select w.id as provider_id, first.address
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join lateral (
      select u.address from upstream_senders u
      where u.account_id = w.account_id and u.provider_id = w.id and u.kind in ('number', 'short_code') and ${sendable}
      order by u.sid limit 1) first on true`,
};

/** The first number of each provider's upstream that can carry text, of those that have one. */
export async function findFirstUpstreamSenders(
  db: Queryable,
  providers: readonly { readonly accountSid: AccountSid; readonly id: Uuid }[],
): Promise<ReadonlyMap<Uuid, string>> {
  if (providers.length === 0) return new Map();
  const rows = await db.query<{ provider_id: Uuid; address: string }>(FIRST, [
    plainArray(providers.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(providers.map(({ id }) => id)),
  ]);
  return new Map(rows.map((row) => [row.provider_id, row.address]));
}

// Where a message may be from that the account has no sender row for: what a provider of it names or its upstream has. A
// messaging service counts only where its provider is in the chain.
const NAMED: Statement = {
  name: "named_upstream_sender",
  text: `
    select 1 as named where exists (
      select from upstream_senders u
      where u.account_id = $1 and u.address = $2 and ${sendable}
        and (u.kind <> 'messaging_service' or exists (
          select from accounts a where a.id = $1 and u.provider_id = any(a.fallback_chain)))
    ) or exists (
      select from providers p
      where p.account_id = $1 and (p.config->>'fromNumber' = $2 or p.config->>'messagingServiceSid' = $2
        and exists (select from accounts a where a.id = $1 and p.id = any(a.fallback_chain))))`,
};

/** Does a provider of the account have this sender, an address or the SID of a messaging service? */
export async function hasUpstreamSender(db: Queryable, accountSid: AccountSid, address: string): Promise<boolean> {
  const rows = await db.query(NAMED, [uuidOf(accountSid), address]);
  return rows.length > 0;
}

const CHAIN_DEFAULT: Statement = {
  name: "chain_has_default_sender",
  text: `
    select 1 as supplied from accounts a join providers p on p.account_id = a.id and p.id = any(a.fallback_chain)
    where a.id = $1 and (p.config ? 'fromNumber' or p.config ? 'messagingServiceSid' or p.kind = 'http'
      or p.config->'fromNumbers' <> '[]') limit 1`,
};

/** Is there a provider in the chain whose settings say what it sends from, or that needs no sender? */
export async function chainHasDefaultSender(db: Queryable, accountSid: AccountSid): Promise<boolean> {
  const rows = await db.query(CHAIN_DEFAULT, [uuidOf(accountSid)]);
  return rows.length > 0;
}
