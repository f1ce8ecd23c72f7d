// The authorization server (OAuth 2, OpenID Connect) as a Fastify plugin: its endpoints at ZITADEL's paths, and the pages on
// which people sign in. The protocol itself is the library's, oidc-provider.

import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { KeyUses } from "../../services/key-uses.ts";
import type { SignIn } from "../../services/oauth/sign-in.ts";
import type { SigningKeys } from "../../services/oauth/signing-keys.ts";
import type { Queryable } from "../../store/database.ts";
import { sendFailure, sendOauthError } from "./errors.ts";
import { registerInteractions } from "./interactions/routes.ts";
import { createIssuers } from "./provider/issuers.ts";
import { registerEndpoints } from "./routes.ts";

export interface OauthFacadeDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly signIn: SignIn;
  readonly signingKeys: SigningKeys;
  readonly keyUses: Pick<KeyUses, "note">;
}

/** What any form of these endpoints fits in. */
const bodyLimitBytes = 56 * 1024;

/** The plugin, to be registered without a prefix. */
export function createOauthFacade(deps: OauthFacadeDeps): (app: FastifyInstance) => Promise<void> {
  return async (facade) => {
    // Bodies go on to the library as they came.
    facade.removeAllContentTypeParsers();
    facade.addContentTypeParser("*", { parseAs: "string", bodyLimit: bodyLimitBytes }, (_request, body, done) => {
      done(null, body);
    });
    facade.setErrorHandler((error: unknown, request, reply) => sendFailure(deps.log, error, request, reply));
    const issuers = createIssuers(deps);
    registerEndpoints(facade, { issuers, clock: deps.clock });
    registerInteractions(facade, { db: deps.db, issuers, signIn: deps.signIn });
    for (const prefix of ["/oauth", "/oidc"]) {
      await facade.register(async (rest) => refuseOthers(rest), { prefix });
    }
  };
}

function refuseOthers(rest: FastifyInstance): void {
  rest.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0];
    const description = `There is nothing at ${request.method} ${path}; see /.well-known/openid-configuration.`;
    return sendOauthError(reply, 404, { error: "invalid_request", error_description: description });
  });
}
