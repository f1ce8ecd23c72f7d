// Who calls, and what their key allows. FusionAuth's form of a key is the Authorization header itself, without a scheme; whatever
// is not right, or not enough, is one and the same empty 401. Runs before a body is read.

import type { FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { createFailureLimit } from "../../core/access/failure-limit.ts";
import { actorOf, isMain, type Principal } from "../../core/access/principal.ts";
import type { Clock } from "../../core/clock.ts";
import { hashSecret } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import { isStorable } from "../../core/storable-text.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { KeyUses } from "../../services/key-uses.ts";
import type { Queryable } from "../../store/database.ts";
import { findShownKey, type ShownKey } from "../../store/endpoint-keys.ts";

export interface Caller {
  readonly accountSid: AccountSid;
  /** For the audit log. */
  readonly actor: string;
  /** May manage keys. */
  readonly keyManager: boolean;
  /** Sees the secrets of messengers. */
  readonly seesSecrets: boolean;
  /** Methods by endpoint; null: everything. */
  readonly endpoints: Readonly<Record<string, readonly string[]>> | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Of the FusionAuth facade's requests: set before any of its handlers runs. */
    fusionAuthCaller: Caller | null;
  }
}

export interface AuthDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly keyUses: Pick<KeyUses, "note">;
  readonly tenants: "lenient" | "strict";
}

/** What a route asks of its caller. */
export interface Endpoint {
  /** Names under which a key may have a permission for it. */
  readonly names: readonly string[];
  /** Belongs to no tenant. */
  readonly isGlobal: boolean;
  readonly needsKeyManager: boolean;
}

const keyCharactersMax = 4096;
const failureLimits = { windowMs: 60_000, maxPerPair: 20, maxPerAddress: 300, maxCounters: 10_000 };

/** Rejects with `unauthenticated`, or `rate-limited` after too many failures. */
export function createAuthentication(deps: AuthDeps): (request: FastifyRequest, endpoint: Endpoint) => Promise<Caller> {
  const findCaller = createKeyring(deps);
  return async (request, endpoint) => {
    const { method, ip } = request;
    const key = request.headers.authorization?.trim() ?? "";
    if (key === "" || key.length > keyCharactersMax || !isStorable(key)) throw unauthenticated();
    const { caller, tenantScoped } = await findCaller(key, ip);
    const tenantNamed = request.headers["x-fusionauth-tenantid"] !== undefined;
    const refusedTenant = deps.tenants === "strict" && endpoint.isGlobal && (tenantScoped || tenantNamed);
    if (refusedTenant || (endpoint.needsKeyManager && !caller.keyManager) || !permits(caller, endpoint, method)) {
      throw unauthenticated();
    }
    return caller;
  };
}

function permits({ endpoints }: Caller, { names }: Endpoint, method: string): boolean {
  return endpoints === null || names.some((name) => endpoints[name]?.includes(method) === true);
}

interface Found {
  readonly caller: Caller;
  readonly tenantScoped: boolean;
}

/** Keys of this facade's own come first; then the gateway's access keys, which the authenticator knows, and limits. */
function createKeyring({ db, clock, authenticator, keyUses }: AuthDeps): (key: string, ip: string) => Promise<Found> {
  const failures = createFailureLimit({ clock, ...failureLimits });
  // Looked up even while their address is blocked, so that one stale client cannot shut out a working one.
  const everRight = new LRUCache<string, true>({ max: failureLimits.maxCounters });

  return async (key, ip) => {
    const digest = hashSecret(key).toString("base64");
    const waitMs = failures.blockedForMs(ip, digest);
    if (waitMs > 0 && !everRight.has(digest)) throw rateLimited(waitMs);
    const shown = await findShownKey(db, key, new Date(clock.nowMs()));
    if (shown !== null && shown.accountStatus === "active") {
      everRight.set(digest, true);
      keyUses.note("endpoint-key", shown.accountSid, shown.id);
      return { caller: callerOfKey(shown), tenantScoped: shown.tenantScoped };
    }
    try {
      if (shown !== null || /\s/.test(key)) throw unauthenticated();
      const caller = callerOf(await authenticator.authenticateKey(key, ip));
      return { caller, tenantScoped: false };
    } catch (error) {
      failures.add(ip, digest);
      throw error;
    }
  };
}

function callerOfKey({ accountSid, id, keyManager, endpoints }: ShownKey): Caller {
  const isSuper = Object.keys(endpoints).length === 0;
  const actor = `endpoint-key ${id}`;
  return { accountSid, actor, keyManager, seesSecrets: true, endpoints: isSuper ? null : endpoints };
}

const everything = ["/api/messenger", "/api/system/event-log"];

/** What the roles of the gateway's own keys allow. Rejects with `unauthenticated` for those that have no business here. */
function callerOf(principal: Principal): Caller {
  const { accountSid, accountStatus, role } = principal;
  if (accountStatus !== "active" || principal.policy !== undefined || role === "sender") throw unauthenticated();
  const reads = Object.fromEntries(everything.map((name) => [name, ["GET"]]));
  return {
    accountSid,
    actor: actorOf(principal),
    keyManager: isMain(principal),
    seesSecrets: role !== "viewer",
    endpoints: role === "viewer" ? { ...reads, "/api/system/event-log/search": ["GET", "POST"] } : null,
  };
}

function unauthenticated(): GatewayError {
  return new GatewayError("unauthenticated", "The API key is missing, wrong, or not allowed to do this.");
}

function rateLimited(waitMs: number): GatewayError {
  const retryAfterSeconds = String(Math.ceil(waitMs / 1000));
  return new GatewayError("rate-limited", `Too many failed authentications. Wait ${retryAfterSeconds} seconds.`, {
    values: { retryAfterSeconds },
  });
}

/** Only routes behind authentication may ask. */
export function callerIn({ fusionAuthCaller }: FastifyRequest): Caller {
  if (fusionAuthCaller === null) throw new Error("a route behind authentication was reached without a caller");
  return fusionAuthCaller;
}
