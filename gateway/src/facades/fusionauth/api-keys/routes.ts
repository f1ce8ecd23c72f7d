// `/api/api-key`: keys for this API, with permissions by endpoint and method. Only the gateway's own keys of an owner manage
// them: no key that is made here can make others.

import assert from "node:assert";
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Account } from "../../../core/accounts/account.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { newEndpointKey } from "../../../core/credentials/secrets.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import { changeEndpointKey, createEndpointKey, removeEndpointKey } from "../../../services/endpoint-keys.ts";
import { findAccount } from "../../../store/accounts.ts";
import type { Database } from "../../../store/database.ts";
import { type EndpointKey, type EndpointKeyChange, findEndpointKey } from "../../../store/endpoint-keys.ts";
import { callerIn } from "../auth.ts";
import { bodyOf, patchOf, sendJson, sendNothing } from "../body.ts";
import { type Errors, fieldError, refuse } from "../errors.ts";
import { invalid, isUuid } from "../fields.ts";
import type { JsonObject } from "../json/parse.ts";
import { writeJson } from "../json/write.ts";
import { applyPatchTo } from "../patch/apply-patch.ts";
import { idIn, registerPath } from "../routing.ts";
import { presentApiKey } from "./present.ts";
import { type ApiKeyRequest, checkApiKey, readApiKey } from "./schema.ts";

export interface ApiKeyRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
}

const endpoint = { names: ["/api/api-key"], isGlobal: true, needsKeyManager: true };
const immutable = ["id", "key", "keyManager", "tenantId", "retrievable", "insertInstant", "lastUpdateInstant"];
const patchRules = { replaced: [], ignored: immutable.map((name) => `apiKey.${name}`) };

export function registerApiKeyRoutes(app: FastifyInstance, deps: ApiKeyRoutesDeps): void {
  const create = (request: FastifyRequest, reply: FastifyReply) => createKey(deps, request, reply);
  const change = {
    PUT: (request: FastifyRequest, reply: FastifyReply) => updateKey(deps, request, reply),
    PATCH: (request: FastifyRequest, reply: FastifyReply) => patchKey(deps, request, reply),
    DELETE: (request: FastifyRequest, reply: FastifyReply) => removeKey(deps, request, reply),
    GET: (request: FastifyRequest, reply: FastifyReply) => retrieveKey(deps, request, reply),
  };
  registerPath(app, ["/api-key", "/api-key/", "/api-key/:keyId"], endpoint, { POST: create, ...change });
}

async function createKey(deps: ApiKeyRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, actor, endpoints: own } = callerIn(request);
  const named = Boolean((request.params as { keyId?: string }).keyId);
  const id = named ? idIn(request, "keyId") : (randomUUID() as Uuid);
  const body = bodyOf(request);
  const account = await accountOf(deps, accountSid);
  const source = await sourceOf(deps, accountSid, body);
  const asked = readApiKey(body);
  const shown = asked.retrievable ?? source?.key !== null;
  const endpoints = asked.permissionsGiven || source === null ? asked.endpoints : source.endpoints;
  const errors = [...checkApiKey(asked, shown), ...checkTenant(asked, account), ...checkReach(endpoints, own)];
  if (errors.length > 0) throw refuse(...errors);
  const key = asked.key ?? newEndpointKey();
  const made = await createEndpointKey(deps, actor, {
    ...{ accountSid, id, key, endpoints, retrievable: shown, keyManager: false },
    name: asked.name ?? null,
    tenantScoped: asked.tenantId === undefined ? (source?.tenantScoped ?? false) : true,
    expiresAt: asked.expirationInstant === undefined ? (source?.expiresAt ?? null) : new Date(asked.expirationInstant),
    kept: asked.metaData === undefined && source !== null ? source.kept : keptOf(asked),
  }).catch((error: unknown) => refuseTaken(error, asked, id));
  return sendJson(reply, { apiKey: presentApiKey(made, account, key) });
}

/** The key that is copied; null: none is asked for. */
async function sourceOf({ db, sealer }: ApiKeyRoutesDeps, accountSid: AccountSid, body: JsonObject) {
  const sourceKeyId = body["sourceKeyId"] ?? null;
  if (sourceKeyId === null) return null;
  const id = typeof sourceKeyId === "string" && isUuid(sourceKeyId) ? (sourceKeyId.toLowerCase() as Uuid) : null;
  const source = id && (await findEndpointKey(db, sealer, { accountSid, id }));
  if (source === null) throw refuse(invalid("sourceKeyId", "There is no such API key."));
  return source;
}

