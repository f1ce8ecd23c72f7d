// API keys in v2010, as Keys and as SigningKeys: two names of one store. Made here they are standard keys; KeyType and
// Policy are iam's. Main credentials only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalSid, isSid } from "../../../core/ids.ts";
import {
  type ApiKeyDeps,
  changeApiKey,
  createApiKey,
  type KeyTarget,
  removeApiKey,
} from "../../../services/api-keys.ts";
import { findApiKeyBySid, listApiKeys } from "../../../store/api-keys.ts";
import { requireMain } from "../auth.ts";
import { callerOf, formOf, notFound, pathOf, queryOf } from "../call.ts";
import { first } from "../form.ts";
import { readFriendlyName } from "../friendly-name.ts";
import { presentEnvelope, readPageRequest } from "../paging.ts";
import { pageQueryOf } from "../products/page.ts";
import { sendDeleted, sendList, sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { presentKey } from "./present.ts";

interface Naming {
  /** In paths, and around a list in XML. */
  readonly plural: string;
  readonly name: string;
  /** Of the array in JSON. */
  readonly key: string;
}

const namings: readonly Naming[] = [
  { plural: "Keys", name: "Key", key: "keys" },
  { plural: "SigningKeys", name: "SigningKey", key: "signing_keys" },
];

export function registerKeyRoutes(app: FastifyInstance, deps: ApiKeyDeps): void {
  for (const naming of namings) registerUnder(app, deps, naming);
}

function registerUnder(app: FastifyInstance, deps: ApiKeyDeps, { plural, name, key }: Naming): void {
  const { db } = deps;

  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = mainCallerOf(request);
    const page = readPageRequest(queryOf(request), "SK");
    const { items, hasOlder, hasNewer } = await listApiKeys(db, accountSid, pageQueryOf(page));
    const result = { sids: items.map(({ sid }) => sid), hasOlder, hasNewer };
    const envelope = presentEnvelope(pathOf(request), [], page, result);
    const form = { key, name: plural, itemName: name, format };
    return sendList(request, reply, { envelope, items: items.map((each) => presentKey(each)) }, form);
  }

  async function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const owner = mainCallerOf(request);
    const made = await createApiKey(deps, owner, { friendlyName: readNewKeyName(request), policy: null });
    return sendResource(request, reply, presentKey(made.key, made.secret), { status: 201, format, name });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid, sid } = keyInPath(request);
    const found = await findApiKeyBySid(db, accountSid, sid);
    if (found === null) throw notFound(request);
    return sendResource(request, reply, presentKey(found), { status: 200, format, name });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const target = keyInPath(request);
    const friendlyName = readFriendlyName(formOf(request));
    const changed = await changeApiKey(deps, target, friendlyName === undefined ? {} : { friendlyName });
    return sendResource(request, reply, presentKey(changed), { status: 200, format, name });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await removeApiKey(deps, keyInPath(request));
    return sendDeleted(request, reply);
  }

  registerCollection(app, `/Accounts/:account/${plural}`, { GET: list, POST: create });
  registerItem(app, `/Accounts/:account/${plural}/:key`, { GET: fetch, POST: update, DELETE: remove });
}

function mainCallerOf(request: FastifyRequest): ReturnType<typeof callerOf> {
  const caller = callerOf(request);
  requireMain(caller.principal);
  return caller;
}

function keyInPath(request: FastifyRequest): KeyTarget {
  const caller = mainCallerOf(request);
  const sid = withoutSuffix(parameterOf(request, "key"));
  if (!isSid(sid, "SK")) throw notFound(request);
  return { ...caller, sid: canonicalSid(sid) };
}

/** An empty name is none. */
function readNewKeyName(request: FastifyRequest): string | null {
  const form = formOf(request);
  return first(form, "FriendlyName") ? (readFriendlyName(form) ?? null) : null;
}
