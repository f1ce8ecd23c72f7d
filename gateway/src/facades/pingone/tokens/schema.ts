// A token request (RFC 6749 sections 2.3.1 and 4.4.2): a form with the grant, and the client's credentials in it or as Basic
// authentication. Libraries encode both parts of the latter, people do not.

import type { FastifyRequest } from "fastify";
import { oauthError } from "./errors.ts";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

const basicForm = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const fieldCharactersMax = 4096;

/**
 * The credentials as they may have been meant, likelier ones first; never empty. Throws the OAuth error of what is wrong.
 * A scope changes nothing: a client's role says what it may do.
 */
export function readTokenRequest(request: FastifyRequest): readonly ClientCredentials[] {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw oauthError("invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const form = new URLSearchParams(request.rawForm);
  const grants = form.getAll("grant_type");
  if (grants.length !== 1) throw oauthError("invalid_request", "Give one grant_type: client_credentials.");
  if (grants[0] !== "client_credentials") {
    throw oauthError("unsupported_grant_type", "The only grant_type here is client_credentials.");
  }
  const { authorization } = request.headers;
  // Some SDKs send an empty header.
  if (authorization !== undefined && authorization !== "") return basicCredentials(authorization);
  const [clientId = "", clientSecret = ""] = [form.get("client_id") ?? "", form.get("client_secret") ?? ""];
  if (clientId === "" || clientId.length > fieldCharactersMax || clientSecret.length > fieldCharactersMax) {
    throw oauthError("invalid_client", "The client_id and the client_secret are missing.");
  }
  return [{ clientId, clientSecret }];
}

function basicCredentials(authorization: string): readonly ClientCredentials[] {
  const encoded = authorization.length > 2 * fieldCharactersMax ? undefined : basicForm.exec(authorization)?.[1];
  const pair = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 1) throw oauthError("invalid_client", "Unsupported authentication method: use Basic, or the body.");
  const asGiven = { clientId: pair.slice(0, colon), clientSecret: pair.slice(colon + 1) };
  const decoded = { clientId: formDecoded(asGiven.clientId), clientSecret: formDecoded(asGiven.clientSecret) };
  const isSame = decoded.clientId === asGiven.clientId && decoded.clientSecret === asGiven.clientSecret;
  return isSame ? [asGiven] : [decoded, asGiven];
}

function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x") ?? text;
}
