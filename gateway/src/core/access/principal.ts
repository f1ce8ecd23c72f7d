// Who is calling: the account and what they may do. Made by the authenticator, read by every facade.

import type { AccountSid, Uuid } from "../ids.ts";

/** `owner`: all; `operator`: providers and messages; `sender`: send and read own messages; `viewer`: read. */
export type Role = "owner" | "operator" | "sender" | "viewer";

export interface Principal {
  readonly accountSid: AccountSid;
  readonly accountStatus: "active" | "suspended" | "closed";
  readonly role: Role;
  /** How they proved it. API keys may not touch accounts and keys. */
  readonly credential: "auth-token" | "api-key" | "access-key" | "client";
  /** The id of the key or client; null for an auth token. */
  readonly credentialId: Uuid | null;
}

/** A short name for the audit log: `auth-token AC…`, `access-key 0198…`. */
export function actorOf(principal: Principal): string {
  return `${principal.credential} ${principal.credentialId ?? principal.accountSid}`;
}
