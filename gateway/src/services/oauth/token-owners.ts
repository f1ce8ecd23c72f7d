// Which client may learn about a token: the one that it was issued to, and other clients of the account that the token acts
// for. An administrator's token acts for every account, so only its own client may ask about it.

import type { AccountSid } from "../../core/ids.ts";
import type { Queryable } from "../../store/database.ts";
import { findRegisteredClient } from "../../store/oauth-clients.ts";
import { findServiceAccountByUserId } from "../../store/service-accounts.ts";
import { isServiceAccountSubject } from "./subjects.ts";

export interface HeldToken {
  readonly clientId: string | undefined;
  /** Undefined: the client's own token. */
  readonly subject: string | undefined;
}

export async function mayIntrospect(db: Queryable, askingClientId: string, token: HeldToken): Promise<boolean> {
  if (token.clientId === askingClientId) return true;
  const [asking, held] = await Promise.all([accountOfClient(db, askingClientId), accountOfToken(db, token)]);
  return asking !== null && asking === held;
}

async function accountOfToken(db: Queryable, { clientId, subject }: HeldToken): Promise<AccountSid | null> {
  if (subject === undefined) return clientId === undefined ? null : await accountOfClient(db, clientId);
  if (!isServiceAccountSubject(subject)) return null;
  return (await findServiceAccountByUserId(db, subject))?.accountSid ?? null;
}

async function accountOfClient(db: Queryable, clientId: string): Promise<AccountSid | null> {
  return (await findRegisteredClient(db, clientId))?.client.accountSid ?? null;
}
