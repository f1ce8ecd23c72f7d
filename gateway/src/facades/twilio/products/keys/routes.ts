// API keys in iam: standard and restricted ones. List and create name the account; a key is found by its SID alone, in the
// caller's account and its direct subaccounts. Main credentials only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AccountContext } from "../../../../core/accounts/account.ts";
import { GatewayError } from "../../../../core/errors.ts";
import { canonicalSid, isSid } from "../../../../core/ids.ts";
import {
  type ApiKeyDeps,
  changeApiKey,
  createApiKey,
  type KeyTarget,
  removeApiKey,
} from "../../../../services/api-keys.ts";
import { findApiKeyBySid, findApiKeyOwner, listApiKeys } from "../../../../store/api-keys.ts";
import { requireActive, requireMain } from "../../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../../call.ts";
import { type Form, first } from "../../form.ts";
import { readPageRequest } from "../../paging.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { parameterOf, registerPath } from "../../routing.ts";
import { pageQueryOf, sendPage } from "../page.ts";
import { requiredText } from "../parameters.ts";
import { presentKey, presentListedKey } from "./present.ts";
import { readKeyChanges, readNewKey } from "./schema.ts";

export function registerIamKeyRoutes(app: FastifyInstance, deps: ApiKeyDeps): void {
  const { db } = deps;

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const query = queryOf(request);
    if (!first(query, "AccountSid")) {
      throw new GatewayError("invalid-parameter", "Missing required parameter AccountSid in the query.");
    }
    const { accountSid } = await namedAccount(deps, request, query);
    const page = readPageRequest(query, "SK");
    const result = await listApiKeys(db, accountSid, pageQueryOf(page));
    const filters = [["AccountSid", accountSid]] as const;
    return sendPage(request, reply, { key: "keys", page, filters, result, present: presentListedKey });
  }

  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = formOf(request);
    const account = await namedAccount(deps, request, form);
    requireActive(account);
    const { principal } = callerOf(request);
    const made = await createApiKey(deps, { principal, accountSid: account.accountSid }, readNewKey(form));
    return sendJson(request, reply, presentKey(made.key, made.secret), { status: 201 });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid, sid } = await keyInPath(deps, request);
    const key = await findApiKeyBySid(db, accountSid, sid);
    if (key === null) throw notFound(request);
    return sendJson(request, reply, presentKey(key));
  }

  async function update(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = await keyInPath(deps, request);
    requireActive(target);
    return sendJson(request, reply, presentKey(await changeApiKey(deps, target, readKeyChanges(formOf(request)))));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = await keyInPath(deps, request);
    requireActive(target);
    await removeApiKey(deps, target);
    return sendDeleted(request, reply);
  }

  registerPath(app, "/Keys", { GET: list, POST: create });
  registerPath(app, "/Keys/:key", { GET: fetch, POST: update, DELETE: remove });
}

/** The account that AccountSid names. Rejects with `not-found` for one that the caller does not reach. */
async function namedAccount(
  { authenticator }: ApiKeyDeps,
  request: FastifyRequest,
  form: Form,
): Promise<AccountContext> {
  const { principal } = callerOf(request);
  requireMain(principal);
  const { role, ...account } = await authenticator.accessToAccount(principal, requiredText(form, "AccountSid"));
  requireMain({ ...principal, role });
  return account;
}

async function keyInPath({ db }: ApiKeyDeps, request: FastifyRequest): Promise<KeyTarget & AccountContext> {
  const { principal } = callerOf(request);
  requireMain(principal);
  const sid = canonicalSid(parameterOf(request, "key"));
  const owner = isSid(sid, "SK") ? await findApiKeyOwner(db, principal.accountSid, sid) : null;
  // As in accessToAccount: subaccounts are for the auth token.
  if (owner === null || (owner.accountSid !== principal.accountSid && principal.credential !== "auth-token")) {
    throw notFound(request);
  }
  return { principal, sid, ...owner };
}
