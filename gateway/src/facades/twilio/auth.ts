// Authentication of calls: Basic (account SID and token, or API key), and the account that the path names, which is the
// caller's own or a direct subaccount. Sets the call's principal and account, or throws; never says which SIDs exist.

import type { FastifyRequest } from "fastify";
import { isMain, isPerson, type Principal, type Role } from "../../core/access/principal.ts";
import type { AccountContext } from "../../core/accounts/account.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, canonicalSid, isSid } from "../../core/ids.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { ReachedAccount } from "../../store/user-grants.ts";
import { notFound, type TwilioCall } from "./call.ts";
import { parameterOf } from "./routing.ts";

/**
 * Authenticates a call. `named`: the account in the path; empty: the caller's own. Synchronous (undefined) for a caller
 * who was verified a moment ago and means their own account, which is nearly every call. Rejects or throws `unauthenticated`, `rate-limited`, `account-not-active`, or `not-found`
 * for an account that the caller cannot see.
 */
export function authenticate(
  authenticator: Authenticator,
  request: FastifyRequest,
  call: TwilioCall,
  named: string,
): Promise<void> | undefined {
  const principal = authenticator.tryCached(request.headers.authorization);
  if (principal === undefined) return authenticateAnew(authenticator, request, call, named);
  if (isOwn(principal, named)) {
    enterOwn(call, principal);
    return undefined;
  }
  return enterNamed(authenticator, request, call, { principal, named });
}

async function authenticateAnew(
  authenticator: Authenticator,
  request: FastifyRequest,
  call: TwilioCall,
  named: string,
): Promise<void> {
  const principal = await authenticator.authenticate(request.headers.authorization, request.ip);
  if (isOwn(principal, named)) enterOwn(call, principal);
  else await enterNamed(authenticator, request, call, { principal, named });
}

/** Nobody named, the caller's account, or what the caller calls it. */
function isOwn({ accountSid, accountAlias }: Principal, named: string): boolean {
  if (named === "" || named === accountSid) return true;
  if (accountAlias === undefined) return false;
  return named === accountAlias || (isSid(named, "AC") && canonicalSid(named) === accountAlias);
}

async function enterNamed(
  authenticator: Authenticator,
  request: FastifyRequest,
  call: TwilioCall,
  { principal, named }: { readonly principal: Principal; readonly named: string },
): Promise<void> {
  const reached = await reachedBy(authenticator, principal, named);
  const { accountSid, accountStatus } = reached;
  // A parent may look at a suspended subaccount, and change the account itself; no more.
  const changes = request.method !== "GET" && request.method !== "HEAD";
  if (changes && !call.api.isAccountItself?.(request)) checkActive(accountStatus);
  // A person is what they are in that account, and nothing of what they are in others.
  open(call, isPerson(principal) ? { ...principal, ...reached } : principal, accountSid);
}

function reachedBy(authenticator: Authenticator, principal: Principal, named: string): Promise<ReachedAccount> {
  // What a suspended account may not, its credentials may not do to a subaccount either.
  if (!isPerson(principal)) checkActive(principal.accountStatus);
  return authenticator.accessToAccount(principal, named);
}

function enterOwn(call: TwilioCall, principal: Principal): void {
  checkActive(principal.accountStatus);
  open(call, principal, principal.accountSid);
}

function open(call: TwilioCall, principal: Principal, accountSid: AccountSid): void {
  call.principal = principal;
  call.accountSid = accountSid;
  call.countedFor = accountSid;
  call.concurrency.enter(accountSid);
}

function checkActive(status: Principal["accountStatus"]): void {
  if (status !== "active") throw new GatewayError("account-not-active", `The account is ${status}.`);
}

/** A public request's account is the one that its path names. Throws `not-found` for what is no account SID. */
export function openPublicly(request: FastifyRequest, call: TwilioCall): void {
  const sid = parameterOf(request, "account");
  if (!isSid(sid, "AC")) throw notFound(request);
  call.accountSid = canonicalSid<AccountSid>(sid);
}

/** Throws `unauthenticated`, as Twilio answers API keys, unless these are the account's main credentials. */
export function requireMain(principal: Principal): void {
  if (!isMain(principal)) throw new GatewayError("unauthenticated", "Use the account's auth token.");
}

/** Throws `account-not-active` unless the account is active. */
export function requireActive({ accountStatus }: AccountContext): void {
  checkActive(accountStatus);
}

/** Throws `forbidden` unless the caller has one of the roles. */
export function requireRole(principal: Principal, ...roles: Role[]): void {
  if (!roles.includes(principal.role)) {
    throw new GatewayError("forbidden", `This needs the role ${roles.join(" or ")}.`);
  }
}
