// Makes one account with everything that belongs to it from the start: its built-in sandbox provider at the head of
// the fallback chain, its numbers and its keys. Adds what is missing to an account that exists; changes nothing in it.

import { randomUUID } from "node:crypto";
import type { Account } from "../../core/accounts/account.ts";
import { nationalFormOf } from "../../core/addresses/phone-number.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { newAuthToken, newResourceOwner } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, newUuid, sidOf, type Uuid } from "../../core/ids.ts";
import {
  findAccount,
  findAccountBy,
  findBootstrappedAccount,
  insertAccount,
  setFallbackChain,
} from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import { type InsertResult, insertAccessKey, insertApiKey, insertClient } from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";
import { insertProvider, loadProviders } from "../../store/providers.ts";
import { insertSender, listSenders } from "../../store/senders.ts";
import { nameOf } from "./repeated-values.ts";
import type { BootstrapAccount } from "./schema.ts";

export interface Store {
  readonly tx: Queryable;
  readonly sealer: Sealer;
  /** Who acts, for the audit log; absent: the bootstrap. */
  readonly actor?: string;
}

/** An account of the bootstrap file with every id and secret filled in. */
export interface CompleteAccount extends BootstrapAccount {
  readonly sid: AccountSid;
  readonly friendlyName: string;
  readonly authToken: string;
  readonly environmentId: Uuid;
  readonly tenantId: Uuid;
  readonly resourceOwner: string;
}

/** Fills in what the file leaves open. */
export function completeAccount(given: BootstrapAccount): CompleteAccount {
  return {
    ...given,
    sid: given.sid ?? sidOf<AccountSid>("AC", newUuid()),
    friendlyName: nameOf(given),
    authToken: given.authToken ?? newAuthToken(),
    environmentId: given.environmentId ?? (randomUUID() as Uuid),
    tenantId: given.tenantId ?? (randomUUID() as Uuid),
    resourceOwner: given.resourceOwner ?? newResourceOwner(),
  };
}

const otherIds = ["environmentId", "tenantId", "resourceOwner"] as const;

/**
 * The account that the file means: by its SID; without one by its other ids; without any by the name under which
 * an earlier start made it. Rejects with `conflict` when its other ids belong to another account.
 */
export async function locateAccount({ tx, sealer }: Store, given: BootstrapAccount): Promise<Account | null> {
  let found = given.sid === undefined ? null : await findAccount(tx, sealer, given.sid);
  for (const key of otherIds) {
    const value = given[key];
    if (value === undefined) continue;
    const owner = await findAccountBy(tx, sealer, key, value);
    if (!owner) continue;
    if ((given.sid ?? found?.sid ?? owner.sid) !== owner.sid) {
      throw new GatewayError(
        "conflict",
        `The bootstrap file gives account ${given.sid ?? nameOf(given)} the ${key} ${value}, which belongs to ${owner.sid}.`,
      );
    }
    found ??= owner;
  }
  const hasId = given.sid !== undefined || otherIds.some((key) => given[key] !== undefined);
  return found ?? (hasId ? null : await findBootstrappedAccount(tx, sealer, nameOf(given)));
}

/** Stores a new account with its provider, numbers and keys; as a subaccount of `parentSid`. */
export async function makeAccount(store: Store, account: CompleteAccount, parentSid?: AccountSid): Promise<void> {
  const { tx, sealer } = store;
  const { sid, friendlyName, environmentId, tenantId, resourceOwner, authToken } = account;
  await insertAccount(tx, sealer, {
    ...{ sid, friendlyName, environmentId, tenantId, resourceOwner, authToken },
    // Only a main account is the bootstrap file's to find again by its name.
    ...(parentSid === undefined ? { settings: { bootstrapName: friendlyName } } : { parentSid }),
  });
  const after = { friendlyName, environmentId, tenantId, resourceOwner, parentSid: parentSid ?? null };
  await audit(store, sid, "account.created", sid, after);
  await setFallbackChain(tx, sid, [await makeSandboxProvider(store, sid)]);
  await addMissing(store, sid, account);
}

async function makeSandboxProvider(store: Store, accountSid: AccountSid): Promise<Uuid> {
  const { tx, sealer } = store;
  const id = newUuid();
  await insertProvider(tx, sealer, { accountSid, id, kind: "sandbox", name: "Sandbox", builtIn: true });
  await audit(store, accountSid, "provider.created", id, { kind: "sandbox", name: "Sandbox" });
  return id;
}

/** Adds the numbers, keys and clients that the account has not. */
export async function addMissing(store: Store, accountSid: AccountSid, given: BootstrapAccount): Promise<void> {
  const { tx } = store;
  await addNumbers(store, accountSid, given.phoneNumbers);
  for (const { sid, secret, friendlyName } of given.apiKeys) {
    const result = await insertApiKey(tx, accountSid, { sid, secret, friendlyName: friendlyName ?? null });
    await settle(store, accountSid, result, { action: "api-key.created", subject: sid, after: { friendlyName } });
  }
  for (const { key, name, role } of given.accessKeys) {
    const id = newUuid();
    const result = await insertAccessKey(tx, accountSid, { id, key, name, role });
    await settle(store, accountSid, result, { action: "access-key.created", subject: id, after: { name, role } });
  }
  for (const client of given.clients) {
    const { clientId, name, role } = client;
    const result = await insertClient(tx, accountSid, { id: newUuid(), ...client });
    await settle(store, accountSid, result, { action: "client.created", subject: clientId, after: { name, role } });
  }
}

async function addNumbers(store: Store, accountSid: AccountSid, numbers: readonly string[]): Promise<void> {
  const { tx, sealer } = store;
  const owned = new Set((await listSenders(tx, accountSid)).map((sender) => sender.address));
  const missing = numbers.filter((number) => !owned.has(number));
  if (missing.length === 0) return;
  const providers = await loadProviders(tx, sealer, accountSid);
  const sandbox = providers.find((provider) => provider.builtIn) ?? providers.find(({ kind }) => kind === "sandbox");
  const providerId = sandbox?.id ?? (await makeSandboxProvider(store, accountSid));
  for (const address of missing) {
    const id = newUuid();
    await insertSender(tx, {
      id,
      accountSid,
      kind: "number",
      address,
      providerId,
      friendlyName: nationalFormOf(address),
    });
    await audit(store, accountSid, "sender.created", sidOf("PN", id), { address, providerId });
  }
}

interface Created {
  readonly action: string;
  readonly subject: string;
  readonly after: Readonly<Record<string, unknown>>;
}

async function settle(store: Store, accountSid: AccountSid, result: InsertResult, created: Created): Promise<void> {
  if (result === "made") await audit(store, accountSid, created.action, created.subject, created.after);
  if (result !== "taken") return;
  // The subject of an access key is its fresh id, so that the key itself is not shown.
  const what = created.action.replace(".created", "");
  throw new GatewayError(
    "conflict",
    `The bootstrap file gives account ${accountSid} the ${what} ${String(created.after["name"] ?? created.subject)}, which belongs to another account.`,
  );
}

async function audit(
  { tx, actor = "bootstrap" }: Store,
  accountSid: AccountSid,
  action: string,
  subject: string,
  after: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeAudit(tx, { accountSid, actor, action, subject, before: null, after });
}
