// Making, changing and deleting service accounts, their keys and their personal access tokens: each with its audit row in one
// transaction. A private key or token exists in the clear only in the answer to whoever made it.

import { actorOf, type Principal, type Role } from "../../core/access/principal.ts";
import { fingerprintOf } from "../../core/credentials/public-key.ts";
import { newNumericId, newPersonalAccessToken } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import {
  newServiceAccountKey,
  readAssertionKey,
  type ServiceAccountKeyFile,
} from "../../core/oauth/service-account-key.ts";
import { lockAccountRow } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { deleteOidcRecordsOfClient } from "../../store/oidc-records.ts";
import {
  deletePersonalAccessToken,
  insertPersonalAccessToken,
  listPersonalAccessTokens,
  type PersonalAccessToken,
} from "../../store/personal-access-tokens.ts";
import {
  countServiceAccounts,
  deleteServiceAccount,
  deleteServiceAccountKey,
  insertServiceAccount,
  insertServiceAccountKey,
  listServiceAccountKeys,
  lockServiceAccount,
  type ServiceAccount,
  type ServiceAccountKey,
  updateServiceAccount,
} from "../../store/service-accounts.ts";
import type { Authenticator } from "../authenticator.ts";
import { changeAccess } from "../change-access.ts";
import { isUnchanged } from "../is-unchanged.ts";
import { refuseOwnKey } from "../own-key.ts";
import type { Actor } from "./clients.ts";

export interface ServiceAccountDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

export interface MadeKey {
  readonly key: ServiceAccountKey;
  /** Null for a public key that was registered: whoever did it has the private one. */
  readonly file: ServiceAccountKeyFile | null;
}

export interface MadeToken {
  readonly token: PersonalAccessToken;
  readonly secret: string;
}

const serviceAccountsMax = 200;
const perServiceAccountMax = 50;

/** Rejects with `too-many-keys`. */
export function createServiceAccount(
  { db }: ServiceAccountDeps,
  actor: Actor,
  { name, role }: { readonly name: string; readonly role: Role },
): Promise<ServiceAccount> {
  const { accountSid } = actor;
  const id = newUuid();
  return db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccountRow(tx, accountSid);
    if ((await countServiceAccounts(tx, accountSid)) >= serviceAccountsMax)
      throw tooMany("service accounts", "account");
    await insertServiceAccount(tx, { accountSid, id, userId: newNumericId(), name, role });
    const made = await locked(tx, accountSid, id);
    await audit(tx, actor, made, { action: "service-account.created", before: null, after: { name, role } });
    return made;
  });
}

/** Rejects with `not-found`, and with `conflict` for another role of the caller's own. */
export function changeServiceAccount(
  deps: ServiceAccountDeps,
  actor: Actor,
  id: Uuid,
  changes: { readonly name?: string; readonly role?: Role },
): Promise<ServiceAccount> {
  return change(deps, actor, id, async (tx, before) => {
    if (isUnchanged(before, changes)) return before;
    if (changes.role !== undefined && changes.role !== before.role) await refuseOwn(tx, actor, before);
    await updateServiceAccount(tx, { ...before, ...changes });
    const after = await locked(tx, actor.accountSid, id);
    const shown = ({ name, role }: ServiceAccount) => ({ name, role });
    await audit(tx, actor, before, {
      action: "service-account.updated",
      before: shown(before),
      after: shown(after),
    });
    return after;
  });
}

/**
 * With its keys and tokens, in every process within a second. Rejects with `not-found`, and with `conflict` for the caller's
 * own.
 */
export function removeServiceAccount(deps: ServiceAccountDeps, actor: Actor, id: Uuid): Promise<void> {
  return change(deps, actor, id, async (tx, before) => {
    await refuseOwn(tx, actor, before);
    await deleteServiceAccount(tx, before);
    await deleteOidcRecordsOfClient(tx, before.userId);
    const { name, role } = before;
    await audit(tx, actor, before, { action: "service-account.deleted", before: { name, role }, after: null });
  });
}

async function refuseOwn(tx: Queryable, { principal }: Actor, account: ServiceAccount): Promise<void> {
  refuseOwnKey(principal, "service-account", [account.id]);
  const tokens = await listPersonalAccessTokens(tx, account);
  const ids = tokens.map((token) => token.id);
  refuseOwnKey(principal, "personal-access-token", ids);
}

export interface NewKey {
  /** PEM; absent: a pair is made. */
  readonly publicKey?: string;
  readonly expiresAt: Date | null;
}

