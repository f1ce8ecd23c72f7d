// Making, changing and deleting API keys: each with its audit row in one transaction. A secret exists in the clear only
// in the answer to whoever made the key.

import type { KeyPolicy } from "../core/access/policy.ts";
import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { newApiKeySecret } from "../core/credentials/secrets.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, newUuid, sidOf } from "../core/ids.ts";
import { lockAccount } from "../store/accounts.ts";
import { type ApiKey, countApiKeys, deleteApiKey, lockApiKey, updateApiKey } from "../store/api-keys.ts";
import { writeAudit } from "../store/audit.ts";
import { insertApiKey } from "../store/credentials.ts";
import type { Database, Queryable } from "../store/database.ts";
import type { Authenticator } from "./authenticator.ts";
import { changeAccess } from "./change-access.ts";
import { isUnchanged } from "./is-unchanged.ts";

export interface ApiKeyDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

/** Who acts on the keys of which account; that they may has been checked. */
export interface KeyOwner {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

export interface KeyTarget extends KeyOwner {
  readonly sid: string;
}

export interface NewApiKey {
  readonly friendlyName: string | null;
  /** Null: a standard key. */
  readonly policy: KeyPolicy | null;
}

/** What is absent stays as it is. */
export interface KeyChanges {
  readonly friendlyName?: string;
  readonly policy?: KeyPolicy;
}

export interface MadeApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

const keysMax = 1000;

/** Rejects with `too-many-keys`. */
export function createApiKey(
  { db, sealer }: ApiKeyDeps,
  owner: KeyOwner,
  { friendlyName, policy }: NewApiKey,
): Promise<MadeApiKey> {
  const sid = sidOf("SK", newUuid());
  const secret = newApiKeySecret();
  return db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccount(tx, sealer, owner.accountSid);
    if ((await countApiKeys(tx, owner.accountSid)) >= keysMax) {
      throw new GatewayError("too-many-keys", `An account has at most ${keysMax} API keys: delete one first.`);
    }
    await insertApiKey(tx, owner.accountSid, { sid, secret, friendlyName, policy });
    const key = await lockedKey(tx, { ...owner, sid });
    await audit(tx, { ...owner, sid }, "created", null, key);
    return { key, secret };
  });
}

/** Rejects with `not-found`, and with `invalid-parameter` for a policy that a standard key is to get. */
export function changeApiKey(deps: ApiKeyDeps, target: KeyTarget, changes: KeyChanges): Promise<ApiKey> {
  return changeAccess(deps, target.accountSid, async (tx) => {
    const before = await lockedKey(tx, target);
    if (changes.policy !== undefined && before.policy === null) {
      throw new GatewayError("invalid-parameter", "Invalid Policy: this is a standard key, which has none.");
    }
    if (isUnchanged(before, changes)) return before;
    const after = await updateApiKey(tx, { ...before, ...changes });
    await audit(tx, target, "updated", before, after);
    return after ?? before;
  });
}

/** From then on the key authenticates nobody, in any process within a second. Rejects with `not-found`. */
export function removeApiKey(deps: ApiKeyDeps, target: KeyTarget): Promise<void> {
  return changeAccess(deps, target.accountSid, async (tx) => {
    const before = await lockedKey(tx, target);
    await deleteApiKey(tx, target.accountSid, target.sid);
    await audit(tx, target, "deleted", before, null);
  });
}

async function lockedKey(tx: Queryable, { accountSid, sid }: KeyTarget): Promise<ApiKey> {
  const key = await lockApiKey(tx, accountSid, sid);
  if (key !== null) return key;
  throw new GatewayError("not-found", "The account has no such API key.");
}

function audit(
  tx: Queryable,
  { principal, accountSid, sid }: KeyTarget,
  verb: string,
  before: ApiKey | null,
  after: ApiKey | null,
): Promise<void> {
  const shown = (key: ApiKey | null) => key && { friendlyName: key.friendlyName, policy: key.policy };
  const entry = { accountSid, actor: actorOf(principal), action: `api-key.${verb}`, subject: sid };
  return writeAudit(tx, { ...entry, before: shown(before), after: shown(after) });
}