async function retrieveKey({ db, sealer }: ApiKeyRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid } = callerIn(request);
  const id = idIn(request, "keyId");
  const key = await findEndpointKey(db, sealer, { accountSid, id });
  if (key === null) throw new GatewayError("not-found", `The account has no API key ${id}.`);
  return sendJson(reply, { apiKey: presentApiKey(key, await accountOf({ db, sealer }, accountSid)) });
}

async function updateKey(deps: ApiKeyRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const id = await existingId(deps, request);
  const asked = readApiKey(bodyOf(request));
  return changeKey(deps, request, reply, { id, decide: () => asked });
}

async function patchKey(deps: ApiKeyRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid } = callerIn(request);
  const id = await existingId(deps, request);
  const patch = patchOf(request);
  const account = await accountOf(deps, accountSid);
  const decide = (before: EndpointKey) =>
    readApiKey(applyPatchTo({ apiKey: presentApiKey(before, account) }, patch, patchRules));
  return changeKey(deps, request, reply, { id, decide });
}

async function existingId({ db, sealer }: ApiKeyRoutesDeps, request: FastifyRequest): Promise<Uuid> {
  const { accountSid } = callerIn(request);
  const id = idIn(request, "keyId");
  if ((await findEndpointKey(db, sealer, { accountSid, id })) !== null) return id;
  throw new GatewayError("not-found", `The account has no API key ${id}.`);
}

interface Change {
  readonly id: Uuid;
  readonly decide: (before: EndpointKey) => ApiKeyRequest;
}

async function changeKey(
  deps: ApiKeyRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, decide }: Change,
): Promise<FastifyReply> {
  const { accountSid, actor, endpoints: own } = callerIn(request);
  const seen: { asked?: ApiKeyRequest } = {};
  const decideStored = (before: EndpointKey): EndpointKeyChange => {
    const asked = decide(before);
    seen.asked = asked;
    const shown = before.key !== null;
    const reach = [...checkReach(before.endpoints, own), ...checkReach(asked.endpoints, own)];
    const errors = [...checkApiKey({ ...asked, key: undefined }, shown), ...reach];
    if (errors.length > 0) throw refuse(...errors);
    return {
      name: asked.name ?? null,
      expiresAt: asked.expirationInstant === undefined ? null : new Date(asked.expirationInstant),
      endpoints: asked.endpoints,
      kept: keptOf(asked),
    };
  };
  const changing = changeEndpointKey(deps, { accountSid, actor, id }, decideStored);
  const changed = await changing.catch((error: unknown) => refuseTaken(error, seen.asked, id));
  return sendJson(reply, { apiKey: presentApiKey(changed, await accountOf(deps, accountSid)) });
}

async function removeKey(deps: ApiKeyRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, actor } = callerIn(request);
  await removeEndpointKey(deps, { accountSid, actor, id: idIn(request, "keyId") });
  return sendNothing(reply);
}

async function accountOf({ db, sealer }: ApiKeyRoutesDeps, accountSid: AccountSid): Promise<Account> {
  const account = await findAccount(db, sealer, accountSid);
  assert(account !== null, "a key's account exists");
  return account;
}

function keptOf({ metaData, ipAccessControlListId }: ApiKeyRequest): string {
  return writeJson({ metaData: metaData ?? null, ipAccessControlListId: ipAccessControlListId ?? null });
}

function checkTenant({ tenantId }: ApiKeyRequest, account: Account): readonly Errors[] {
  if (tenantId === undefined || tenantId === account.tenantId) return [];
  return [invalid("apiKey.tenantId", `There is no tenant with the id [${tenantId}].`)];
}

/** Nobody manages a key that may do more than their own. */
function checkReach(endpoints: EndpointKey["endpoints"], own: EndpointKey["endpoints"] | null): readonly Errors[] {
  if (own === null) return [];
  const within = Object.entries(endpoints).every(([path, methods]) => methods.every((one) => own[path]?.includes(one)));
  if (within && Object.keys(endpoints).length > 0) return [];
  return [invalid("apiKey.permissions", "It must not allow more than the key that manages it.")];
}

function refuseTaken(error: unknown, asked: ApiKeyRequest | undefined, id: Uuid): never {
  if (!(error instanceof GatewayError) || error.code !== "conflict") throw error;
  const { field = "id" } = error.values;
  const value = field === "name" ? asked?.name : field === "id" ? id : "…";
  throw refuse(fieldError("duplicate", `apiKey.${field}`, `An API Key with ${field} = [${value}] already exists.`));
}
