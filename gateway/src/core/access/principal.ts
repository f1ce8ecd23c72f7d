// Who is calling: the account and what they may do. Made by the authenticator, read by every facade.

import type { AccountSid, Uuid } from "../ids.ts";
import type { KeyPolicy } from "./policy.ts";

/** `owner`: all; `operator`: providers and messages; `sender`: send and read own messages; `viewer`: read. */
export type Role = "owner" | "operator" | "sender" | "viewer";

/**
 * `admin`, `user`: a person who has signed in. An administrator acts for every account, a user for those in which they have a
 * role; `accountSid` is the one that is meant unless they say, and `role` what they are in that one.
 */
export type CredentialKind =
  | "auth-token"
  | "api-key"
  | "access-key"
  | "client"
  | "service-account"
  | "personal-access-token"
  /** The credentials of a provider of the account, shown by whoever was pointed here in place of that provider. */
  | "provider"
  | "admin"
  | "user";

export interface Principal {
  readonly accountSid: AccountSid;
  readonly accountStatus: "active" | "suspended" | "closed";
  readonly role: Role;
  /** How they proved it. API keys may not touch accounts and keys. */
  readonly credential: CredentialKind;
  /** The id of the key, client, service account or person; null for an auth token. */
  readonly credentialId: Uuid | null;
  /** The account takes signed requests only. */
  readonly requiresSignedRequests: boolean;
  /** Of a restricted API key: what it may do, whatever its role says. Absent: no restriction. */
  readonly policy?: KeyPolicy;
  /** Of an access token of the authorization server: what it was granted. Absent: a credential that knows no scopes. */
  readonly scopes?: readonly string[];
  /** What the caller calls the account, when that is none of its ids here: the password alone has proved it. */
  readonly accountAlias?: string;
}

/** Are these main credentials: the auth token, or what else has the role owner? An API key never is. */
export function isMain({ credential, role }: Principal): boolean {
  return credential !== "api-key" && role === "owner";
}

/** Has somebody signed in, rather than shown a key? */
export function isPerson({ credential }: Pick<Principal, "credential">): boolean {
  return credential === "admin" || credential === "user";
}

/** A short name for the audit log: `auth-token AC…`, `access-key 0198…`. */
export function actorOf(principal: Principal): string {
  return `${principal.credential} ${principal.credentialId ?? principal.accountSid}`;
}
