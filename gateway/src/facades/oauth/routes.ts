// The endpoints of the authorization server: each request goes to the library for the issuer that it came to. What ZITADEL's
// clients send and the library does not take is put right here.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { networkOf } from "../../core/access/network.ts";
import { createRequestLimit, type RequestLimit } from "../../core/access/request-limit.ts";
import type { Clock } from "../../core/clock.ts";
import { dashboardClientId } from "../../services/oauth/client-metadata.ts";
import { publicUrlOf } from "../listener.ts";
import { sendOauthError } from "./errors.ts";
import { pathPrefixOf, paths } from "./provider/configuration.ts";
import type { Issuers } from "./provider/issuers.ts";
import { invalidAssertion, isJwtBearer, nameAssertingClient } from "./provider/jwt-bearer.ts";
import { askProvider, type ProviderAnswer } from "./provider/requests.ts";

export interface EndpointDeps {
  readonly issuers: Issuers;
  readonly clock: Clock;
}

/** Each authorization and each sign-out that is begun is kept for half an hour, whoever begins it. */
const begunPerNetwork = { windowMs: 60_000, max: 300, maxKeys: 10_000 };
/** With it. */
const stateCharactersMax = 2048;

const urlCharactersMax = 8192;

export function registerEndpoints(app: FastifyInstance, deps: EndpointDeps): void {
  const pass = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => passOn(deps, request, reply);
  const limit = createRequestLimit({ clock: deps.clock, ...begunPerNetwork });
  const handlers: Readonly<Record<string, typeof pass>> = {
    [paths.authorize]: authorizeWith(deps, limit),
    [paths.endSession]: endSessionWith(deps, limit),
  };
  const routes = [
    [paths.authorize, ["GET"]],
    [`${paths.authorize}/:uid`, ["GET"]],
    [paths.introspect, ["POST", "OPTIONS"]],
    [paths.revoke, ["POST", "OPTIONS"]],
    [paths.keys, ["GET", "OPTIONS"]],
    [paths.userinfo, ["GET", "POST", "OPTIONS"]],
    [paths.endSession, ["GET"]],
    [`${paths.endSession}/confirm`, ["POST"]],
    [`${paths.endSession}/success`, ["GET"]],
    [paths.discovery, ["GET", "OPTIONS"]],
    [paths.oauthDiscovery, ["GET", "OPTIONS"]],
    [paths.token, ["OPTIONS"]],
  ] as const;
  for (const [url, method] of routes) {
    app.route({ method: [...method], url, handler: handlers[url] ?? pass });
  }
  // The library takes these by GET alone: with POST it would need cookies that other sites' forms can use.
  for (const url of [paths.authorize, paths.endSession]) app.post(url, redirectAsGet);
  app.post(paths.token, (request, reply) => token(deps, request, reply));
}

async function passOn(
  { issuers }: EndpointDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  changed: { readonly body?: string; readonly url?: string } = {},
): Promise<FastifyReply> {
  return send(reply, await ask(issuers, request, changed));
}

async function ask(
  issuers: Issuers,
  request: FastifyRequest,
  changed: { readonly body?: string; readonly url?: string },
): Promise<ProviderAnswer> {
  const { issuer, listener } = await issuers.of(publicUrlOf(request));
  return await askProvider(listener, { request, issuer, body: bodyOf(request), ...changed });
}

function send(reply: FastifyReply, { status, headers, body }: ProviderAnswer): FastifyReply {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return reply.code(status).headers(Object.fromEntries(given)).send(body);
}

function bodyOf({ body }: FastifyRequest): string {
  return typeof body === "string" ? body : "";
}

/**
 * Who asks for access while nobody is there must be told so by a person; the library drops the wish unless consent is asked
 * for, ZITADEL asks by itself. The dashboard needs no consent.
 */
function authorizeWith(deps: EndpointDeps, limit: RequestLimit) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const waitMs = limit.take(networkOf(request.ip));
    if (waitMs > 0) return sendTooMany(reply, waitMs);
    const fields = queryOf(request);
    if (isTooLong(request, fields)) return sendTooLong(reply);
    const wantsOffline = (fields.get("scope") ?? "").split(" ").includes("offline_access");
    if (!wantsOffline || fields.has("prompt") || fields.get("client_id") === dashboardClientId) {
      return await passOn(deps, request, reply);
    }
    return await passOn(deps, request, reply, { url: `${request.url}&prompt=consent` });
  };
}

/** What is begun here is kept in a session, also of somebody who has not signed in. */
function endSessionWith(deps: EndpointDeps, limit: RequestLimit) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const waitMs = limit.take(networkOf(request.ip));
    if (waitMs > 0) return sendTooMany(reply, waitMs);
    return isTooLong(request, queryOf(request)) ? sendTooLong(reply) : await passOn(deps, request, reply);
  };
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
  const queryAt = url.indexOf("?");
  return new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt));
}

function isTooLong({ url }: FastifyRequest, fields: URLSearchParams): boolean {
  return url.length > urlCharactersMax || fields.getAll("state").some((state) => state.length > stateCharactersMax);
}

function sendTooLong(reply: FastifyReply): FastifyReply {
  const description = `the request is too long: it may have ${urlCharactersMax} characters, and its state ${stateCharactersMax}`;
  return sendOauthError(reply, 400, { error: "invalid_request", error_description: description });
}

function sendTooMany(reply: FastifyReply, waitMs: number): FastifyReply {
  reply.header("retry-after", Math.ceil(waitMs / 1000));
  const description = "Too many sign-ins or sign-outs were begun from this address. Try again shortly.";
  return sendOauthError(reply, 429, { error: "temporarily_unavailable", error_description: description });
}

async function redirectAsGet(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const url = `${pathPrefixOf(publicUrlOf(request))}${request.routeOptions.url}?${new URLSearchParams(bodyOf(request))}`;
  if (url.length <= urlCharactersMax) return reply.header("cache-control", "no-store").redirect(url, 303);
  return sendTooLong(reply);
}

async function token({ issuers }: EndpointDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const form = bodyOf(request);
  const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  if (!isForm || !isJwtBearer(form)) return send(reply, await ask(issuers, request, {}));
  const body = nameAssertingClient(form);
  if (body === null) {
    return sendOauthError(reply, 400, { error: "invalid_request", error_description: "assertion missing" });
  }
  const answer = await ask(issuers, request, { body });
  // The assertion is what proves the client: whatever is wrong with either gets the same answer.
  return answer.status === 401 ? sendOauthError(reply, 400, invalidAssertion) : send(reply, answer);
}
