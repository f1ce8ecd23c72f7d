// An account as PingOne's environment: the only place that shapes it.

import type { FastifyRequest } from "fastify";
import type { Account } from "../../../core/accounts/account.ts";
import { uuidOf } from "../../../core/ids.ts";
import { environmentUrl } from "../resource.ts";

/** The id of what PingOne calls the organization: the main account. */
export function organizationIdOf({ sid, parentSid }: Pick<Account, "sid" | "parentSid">): string {
  return uuidOf(parentSid ?? sid);
}

export function presentEnvironment(request: FastifyRequest, account: Account) {
  const { environmentId, friendlyName, type, status, createdAt, updatedAt } = account;
  const organization = organizationIdOf(account);
  return {
    _links: { self: { href: environmentUrl(request, environmentId) } },
    id: environmentId,
    organization: { id: organization },
    license: { id: organization },
    name: friendlyName,
    type: type === "Trial" ? "SANDBOX" : "PRODUCTION",
    // There are no regions here; PingOne's clients want one of its own.
    region: "NA",
    ...(status === "active" ? { status: "ACTIVE" } : {}),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
