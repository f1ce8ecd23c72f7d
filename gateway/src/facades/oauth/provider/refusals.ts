// Refusals that ZITADEL's clients know by other words than the library's. Only the body changes, and the status where nobody
// said who they are; `WWW-Authenticate` stays RFC 6750's.

import type { KoaContextWithOIDC } from "oidc-provider";
import { jwtBearerGrant } from "../../../services/oauth/client-metadata.ts";
import { paths } from "./configuration.ts";

interface Refusal {
  readonly error: string;
  readonly error_description: string;
}

const grants: readonly string[] = ["authorization_code", "refresh_token", "client_credentials", jwtBearerGrant];

const shownCharactersMax = 100;

/** Call it when the library has answered. */
export function rewordRefusal(ctx: KoaContextWithOIDC): void {
  const { body } = ctx;
  if (!isRefusal(body)) return;
  if (ctx.path === paths.token) ctx.body = ofToken(ctx, body);
  if (ctx.path === paths.userinfo && ctx.status === 401) ctx.body = ofUserinfo(body);
  if (ctx.path === paths.introspect && isNobody(body)) {
    ctx.status = 401;
    ctx.body = { ...body, error: "invalid_client" };
  }
}

function isRefusal(body: unknown): body is Refusal {
  return typeof body === "object" && body !== null && "error" in body && "error_description" in body;
}

/** No client is named, or the request has no body to name one in. */
function isNobody({ error, error_description: description }: Refusal): boolean {
  return error === "invalid_request" && description === "no client authentication mechanism provided";
}

function ofToken(ctx: KoaContextWithOIDC, refusal: Refusal): Refusal {
  // The library takes an empty form for one of another type.
  const isEmpty =
    ctx.oidc.body === undefined && ctx.get("content-type").startsWith("application/x-www-form-urlencoded");
  if (!isEmpty && !isNobody(refusal)) return refusal;
  const grant = ctx.oidc.body?.["grant_type"];
  if (typeof grant !== "string" || grant === "") return { ...refusal, error_description: "grant_type missing" };
  if (grants.includes(grant)) return refusal;
  return { error: "unsupported_grant_type", error_description: `${grant.slice(0, shownCharactersMax)} not supported` };
}

function ofUserinfo(refusal: Refusal): Refusal {
  if (refusal.error !== "invalid_token") return refusal;
  if (refusal.error_description === "no access token provided") {
    return { error: "invalid_request", error_description: "access token missing" };
  }
  return { error: "access_denied", error_description: "access token invalid" };
}
