// One authorization server for each URL under which the gateway is reached, since an issuer is one URL; all share what is
// stored. They are few, and are made anew when the signing keys change.

import { createHash } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { RequestListener } from "node:http";
import { LRUCache } from "lru-cache";
import { errors, type KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Logger } from "pino";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError, isDatabaseAway, toError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { KeyUses } from "../../../services/key-uses.ts";
import { createOidcAdapter } from "../../../services/oauth/adapter.ts";
import { clientRowMetadata } from "../../../services/oauth/client-metadata.ts";
import type { SigningKey, SigningKeys } from "../../../services/oauth/signing-keys.ts";
import type { Queryable } from "../../../store/database.ts";
import { sourceOf, withFormTargets } from "../pages/security-policy.ts";
import { configurationOf, pathPrefixOf, paths } from "./configuration.ts";
import { registerJwtBearer } from "./jwt-bearer.ts";
import { audienceOf } from "./policies.ts";
import { rewordRefusal } from "./refusals.ts";

export interface IssuersDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly signingKeys: SigningKeys;
  readonly keyUses: Pick<KeyUses, "note">;
}

export interface Issuer {
  readonly issuer: string;
  readonly provider: Provider;
  readonly listener: RequestListener;
}

export interface Issuers {
  /** `issuer`: the public URL, without a slash at the end. */
  of(issuer: string): Promise<Issuer>;
}

/** More URLs than a gateway is reached under; whoever makes up hosts only pushes out other made-up ones' servers. */
const issuersMax = 16;

export function createIssuers(deps: IssuersDeps): Issuers {
  const made = new LRUCache<string, Issuer>({ max: issuersMax });
  return {
    async of(issuer) {
      const { keys, version } = await deps.signingKeys.current();
      const name = `${issuer} ${version}`;
      const known = made.get(name);
      if (known !== undefined) return known;
      const fresh = createProvider(deps, issuer, keys);
      made.set(name, fresh);
      return fresh;
    },
  };
}

function createProvider(deps: IssuersDeps, issuer: string, keys: readonly SigningKey[]): Issuer {
  const { db, clock, log, authenticator } = deps;
  const cookieMark = createHash("sha256").update(issuer).digest("hex").slice(0, 8);
  const adapter = createOidcAdapter({ db, clock, issuer });
  const provider = new Provider(issuer, configurationOf({ db, issuer, adapter, keys, cookieMark }));
  // The copies of requests say whence they came (requests.ts): nothing of what clients claim is in them.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function compareClientSecret(secret) {
    return isRightSecret(authenticator, this.clientId, secret);
  };
  registerJwtBearer(provider, deps);
  provider.use((ctx, next) => guard(ctx as unknown as KoaContextWithOIDC, issuer, next));
  provider.on("grant.success", (ctx) => noteClientUse(deps.keyUses, ctx));
  const tell = (error: unknown): void => {
    log[isDatabaseAway(error) ? "warn" : "error"]({ err: toError(error) }, "the authorization server failed");
  };
  provider.on("server_error", (ctx, error) => {
    ctx.state["failure"] = error;
    tell(error);
  });
  // What is thrown outside of the library's own handlers; its types do not tell of this event.
  const plainEvents: EventEmitter = provider;
  plainEvents.on("error", tell);
  return { issuer, provider, listener: provider.callback() };
}

/** A public client shows no secret: that it got a token is what tells of its use. */
function noteClientUse(keyUses: IssuersDeps["keyUses"], { oidc: { client } }: KoaContextWithOIDC): void {
  const [accountSid, id] = [client?.[clientRowMetadata.accountSid], client?.[clientRowMetadata.id]];
  // The dashboard and service accounts have no row among the clients.
  if (typeof accountSid !== "string" || typeof id !== "string") return;
  keyUses.note("oauth-client", accountSid as AccountSid, id as Uuid);
}

async function isRightSecret(authenticator: Authenticator, clientId: string, secret: string): Promise<boolean> {
  try {
    await authenticator.authenticateClient(clientId, secret, Provider.ctx?.ip ?? "");
    return true;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "unauthenticated") return false;
    if (error.code !== "rate-limited") throw error;
    Provider.ctx?.set("retry-after", error.values["retryAfterSeconds"] ?? "60");
    throw Object.assign(new errors.OIDCProviderError(429, "temporarily_unavailable"), {
      error_description: error.message,
    });
  }
}

type Next = () => Promise<unknown>;

/** Round every request of the library: what its answers lack. */
async function guard(ctx: KoaContextWithOIDC, issuer: string, next: Next): Promise<void> {
  ctx["mountPath"] = pathPrefixOf(issuer);
  ctx.set("content-security-policy", withFormTargets([]));
  await next();
  if (ctx.response.is("html")) completePage(ctx);
  else ctx.remove("content-security-policy");
  if (ctx.path === paths.introspect) completeIntrospection(ctx);
  rewordRefusal(ctx);
  if (ctx.path === paths.keys) ctx.set("cache-control", "public, max-age=300");
  if (isDatabaseAway(ctx.state["failure"])) {
    ctx.status = 503;
    ctx.set("retry-after", "2");
    ctx.body = { error: "temporarily_unavailable", error_description: "The database is away. Try again shortly." };
  }
}

/** A form on the page may lead, by way of the gateway, to where the client wants it. */
function completePage(ctx: KoaContextWithOIDC): void {
  const { params, redirectUriCheckPerformed, session } = ctx.oidc;
  const targets = [
    redirectUriCheckPerformed === true ? params?.["redirect_uri"] : undefined,
    // Checked by the library, which drops a wrong one.
    params?.["post_logout_redirect_uri"],
    session?.state?.["postLogoutRedirectUri"],
  ].flatMap((uri) => (typeof uri === "string" ? [sourceOf(uri)] : []));
  ctx.set("content-security-policy", withFormTargets(targets, ctx.response.get("content-security-policy")));
  ctx.set("x-frame-options", "DENY");
  ctx.set("referrer-policy", "same-origin");
}

function completeIntrospection(ctx: KoaContextWithOIDC): void {
  const told: unknown = ctx.body;
  if (typeof told !== "object" || told === null || !("active" in told) || told.active !== true) return;
  if (!("client_id" in told) || typeof told.client_id !== "string") return;
  const scope = "scope" in told ? told.scope : undefined;
  const username = "sub" in told ? told.sub : told.client_id;
  ctx.body = { ...told, aud: audienceOf(told.client_id, scope), sub: username, username };
}
