// Making, renaming and deleting the credentials of an account: each with its audit row in one transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import type { AccountCredential } from "../core/credentials/account-credential.ts";
import { fingerprintOf } from "../core/credentials/public-key.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { GatewayError } from "../core/errors.ts";
import { type CredentialSid, newUuid, sidOf } from "../core/ids.ts";
import {
  type CredentialTarget,
  deleteAccountCredential,
  insertAccountCredential,
  lockAccountCredential,
  type NewAccountCredential,
  renameAccountCredential,
} from "../store/account-credentials.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";

/** `accountSid`: the caller's account, or a subaccount of it; the facade has checked. */
export function createAccountCredential(
  { db, sealer }: { readonly db: Database; readonly sealer: Sealer },
  principal: Principal,
  given: Omit<NewAccountCredential, "sid">,
): Promise<AccountCredential> {
  const sid = sidOf<CredentialSid>("CR", newUuid());
  return db.transaction(async (tx) => {
    const made = await insertAccountCredential(tx, sealer, { ...given, sid });
    await audit(tx, principal, "created", { before: null, after: { ...shown(made), ...identityOf(given.content) } });
    return made;
  });
}

/** `friendlyName` undefined: nothing changes. Rejects with `not-found`. */
export function changeAccountCredential(
  db: Database,
  principal: Principal,
  target: CredentialTarget,
  friendlyName: string | null | undefined,
): Promise<AccountCredential> {
  return db.transaction(async (tx) => {
    const before = await locked(tx, target);
    if (friendlyName === undefined) return before;
    const after = await renameAccountCredential(tx, before, friendlyName);
    await audit(tx, principal, "updated", { before: shown(before), after: shown(after) });
    return after;
  });
}

/** Rejects with `not-found`. Requests signed with a deleted public key are refused from then on. */
export function removeAccountCredential(db: Database, principal: Principal, target: CredentialTarget): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await locked(tx, target);
    await deleteAccountCredential(tx, before);
    await audit(tx, principal, "deleted", { before: shown(before), after: null });
  });
}

async function locked(tx: Queryable, target: CredentialTarget): Promise<AccountCredential> {
  const credential = await lockAccountCredential(tx, target);
  if (credential === null) throw new GatewayError("not-found", "The account has no such credential.");
  return credential;
}

type Shown = Readonly<Record<string, unknown>> & Pick<AccountCredential, "accountSid" | "sid">;

function shown({ accountSid, sid, kind, friendlyName }: AccountCredential): Shown {
  return { accountSid, sid, kind, friendlyName };
}

/** What tells a credential from others, without a secret. */
function identityOf(content: NewAccountCredential["content"]): Readonly<Record<string, string>> {
  if (content.kind === "aws") return { accessKeyId: content.aws.accessKeyId };
  return { fingerprint: fingerprintOf(content.publicKey) };
}

function audit(
  tx: Queryable,
  principal: Principal,
  verb: string,
  change: { readonly before: Shown; readonly after: Shown | null } | { readonly before: null; readonly after: Shown },
): Promise<void> {
  const { accountSid, sid } = change.before ?? change.after;
  return writeAudit(tx, {
    accountSid,
    actor: actorOf(principal),
    action: `credential.${verb}`,
    subject: sid,
    before: change.before,
    after: change.after,
  });
}
