// `/api/messenger`: the account's providers as messengers, in the one store of all dialects.

import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import type { ProviderWithSecrets } from "../../../core/providers/provider.ts";
import type { ProviderChange, Providers } from "../../../services/providers.ts";
import type { Database } from "../../../store/database.ts";
import { findProvider, loadProviders } from "../../../store/providers.ts";
import { callerIn } from "../auth.ts";
import { bodyOf, patchOf, sendJson, sendNothing } from "../body.ts";
import { type Errors, fieldError, refuse } from "../errors.ts";
import { invalid } from "../fields.ts";
import type { JsonObject } from "../json/parse.ts";
import { applyPatchTo } from "../patch/apply-patch.ts";
import { idIn, registerPath } from "../routing.ts";
import type { Messenger } from "./messenger.ts";
import { isMessenger, presentMessenger } from "./present.ts";
import { checkMessenger, readMessenger } from "./schema.ts";
import { toStored } from "./stored-form.ts";

export interface MessengerRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly providers: Providers;
  /** Where numbers without a country are. */
  readonly region: string;
}

const endpoint = { names: ["/api/messenger"], isGlobal: true, needsKeyManager: false };
const patchRules = { replaced: ["messenger.messageTypes"], ignored: ["messenger.type"] };
/** The credentials are checked soon, by themselves: FusionAuth's clients do not expect to wait for somebody else's server. */
const saving = { check: "skip", uniqueName: true } as const;

export function registerMessengerRoutes(app: FastifyInstance, deps: MessengerRoutesDeps): void {
  const create = (request: FastifyRequest, reply: FastifyReply) => createMessenger(deps, request, reply);
  const update = (request: FastifyRequest, reply: FastifyReply) => updateMessenger(deps, request, reply);
  const patch = (request: FastifyRequest, reply: FastifyReply) => patchMessenger(deps, request, reply);
  const remove = (request: FastifyRequest, reply: FastifyReply) => removeMessenger(deps, request, reply);
  registerPath(app, ["/messenger", "/messenger/"], endpoint, {
    GET: (request, reply) => listMessengers(deps, request, reply),
    POST: create,
    // Without an id these say what is missing.
    PUT: update,
    PATCH: patch,
    DELETE: remove,
  });
  registerPath(app, ["/messenger/:messengerId"], endpoint, {
    GET: (request, reply) => retrieveMessenger(deps, request, reply),
    POST: create,
    PUT: update,
    PATCH: patch,
    DELETE: remove,
  });
}

async function listMessengers({ db, sealer }: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, seesSecrets } = callerIn(request);
  const all = (await loadProviders(db, sealer, accountSid)).filter(isMessenger);
  const oldestFirst = all.sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
  const messengers = oldestFirst.map((provider) => presentMessenger(provider, { withSecrets: seesSecrets }));
  return sendJson(reply, { messengers });
}

async function retrieveMessenger(deps: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, seesSecrets } = callerIn(request);
  const provider = await existing(deps, accountSid, idIn(request, "messengerId"));
  return sendJson(reply, { messenger: presentMessenger(provider, { withSecrets: seesSecrets }) });
}

async function createMessenger(deps: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, actor } = callerIn(request);
  const named = (request.params as { messengerId?: string }).messengerId !== undefined;
  const id = named ? idIn(request, "messengerId") : (randomUUID() as Uuid);
  const messenger = readMessenger(bodyOf(request));
  await demandValid(deps, { accountSid, id, messenger });
  const { config, secrets, dialects } = toStored(messenger, null, deps.region);
  const draft = {
    kind: messenger.type === "Twilio" ? ("twilio" as const) : ("http" as const),
    name: messenger.name ?? "",
    config,
    secrets: Object.fromEntries(
      Object.entries(secrets).filter((entry): entry is [string, string] => entry[1] !== null),
    ),
    dialects: { ...dialects },
  };
  await deps.providers.create(accountSid, actor, draft, { ...saving, id }).catch(refuseTaken(messenger, id));
  return sendJson(reply, { messenger: presentMessenger(await existing(deps, accountSid, id)) });
}

async function updateMessenger(deps: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid } = callerIn(request);
  const before = await existing(deps, accountSid, idIn(request, "messengerId"));
  const { id } = before;
  const messenger = readMessenger(bodyOf(request));
  await demandValid(deps, { accountSid, id, messenger, before });
  return change(deps, request, reply, { id, decide: () => messenger });
}

async function patchMessenger(deps: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid } = callerIn(request);
  // An id that there is not is told before anything of the body.
  const { id } = await existing(deps, accountSid, idIn(request, "messengerId"));
  const patch = patchOf(request);
  const decide = (before: ProviderWithSecrets): Messenger => {
    const messenger = presentMessenger(before);
    const patched = applyPatchTo({ messenger }, patch, patchRules);
    return checked(readMessenger(withType(patched, messenger)), before);
  };
  return change(deps, request, reply, { id, decide });
}

