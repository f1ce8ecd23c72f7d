// Who calls ZITADEL's admin API: a bearer of whatever the gateway gives tokens for. Runs before the body is read. Texts and
// ids are ZITADEL's own.

import { Code } from "@connectrpc/connect";
import type { FastifyRequest } from "fastify";
import { actorOf, type Principal } from "../../core/access/principal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import { hasAdminAudience, type IamPermission, iamPermissionsOf } from "../../core/oauth/iam-permissions.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import { findAccountByOwner, findResourceOwner } from "../../store/accounts.ts";
import type { Queryable } from "../../store/database.ts";
import { type Refusal, refuse } from "./errors.ts";

export interface Caller {
  readonly accountSid: AccountSid;
  /** For the audit log. */
  readonly actor: string;
  /** The account's 18-digit number. */
  readonly resourceOwner: string;
  readonly permissions: readonly IamPermission[];
}

export interface AuthDeps {
  readonly db: Queryable;
  readonly authenticator: Authenticator;
}

const schemeMissing: Refusal = { code: Code.Unauthenticated, text: "invalid auth header", id: "AUTH-toLo1" };
const tokenInvalid: Refusal = { code: Code.Unauthenticated, text: "Errors.Token.Invalid", id: "AUTH-7fs1e" };
const notActive: Refusal = { code: Code.Unauthenticated, text: "Errors.Org.NotActive", id: "AUTH-oR9nA" };
const unknownOrganisation: Refusal = {
  code: Code.PermissionDenied,
  text: "Organisation doesn't exist",
  id: "AUTH-Bs7Ds",
};
const notPermitted: Refusal = {
  code: Code.PermissionDenied,
  text: "No matching permissions found",
  id: "AUTH-5mWD2",
};

/** Rejects with the ConnectError to answer with, or a GatewayError for what ZITADEL has no word for. */
export async function authenticateCaller(deps: AuthDeps, request: FastifyRequest): Promise<Caller> {
  const principal = await bearer(deps, request.headers.authorization, request.ip);
  // The account that a person means; for others it can only be one that is theirs.
  const organisation = request.headers["x-zitadel-orgid"];
  const { accountSid, accountStatus, role, resourceOwner } = await accountOf(
    deps,
    principal,
    String(organisation ?? ""),
  );
  if (accountStatus !== "active") throw refuse(notActive);
  return {
    accountSid,
    resourceOwner,
    actor: actorOf(principal),
    permissions: iamPermissionsOf({ ...principal, role }),
  };
}

/** Who may change providers may see their keys; others may not see what is in their URLs, either. */
export function seesSecrets({ permissions }: Caller): boolean {
  return permissions.includes("iam.write");
}

/** Throws unless the caller may. */
export function demandPermission({ permissions }: Caller, permission: string): void {
  if (!permissions.some((held) => held === permission)) throw refuse(notPermitted);
}

async function bearer(
  { authenticator }: AuthDeps,
  authorization: string | undefined,
  remoteAddress: string,
): Promise<Principal> {
  if (authorization === undefined || authorization === "") {
    throw refuse({ code: Code.Unauthenticated, text: "auth header missing" });
  }
  if (!/^bearer /i.test(authorization)) throw refuse(schemeMissing);
  const principal = await authenticator.authenticate(authorization, remoteAddress).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "unauthenticated") throw refuse(tokenInvalid);
    throw error;
  });
  if (!hasAdminAudience(principal)) throw refuse(tokenInvalid);
  return principal;
}

async function accountOf({ db, authenticator }: AuthDeps, principal: Principal, organisation: string) {
  const { accountSid, accountStatus, role } = principal;
  const own = { accountSid, accountStatus, role };
  if (organisation === "") {
    const resourceOwner = await findResourceOwner(db, own.accountSid);
    if (resourceOwner === null) throw refuse(tokenInvalid);
    return { ...own, resourceOwner };
  }
  const named = /^\d{18}$/.test(organisation) ? await findAccountByOwner(db, organisation) : null;
  if (named === null) throw refuse(unknownOrganisation);
  // Another's account must look as if it were not there.
  const reached = await authenticator.accessToAccount(principal, named).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "not-found") throw refuse(unknownOrganisation);
    throw error;
  });
  return { ...reached, resourceOwner: organisation };
}
