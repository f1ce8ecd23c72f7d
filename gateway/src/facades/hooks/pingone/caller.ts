// Who calls in the place of a custom provider of PingOne: somebody with credentials of the gateway, as Basic, as a bearer (an
// access key, or a token that PingOne has fetched), or as the value of one of the headers below.

import type { FastifyRequest } from "fastify";
import type { Principal } from "../../../core/access/principal.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";

export interface CallerDeps {
  readonly authenticator: Authenticator;
  readonly providers: Pick<Providers, "get">;
}

/** Stands for a provider's id: the account of the credentials, whatever providers it has. */
const anyProvider = "default";
const keyHeaders = ["x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token"] as const;
const clientForm = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;

/**
 * The account that the request is for. Rejects with `unauthenticated`, `rate-limited`, `forbidden`, `account-not-active`, and
 * with `not-found` for a provider that the account does not have.
 */
export async function accountOfCaller(
  deps: CallerDeps,
  request: FastifyRequest,
  provider: string,
): Promise<AccountSid> {
  const principal = await identify(deps, request);
  demandSender(principal);
  if (provider !== anyProvider) await deps.providers.get(principal.accountSid, provider);
  return principal.accountSid;
}

async function identify({ authenticator }: CallerDeps, { headers, ip }: FastifyRequest): Promise<Principal> {
  const { authorization } = headers;
  if (authorization === undefined) {
    const key = keyHeaders.map((name) => headers[name]).find((value) => typeof value === "string");
    return await authenticator.authenticate(typeof key === "string" ? `Bearer ${key}` : undefined, ip);
  }
  const client = clientOf(authorization);
  if (client === null) return await authenticator.authenticate(authorization, ip);
  return await authenticator.authenticateClient(client.id, client.secret, ip);
}

/** Basic credentials whose user is no SID are those of an OAuth client. */
function clientOf(authorization: string): { readonly id: string; readonly secret: string } | null {
  const encoded = clientForm.exec(authorization)?.[1];
  const pair = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const id = pair.slice(0, colon);
  return colon < 1 || /^(?:AC|SK)[0-9a-f]{32}$/i.test(id) ? null : { id, secret: pair.slice(colon + 1) };
}

function demandSender({ accountStatus, role, credential, policy, requiresSignedRequests }: Principal): void {
  if (accountStatus !== "active") throw new GatewayError("account-not-active", `The account is ${accountStatus}.`);
  if (role === "viewer") throw new GatewayError("forbidden", "These credentials may only read.");
  if (policy !== undefined || (requiresSignedRequests && credential === "api-key")) {
    throw new GatewayError(
      "forbidden",
      "This API key cannot be used here; use an access key, a client or the account's auth token.",
    );
  }
}
