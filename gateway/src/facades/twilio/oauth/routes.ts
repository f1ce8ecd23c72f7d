// OAuth client credentials: a client's id and secret for an access token, at oauth's /v2/token and iam's older /v1/token.
// These paths alone take no Authorization header; SDKs send an empty one.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "../../../services/authenticator.ts";
import { formOf, notFound, pathOf, queryOf, type TwilioApi } from "../call.ts";
import { first } from "../form.ts";
import { sendJson } from "../resource.ts";
import { registerPath } from "../routing.ts";
import { presentToken } from "./present.ts";
import { readTokenRequest } from "./schema.ts";

/** What every path below /v2 has in common. */
export const oauthApi: TwilioApi = {
  allowedMethods: "GET, POST, OPTIONS",
  formatOf: () => "json",
  accountIn: () => "",
  openWithoutCredentials: isTokenRequest,
};

export function isTokenRequest(request: FastifyRequest): boolean {
  return /^\/v[12]\/token$/.test(pathOf(request));
}

/** `status`: 200 in v2, 201 in v1. */
export function registerTokenRoutes(
  app: FastifyInstance,
  { authenticator }: { readonly authenticator: Authenticator },
  status: 200 | 201,
): void {
  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { clientId, clientSecret } = readTokenRequest(formOf(request));
    const granted = await authenticator.grantToken(clientId, clientSecret, request.ip);
    const named = first(queryOf(request), "account_sid");
    if (named && named !== granted.principal.accountSid) throw notFound(request);
    // RFC 6749 section 5.1: a token is nobody else's to keep.
    return sendJson(request, reply, presentToken(granted), { status, headers: { "cache-control": "no-store" } });
  }

  registerPath(app, "/token", { POST: create });
}
