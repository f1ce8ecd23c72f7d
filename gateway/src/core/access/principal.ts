// Who is calling: the account and what they may do. Made by the authenticator, read by every facade.

import type { AccountSid, Uuid } from "../ids.ts";
import type { KeyPolicy } from "./policy.ts";

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
  /** The account takes signed requests only. */
  readonly requiresSignedRequests: boolean;
  /** Of a restricted API key: what it may do, whatever its role says. Absent: no restriction. */
  readonly policy?: KeyPolicy;
}

/** Are these main credentials: the auth token, or what else has the role owner? An API key never is. */
export function isMain({ credential, role }: Principal): boolean {
  return credential !== "api-key" && role === "owner";
}

/** A short name for the audit log: `auth-token AC…`, `access-key 0198…`. */
export function actorOf(principal: Principal): string {
  return `${principal.credential} ${principal.credentialId ?? principal.accountSid}`;
}
