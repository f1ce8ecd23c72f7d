// Who calls, which environment is meant, and what the caller may do there. An environment is an account. One that there is
// not, and one that the caller has no role in, are refused alike, except where a client asks for the environment itself.

import type { FastifyRequest } from "fastify";
import { actorOf, type Principal, type Role } from "../../core/access/principal.ts";
import type { Account } from "../../core/accounts/account.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import { findAccountBy } from "../../store/accounts.ts";
import type { Queryable } from "../../store/database.ts";

export interface AccessDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

/** An environment that the caller may use. */
export interface Environment {
  readonly accountSid: AccountSid;
  readonly environmentId: Uuid;
  /** For the audit log. */
  readonly actor: string;
  /** Who may change providers may see what credentials are in their requests. */
  readonly seesSecrets: boolean;
}

export interface EnvironmentPath {
  readonly environmentId: string;
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Null for what is no UUID. */
export function readUuid(text: string): Uuid | null {
  return uuidForm.test(text) ? (text.toLowerCase() as Uuid) : null;
}

/** Rejects with `unauthenticated` or `forbidden`. */
export async function authenticate({ authenticator }: AccessDeps, request: FastifyRequest): Promise<Principal> {
  const principal = await authenticator.authenticate(request.headers.authorization, request.ip);
  if (principal.policy !== undefined) throw noPermission("A restricted API key cannot be used here.");
  if (principal.requiresSignedRequests && principal.credential === "api-key") {
    throw new GatewayError("signed-request-required", "This account takes API keys on the Twilio API only, signed.");
  }
  return principal;
}

export function noPermission(message: string): GatewayError {
  return new GatewayError("forbidden", message);
}

export async function findEnvironment({ db, sealer }: AccessDeps, id: string): Promise<Account | null> {
  const uuid = readUuid(id);
  return uuid === null ? null : await findAccountBy(db, sealer, "environmentId", uuid);
}

/**
 * The environment that the path names. Every role may read it; what changes something is the owner's and the operators'.
 * Rejects with `forbidden` otherwise, and when there is none.
 */
export async function environmentOf(deps: AccessDeps, request: FastifyRequest): Promise<Environment> {
  const principal = await authenticate(deps, request);
  const { environmentId } = request.params as EnvironmentPath;
  const account = await findEnvironment(deps, environmentId);
  const role = account && (await roleIn(deps, principal, account));
  if (account === null || role === null) throw noPermission("The caller has no role in this environment.");
  const reads = request.method === "GET" || request.method === "HEAD";
  const manages = role === "owner" || role === "operator";
  if (!reads && !manages) {
    throw noPermission("This needs the role Environment Admin (owner or operator) in this environment.");
  }
  checkActive(principal, account, reads);
  const { sid: accountSid, environmentId: id } = account;
  return { accountSid, environmentId: id, actor: actorOf(principal), seesSecrets: manages };
}

/** What the caller is in the environment; null: nothing. */
export async function roleIn(
  { authenticator }: AccessDeps,
  principal: Principal,
  account: Account,
): Promise<Role | null> {
  return await authenticator.accessToAccount(principal, account.sid).then(({ role }) => role, nullIfNotFound);
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof GatewayError && error.code === "not-found") return null;
  throw error;
}

/** A suspended account may be read with its own lasting credentials. */
function checkActive({ accountStatus, credential }: Principal, { status }: Account, reads: boolean): void {
  const worst = accountStatus === "active" ? status : accountStatus;
  if (worst === "active") return;
  const ends = credential === "client" || credential === "service-account";
  if (reads && worst === "suspended" && !ends) return;
  throw new GatewayError("account-not-active", `The account is ${worst}.`);
}
