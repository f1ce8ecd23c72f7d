// Who posts for FusionAuth's generic messenger: somebody with credentials of the gateway, in any of their forms, or with those
// that the generic messenger of the path is set up with here (its Basic user and password, its headers). Decides before the
// body is read.

import type { FastifyRequest } from "fastify";
import { createFailureLimit } from "../../../core/access/failure-limit.ts";
import type { Principal } from "../../../core/access/principal.ts";
import type { Clock } from "../../../core/clock.ts";
import { sameSecret } from "../../../core/credentials/secrets.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import type { ProviderWithSecrets } from "../../../core/providers/provider.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";
import type { CalledProviders } from "../../../services/upstream-reports/called-providers.ts";
import { findAccountStatus } from "../../../store/accounts.ts";
import type { Queryable } from "../../../store/database.ts";

export interface CallerDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly providers: Pick<Providers, "get">;
  readonly calledProviders: CalledProviders;
}

/** Stands for a provider's id: the account of the credentials, whatever providers it has. */
const anyProvider = "default";
const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const failureLimits = { windowMs: 60_000, maxPerPair: 20, maxPerAddress: 300, maxCounters: 10_000 };

/**
 * The account that the request is for. Rejects with `unauthenticated`, `rate-limited`, `forbidden`, `account-not-active`, and
 * with `not-found` for a provider that the account does not have.
 */
export function createCallerCheck(
  deps: CallerDeps,
): (request: FastifyRequest, provider: string) => Promise<AccountSid> {
  const failures = createFailureLimit({ clock: deps.clock, ...failureLimits });
  return async (request, provider) => {
    const subject = `hook ${provider.slice(0, 64)}`;
    const waitMs = failures.blockedForMs(request.ip, subject);
    const own = waitMs > 0 ? null : await ownMessenger(deps, request, provider);
    if (own !== null) return await activeAccount(deps, own.accountSid);
    try {
      const principal = await deps.authenticator.authenticate(request.headers.authorization, request.ip);
      demandSender(principal);
      if (provider !== anyProvider) await deps.providers.get(principal.accountSid, provider);
      return principal.accountSid;
    } catch (error) {
      if (error instanceof GatewayError && error.code === "unauthenticated") failures.add(request.ip, subject);
      throw error;
    }
  };
}

/** The messenger of the path, if the request carries what it is set up with; as it is now where what is remembered differs. */
async function ownMessenger(
  { calledProviders }: CallerDeps,
  request: FastifyRequest,
  provider: string,
): Promise<ProviderWithSecrets | null> {
  if (!uuidForm.test(provider)) return null;
  const id = provider.toLowerCase() as Uuid;
  const isProven = (one: ProviderWithSecrets) => proves(one, request);
  const found = await calledProviders.find("http", id);
  if (found.length === 0) return null;
  return found.find(isProven) ?? (await calledProviders.findNow("http", id)).find(isProven) ?? null;
}

const secretCharactersMin = 8;

/** Everything that the messenger sends to prove itself, and at least one such thing. */
function proves({ config, secrets }: ProviderWithSecrets, { headers }: FastifyRequest): boolean {
  if (config["format"] !== "fusionauth") return false;
  const proofs = Object.entries(secrets["headers"] === undefined ? {} : parseHeaders(secrets["headers"]));
  const basic = basicOf(config["authentication"], secrets["password"]);
  if (basic !== null) proofs.push(["authorization", basic]);
  const isLong = proofs.some(([, value]) => value.length >= secretCharactersMin);
  return isLong && proofs.every(([name, value]) => sameSecret(String(headers[name.toLowerCase()] ?? ""), value));
}

function basicOf(authentication: unknown, password: string | undefined): string | null {
  if (typeof authentication !== "object" || authentication === null || password === undefined) return null;
  const { method, username } = authentication as { readonly method?: unknown; readonly username?: unknown };
  return method === "BASIC" ? `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` : null;
}

/** As they were sealed: by the store, from a record. */
function parseHeaders(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>;
}

async function activeAccount({ db }: CallerDeps, accountSid: AccountSid): Promise<AccountSid> {
  const status = await findAccountStatus(db, accountSid);
  if (status === "active") return accountSid;
  throw new GatewayError("account-not-active", `The account is ${status ?? "gone"}.`);
}

function demandSender({ accountStatus, role, credential, policy, requiresSignedRequests }: Principal): void {
  if (accountStatus !== "active") throw new GatewayError("account-not-active", `The account is ${accountStatus}.`);
  if (role === "viewer") throw new GatewayError("forbidden", "These credentials may only read.");
  if (policy !== undefined || (requiresSignedRequests && credential === "api-key")) {
    throw new GatewayError(
      "forbidden",
      "This API key cannot be used here; use an access key or the account's auth token.",
    );
  }
}
