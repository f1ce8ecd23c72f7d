// Who calls the native API, and whether their role may. Runs before the body is read, so that a stranger costs little
// and learns nothing. Every account that a request names is checked here against the caller's.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { isPerson, type Principal, type Role } from "../../core/access/principal.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, isSid } from "../../core/ids.ts";
import type { Authenticator } from "../../services/authenticator.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is calling; set before any handler of the native API runs. */
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** Who may call the route; not given: every role, or the route asks by itself. */
    readonly roles?: readonly Role[];
    /** The route is about people, of whichever account: that of the account does not matter. */
    readonly aboutPeople?: true;
  }
}

export const operators: readonly Role[] = ["owner", "operator"];
export const senders: readonly Role[] = ["owner", "operator", "sender"];

/** Who may change providers may see what credentials are in their requests. */
export function seesSecrets({ role }: Principal): boolean {
  return operators.includes(role);
}

/** Authenticates every route of the plugin and checks its `config.roles`. */
export function requirePrincipal(app: FastifyInstance, authenticator: Authenticator): void {
  app.addHook("onRequest", async (request) => {
    const caller = await authenticator.authenticate(request.headers.authorization, request.ip);
    const principal = await actingFor(authenticator, caller, request);
    request.principal = principal;
    checkCaller(principal, request);
  });
}

/**
 * For answers that outlive the moment in which they were begun: may the caller still have this, of this account? Rejects
 * as the request itself would be refused now.
 */
export async function checkAgain(
  authenticator: Authenticator,
  request: FastifyRequest,
  accountSid: AccountSid,
): Promise<void> {
  const caller = await authenticator.authenticate(request.headers.authorization, request.ip);
  // An administrator sees more than somebody who has a role in the account.
  if (caller.credential !== request.principal.credential) {
    throw new GatewayError("forbidden", "These credentials are not what they were.");
  }
  const access = await authenticator.accessToAccount(caller, accountSid);
  checkCaller(isPerson(caller) ? { ...caller, ...access } : caller, request);
}

/** Throws `signed-request-required`, `forbidden` or `account-not-active`. */
function checkCaller(principal: Principal, request: FastifyRequest): void {
  // Who holds no more than an API key's secret must not get past the signature that the account demands for it.
  if (principal.requiresSignedRequests && principal.credential === "api-key") {
    throw new GatewayError(
      "signed-request-required",
      "This account takes API keys on the Twilio API only, with a signature.",
    );
  }
  if (principal.policy !== undefined) {
    // Policies speak of Twilio's resources alone.
    throw new GatewayError("forbidden", "A restricted API key cannot be used here; use a standard key.");
  }
  checkRole(principal, request);
  checkActive(principal, request);
}

/** Throws `forbidden` unless the caller's role is one of the route's. */
function checkRole({ role, credential }: Principal, { routeOptions }: FastifyRequest): void {
  const { roles } = routeOptions.config;
  if (roles === undefined || roles.includes(role)) return;
  const who = credential === "user" ? "you are" : "these credentials are";
  throw new GatewayError("forbidden", `This needs the role ${roles.join(" or ")}; ${who} ${role}.`);
}

/**
 * A person acts for the account that the path or `?account=` names, with what they are there, on every route, whether it
 * takes that for others or not. Rejects with `not-found` for an account that they do not reach.
 */
async function actingFor(
  authenticator: Authenticator,
  principal: Principal,
  { query, params }: FastifyRequest,
): Promise<Principal> {
  if (!isPerson(principal)) return principal;
  const { sid } = params as { readonly sid?: string };
  const { account } = query as { readonly account?: unknown };
  const named = sid !== undefined && isSid(sid, "AC") ? sid : account;
  if (typeof named !== "string") return principal;
  return { ...principal, ...(await authenticator.accessToAccount(principal, named)) };
}

/**
 * A suspended account's own credentials may still read, but OAuth clients and service accounts, whose tokens end with the
 * suspension; those of a closed account may nothing. Throws `account-not-active`.
 */
function checkActive({ accountStatus, credential }: Principal, { method, routeOptions }: FastifyRequest): void {
  if (accountStatus === "active" || routeOptions.config.aboutPeople === true) return;
  const reads = method === "GET" || method === "HEAD";
  const ends = credential === "client" || credential === "service-account";
  if (reads && accountStatus === "suspended" && !ends) return;
  throw new GatewayError("account-not-active", `The account is ${accountStatus}.`);
}

/**
 * The account that a request is about: the one it names, or the caller's own. Rejects with `not-found` for an account
 * that the caller does not reach, as if it did not exist.
 */
export async function accountFor(
  authenticator: Authenticator,
  request: FastifyRequest,
  named: string | undefined,
): Promise<AccountSid> {
  const { principal } = request;
  if (named === undefined) return principal.accountSid;
  const { accountSid, accountStatus, role } = await authenticator.accessToAccount(principal, named);
  if (role !== principal.role) {
    // A user may be less in the account that the body names than in the one that they were let in for. Who is more there
    // names it with `?account=`.
    request.principal = { ...principal, role };
    checkRole(request.principal, request);
  }
  if (accountStatus !== "active" && request.method !== "GET" && request.method !== "HEAD") {
    throw new GatewayError("account-not-active", `The account is ${accountStatus}.`);
  }
  return accountSid;
}

/** Who acts in the account that a request names, for what services do in somebody's name. Rejects like accountFor. */
export async function actorFor(
  authenticator: Authenticator,
  request: FastifyRequest,
  named: string | undefined,
): Promise<{ readonly principal: Principal; readonly accountSid: AccountSid }> {
  const accountSid = await accountFor(authenticator, request, named);
  return { principal: request.principal, accountSid };
}
