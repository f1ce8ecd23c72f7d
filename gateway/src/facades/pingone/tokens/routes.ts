// `/{environment}/as`: tokens for clients, and where their keys are. The environment is the client's own, whichever it goes
// on to manage. Tokens are signed JWTs; what a client may do is looked up with each call all the same.

import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Account } from "../../../core/accounts/account.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { GrantedToken } from "../../../services/authenticator.ts";
import type { SigningKeys } from "../../../services/oauth/signing-keys.ts";
import { findAccount } from "../../../store/accounts.ts";
import { publicUrlOf } from "../../listener.ts";
import { type AccessDeps, type EnvironmentPath, findEnvironment } from "../auth.ts";
import { organizationIdOf } from "../environments/present.ts";
import { addHeaders } from "../headers.ts";
import { registerPath, sendJson } from "../resource.ts";
import { oauthError, sendTokenError } from "./errors.ts";
import { presentDiscovery, presentKeys, presentToken } from "./present.ts";
import { type ClientCredentials, readTokenRequest } from "./schema.ts";

export interface TokenDeps extends AccessDeps {
  readonly log: Logger;
  readonly signingKeys: SigningKeys;
}

const bodyLimitBytes = 16 * 1024;

/** The plugin, to be registered without a prefix. */
export function createTokenRoutes(deps: TokenDeps): FastifyPluginAsync {
  return async (app) => {
    addHeaders(app);
    app.setErrorHandler((error: unknown, request, reply) => sendTokenError(deps.log, error, request, reply));
    registerToken(app, deps);
    registerPath(app, "/:environmentId/as/jwks", {
      GET: async (request, reply) => {
        await issuerOf(deps, request);
        return sendJson(reply, presentKeys(await deps.signingKeys.current()));
      },
    });
    registerPath(app, "/:environmentId/as/.well-known/openid-configuration", {
      GET: async (request, reply) => sendJson(reply, presentDiscovery(await issuerOf(deps, request))),
    });
  };
}

function registerToken(app: FastifyInstance, deps: TokenDeps): void {
  app.post("/:environmentId/as/token", { bodyLimit: bodyLimitBytes }, async (request, reply) => {
    const [first, ...others] = readTokenRequest(request);
    if (first === undefined) throw oauthError("invalid_client", "The client's credentials are missing.");
    const granted = await grantAny(deps, request, [first, ...others]);
    return sendJson(reply, presentToken(granted));
  });
  for (const method of ["GET", "PUT", "PATCH", "DELETE"] as const) {
    app.route({
      method,
      url: "/:environmentId/as/token",
      exposeHeadRoute: false,
      handler: async () => {
        throw new GatewayError("method-not-allowed", "Tokens are asked for with POST.");
      },
    });
  }
}

/** The token for the first credentials that are right. Rejects with what is wrong with the last ones. */
async function grantAny(
  deps: TokenDeps,
  request: FastifyRequest,
  candidates: readonly ClientCredentials[],
): Promise<GrantedToken> {
  for (const [index, credentials] of candidates.entries()) {
    try {
      return await grant(deps, request, credentials);
    } catch (error) {
      const isWrong = error instanceof GatewayError && error.code === "unauthenticated";
      if (!isWrong || index === candidates.length - 1) throw error;
    }
  }
  throw wrongClient();
}

async function grant(
  { authenticator, db, sealer }: TokenDeps,
  request: FastifyRequest,
  { clientId, clientSecret }: ClientCredentials,
): Promise<GrantedToken> {
  const { environmentId } = request.params as EnvironmentPath;
  const principal = await authenticator.authenticateClient(clientId, clientSecret, request.ip);
  const account = await findAccount(db, sealer, principal.accountSid);
  if (account === null || account.environmentId !== environmentId.toLowerCase()) throw wrongClient();
  const claims = {
    issuer: issuerUrl(request, account),
    audience: [publicUrlOf(request)],
    extra: { env: account.environmentId, org: organizationIdOf(account) },
  };
  return await authenticator.grantToken(clientId, clientSecret, request.ip, claims);
}

function wrongClient(): GatewayError {
  return oauthError("invalid_client", "This environment has no such client, or its secret is wrong.");
}

async function issuerOf(deps: TokenDeps, request: FastifyRequest): Promise<string> {
  const account = await findEnvironment(deps, (request.params as EnvironmentPath).environmentId);
  if (account === null) throw new GatewayError("not-found", "There is no such environment.");
  return issuerUrl(request, account);
}

function issuerUrl(request: FastifyRequest, { environmentId }: Pick<Account, "environmentId">): string {
  return `${publicUrlOf(request)}/${environmentId}/as`;
}
