// The audit log: who changed what, written in the transaction of the change itself. Secrets are masked here, so
// that no caller can forget it.

import { maskSecrets } from "../core/access/mask.ts";
import type { AccountSid } from "../core/ids.ts";
import { newUuid, sidOf, uuidOf } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable } from "./database.ts";

/** Whose log has what concerns no account: the people who act for all of them. */
export const installationSid = sidOf<AccountSid>("AC", "00000000-0000-0000-0000-000000000000");

export interface AuditEntry {
  readonly accountSid: AccountSid;
  /** `actorOf(principal)`, or the part of the gateway that acted: `bootstrap`. */
  readonly actor: string;
  /** Noun and verb: `account.created`, `provider.updated`. */
  readonly action: string;
  /** What was changed: a SID or id. */
  readonly subject: string;
  /** Null when it did not exist. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** Null when it is gone. */
  readonly after: Readonly<Record<string, unknown>> | null;
}

const INSERT = {
  name: "audit_insert",
  text: `insert into audit (account_id, id, actor, action, subject, before, after)
    values ($1, $2, $3, $4, $5, $6, $7)`,
};

/** `tx` must be the transaction of the change. */
export async function writeAudit(tx: Queryable, entry: AuditEntry): Promise<void> {
  await tx.query(INSERT, [
    uuidOf(entry.accountSid),
    newUuid(),
    entry.actor,
    entry.action,
    entry.subject,
    entry.before === null ? null : JSON.stringify(maskSecrets(entry.before)),
    entry.after === null ? null : JSON.stringify(maskSecrets(entry.after)),
  ]);
}

const INSERT_FOR = {
  name: "audit_insert_for",
  text: `insert into audit (account_id, id, actor, action, subject, before, after)
    select n.account_id, n.id, $3, $4, $5, $6, $7 from unnest($1::uuid[], $2::uuid[]) as n(account_id, id)`,
};

/** One row in the log of each account, for what concerns all of them. `tx` must be the transaction of the change. */
export async function writeAuditFor(
  tx: Queryable,
  accounts: readonly AccountSid[],
  { actor, action, subject, before, after }: Omit<AuditEntry, "accountSid">,
): Promise<void> {
  if (accounts.length === 0) return;
  await tx.query(INSERT_FOR, [
    plainArray(accounts.map((sid) => uuidOf(sid))),
    plainArray(accounts.map(() => newUuid())),
    ...[actor, action, subject],
    before === null ? null : JSON.stringify(maskSecrets(before)),
    after === null ? null : JSON.stringify(maskSecrets(after)),
  ]);
}