/** A type that a patch has taken away stays what it was. */
function withType(patched: JsonObject, before: JsonObject): JsonObject {
  const messenger = patched["messenger"];
  if (typeof messenger !== "object" || messenger === null || Array.isArray(messenger)) return patched;
  const { type = null } = messenger as JsonObject;
  return type === null ? { ...patched, messenger: { ...messenger, type: before["type"] ?? null } } : patched;
}

interface Change {
  readonly id: Uuid;
  /** From the messenger as it stands, under its lock: of two changes at once none is lost. */
  readonly decide: (before: ProviderWithSecrets) => Messenger;
}

async function change(
  deps: MessengerRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, decide }: Change,
): Promise<FastifyReply> {
  const { accountSid, actor } = callerIn(request);
  const named: { messenger?: Messenger } = {};
  const decideStored = (before: ProviderWithSecrets): ProviderChange => {
    named.messenger = decide(before);
    return { name: named.messenger.name ?? "", ...toStored(named.messenger, before, deps.region) };
  };
  const changing = deps.providers.change(accountSid, actor, id, decideStored, saving);
  await changing.catch((error: unknown) => refuseTaken(named.messenger, id)(error));
  return sendJson(reply, { messenger: presentMessenger(await existing(deps, accountSid, id)) });
}

async function removeMessenger(deps: MessengerRoutesDeps, request: FastifyRequest, reply: FastifyReply) {
  const { accountSid, actor } = callerIn(request);
  const { id } = await existing(deps, accountSid, idIn(request, "messengerId"));
  await deps.providers.remove(accountSid, actor, id, { unlessInChain: true }).catch((error: unknown) => {
    throw isConflict(error) ? refuse(inUse(error)) : error;
  });
  return sendNothing(reply);
}

/** Rejects with `not-found` for what is no messenger of the account. */
async function existing(
  { db, sealer }: MessengerRoutesDeps,
  accountSid: AccountSid,
  id: Uuid,
): Promise<ProviderWithSecrets> {
  const provider = await findProvider(db, sealer, accountSid, id);
  if (provider !== null && isMessenger(provider)) return provider;
  throw new GatewayError("not-found", `The account has no messenger ${id}.`);
}

interface Given {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly messenger: Messenger;
  readonly before?: ProviderWithSecrets;
}

/** Throws the 400 with everything that is wrong; a name that is taken is told here only where that is not all. */
async function demandValid(
  { db, sealer }: MessengerRoutesDeps,
  { accountSid, id, messenger, before }: Given,
): Promise<void> {
  const errors = problemsOf(messenger, before);
  if (errors.length === 0) return;
  const plain = (name = "") => name.trim().toLowerCase();
  const others = (await loadProviders(db, sealer, accountSid)).filter((one) => isMessenger(one) && one.id !== id);
  const isTaken = others.some(({ name }) => plain(name) === plain(messenger.name));
  throw refuse(...errors, ...(isTaken ? [nameTaken(messenger)] : []));
}

/** Throws the 400 with everything that is wrong. */
function checked(messenger: Messenger, before: ProviderWithSecrets): Messenger {
  const errors = problemsOf(messenger, before);
  if (errors.length > 0) throw refuse(...errors);
  return messenger;
}

/** `before`: the provider that it is already, whose type never changes. */
function problemsOf(messenger: Messenger, before: ProviderWithSecrets | undefined): readonly Errors[] {
  const shown = before === undefined ? null : presentMessenger(before);
  const isOtherType = shown !== null && shown["type"] !== messenger.type;
  if (!isOtherType) return checkMessenger(messenger, shown);
  return [invalid("messenger.type", "The type of a Messenger cannot be changed.")];
}

function nameTaken(messenger: Messenger | undefined): Errors {
  const message = `A Messenger with name = [${messenger?.name ?? ""}] already exists.`;
  return fieldError("duplicate", "messenger.name", message);
}

function isConflict(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === "conflict";
}

function refuseTaken(messenger: Messenger | undefined, id: Uuid): (error: unknown) => never {
  return (error) => {
    if (!isConflict(error)) throw error;
    if (error.values["field"] === "name") throw refuse(nameTaken(messenger));
    throw refuse(fieldError("duplicate", "messenger.id", `A Messenger with id = [${id}] already exists.`));
  };
}

function inUse({ values }: GatewayError) {
  const place = values["position"] === "1" ? "its active provider" : `at place ${values["position"]}`;
  const message = `The Messenger is in use: it is in the account's fallback chain, ${place}. Take it out of the chain first.`;
  return fieldError("inUse", "messengerId", message);
}