/** Rejects with `not-found`, `too-many-keys`, or `public-key-invalid` and its kin. */
export async function addServiceAccountKey(
  deps: ServiceAccountDeps,
  actor: Actor,
  id: Uuid,
  { publicKey: given, expiresAt }: NewKey,
): Promise<MadeKey> {
  const pair =
    given === undefined ? await newServiceAccountKey() : { privatePem: null, publicKey: readAssertionKey(given) };
  const keyId = newNumericId();
  return await change(deps, actor, id, async (tx, account) => {
    const keys = await listServiceAccountKeys(tx, account);
    if (keys.length >= perServiceAccountMax) throw tooMany("keys", "service account");
    const { publicKey } = pair;
    await insertServiceAccountKey(tx, account, { id: newUuid(), keyId, publicKey, expiresAt });
    await audit(tx, actor, account, {
      action: "service-account.public-key.added",
      before: null,
      after: { keyId, expiresAt, fingerprint: fingerprintOf(publicKey) },
    });
    const key = (await listServiceAccountKeys(tx, account)).find((one) => one.keyId === keyId);
    if (key === undefined) throw new GatewayError("internal", "The key is not there.");
    return { key, file: pair.privatePem === null ? null : keyFile(account, key, pair.privatePem) };
  });
}

function keyFile({ userId }: ServiceAccount, { keyId, expiresAt }: ServiceAccountKey, key: string) {
  const expires = expiresAt === null ? {} : { expirationDate: expiresAt.toISOString() };
  return { type: "serviceaccount" as const, keyId, key, userId, ...expires };
}

/**
 * The service account's tokens end with it, in every process within a second: nobody knows with which key one was got.
 * Whoever has another key gets new ones. Rejects with `not-found`.
 */
export function removeServiceAccountKey(
  deps: ServiceAccountDeps,
  actor: Actor,
  id: Uuid,
  keyId: string,
): Promise<void> {
  return change(deps, actor, id, async (tx, account) => {
    const deleted = await deleteServiceAccountKey(tx, account, keyId);
    if (deleted === null) throw new GatewayError("not-found", "The service account has no such key.");
    await deleteOidcRecordsOfClient(tx, account.userId);
    const before = { keyId, expiresAt: deleted.expiresAt };
    await audit(tx, actor, account, { action: "service-account.public-key.deleted", before, after: null });
  });
}

/** Rejects with `not-found` and `too-many-keys`. */
export function createPersonalAccessToken(
  deps: ServiceAccountDeps,
  actor: Actor,
  id: Uuid,
  { name, expiresAt }: { readonly name: string; readonly expiresAt: Date | null },
): Promise<MadeToken> {
  const secret = newPersonalAccessToken();
  return change(deps, actor, id, async (tx, account) => {
    const tokens = await listPersonalAccessTokens(tx, account);
    if (tokens.length >= perServiceAccountMax) throw tooMany("personal access tokens", "service account");
    const token = await insertPersonalAccessToken(tx, account, { id: newUuid(), name, expiresAt, token: secret });
    const after = { id: token.id, name, expiresAt };
    await audit(tx, actor, account, { action: "personal-access-token.created", before: null, after });
    return { token, secret };
  });
}

/** In every process within a second. Rejects with `not-found`, and with `conflict` for the caller's own. */
export function removePersonalAccessToken(
  deps: ServiceAccountDeps,
  actor: Actor,
  id: Uuid,
  tokenId: Uuid,
): Promise<void> {
  return change(deps, actor, id, async (tx, account) => {
    refuseOwnKey(actor.principal, "personal-access-token", [tokenId]);
    const deleted = await deletePersonalAccessToken(tx, account, tokenId);
    if (deleted === null) throw new GatewayError("not-found", "The service account has no such token.");
    const before = { id: deleted.id, name: deleted.name, expiresAt: deleted.expiresAt };
    await audit(tx, actor, account, { action: "personal-access-token.deleted", before, after: null });
  });
}

/** `work` has the service account locked: what it counts holds. */
function change<Result>(
  deps: ServiceAccountDeps,
  { accountSid }: Actor,
  id: Uuid,
  work: (tx: Queryable, account: ServiceAccount) => Promise<Result>,
): Promise<Result> {
  return changeAccess(deps, accountSid, async (tx) => work(tx, await locked(tx, accountSid, id)));
}

async function locked(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<ServiceAccount> {
  const account = await lockServiceAccount(tx, accountSid, id);
  if (account !== null) return account;
  throw new GatewayError("not-found", "The account has no such service account.");
}

function tooMany(what: string, whose: "account" | "service account"): GatewayError {
  const max = whose === "account" ? serviceAccountsMax : perServiceAccountMax;
  return new GatewayError(
    "too-many-keys",
    `A${whose === "account" ? "n" : ""} ${whose} has at most ${max} ${what}: delete one first.`,
  );
}

interface Change {
  readonly action: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

function audit(
  tx: Queryable,
  { principal, accountSid }: { readonly principal: Principal; readonly accountSid: AccountSid },
  { userId }: ServiceAccount,
  change: Change,
): Promise<void> {
  return writeAudit(tx, { accountSid, actor: actorOf(principal), subject: userId, ...change });
}
