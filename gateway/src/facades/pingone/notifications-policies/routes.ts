// `/v1/environments/{id}/notificationsPolicies`. The default policy is in force for everything that the account sends.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import { newUuid, type Uuid } from "../../../core/ids.ts";
import { builtInProvider, type NotificationPolicy } from "../../../core/notification-policies/policy.ts";
import type { Providers } from "../../../services/providers.ts";
import { lockAccountRow } from "../../../store/accounts.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import {
  deletePolicy,
  insertPolicy,
  listPolicies,
  type PolicyDraft,
  unsetDefaultPolicy,
  updatePolicy,
} from "../../../store/notification-policies.ts";
import { type AccessDeps, type Environment, environmentOf, readUuid } from "../auth.ts";
import { constraint, type ErrorDetail, nameTaken, refuse } from "../details.ts";
import { presentCollection, registerPath, sendJson } from "../resource.ts";
import { presentPolicy } from "./present.ts";
import { chainMembers, type PolicyWish, readPolicy } from "./schema.ts";

export interface PolicyDeps extends AccessDeps {
  readonly db: Database;
  readonly providers: Providers;
}

const policiesMax = 100;
const path = "/:environmentId/notificationsPolicies";

export function registerPolicyRoutes(app: FastifyInstance, deps: PolicyDeps): void {
  const { db } = deps;
  const show = async (request: FastifyRequest, environment: Environment, policies: readonly NotificationPolicy[]) => {
    const known = new Set((await deps.providers.list(environment.accountSid)).map(({ id }) => id as string));
    return policies.map((policy) => presentPolicy(request, environment.environmentId, policy, known));
  };
  registerPath(app, path, {
    GET: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const shown = await show(request, environment, await listPolicies(db, environment.accountSid));
      return sendJson(reply, presentCollection(request, "notificationsPolicies", shown));
    },
    POST: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const made = await save(deps, environment, null, readPolicy(request.body));
      const [shown] = await show(request, environment, [made]);
      return sendJson(reply, shown, 201);
    },
  });
  registerPath(app, `${path}/:id`, {
    GET: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const [shown] = await show(request, environment, [await existing(db, environment, idOf(request))]);
      return sendJson(reply, shown);
    },
    PUT: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const before = await existing(db, environment, idOf(request));
      const changed = await save(deps, environment, before.id, readPolicy(request.body));
      const [shown] = await show(request, environment, [changed]);
      return sendJson(reply, shown);
    },
    DELETE: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      await remove(db, environment, idOf(request));
      return reply.code(204).send();
    },
  });
}

/** Throws `not-found` for what is no id. */
function idOf(request: FastifyRequest): Uuid {
  const id = readUuid((request.params as { readonly id: string }).id);
  if (id === null) throw noPolicy();
  return id;
}

function noPolicy(): GatewayError {
  return new GatewayError("not-found", "The environment has no such notification policy.");
}

async function existing(db: Queryable, { accountSid }: Environment, id: Uuid): Promise<NotificationPolicy> {
  const found = (await listPolicies(db, accountSid)).find((policy) => policy.id === id);
  if (found === undefined) throw noPolicy();
  return found;
}

/** `id` null: a new one. */
async function save(
  { db, providers }: PolicyDeps,
  environment: Environment,
  id: Uuid | null,
  { name, isDefault, rules }: PolicyWish,
): Promise<NotificationPolicy> {
  const { accountSid, actor } = environment;
  await checkChains(providers, environment, rules);
  const draft: PolicyDraft = { id: id ?? newUuid(), name, isDefault, rules };
  return await db.transaction(async (tx) => {
    await lockAccountRow(tx, accountSid);
    const all = await listPolicies(tx, accountSid);
    const before = all.find((policy) => policy.id === id) ?? null;
    if (id !== null && before === null) throw noPolicy();
    refuse(admissionProblems(all, draft, before));
    if (isDefault) await unsetDefaultPolicy(tx, accountSid, draft.id);
    if (before === null) await insertPolicy(tx, accountSid, draft);
    else await updatePolicy(tx, accountSid, draft);
    const action = before === null ? "notification-policy.created" : "notification-policy.updated";
    const after = { name, isDefault, ...rules };
    await writeAudit(tx, { accountSid, actor, action, subject: draft.id, before: before && { ...before }, after });
    return await existing(tx, environment, draft.id);
  });
}

function admissionProblems(
  all: readonly NotificationPolicy[],
  { name, id }: PolicyDraft,
  before: NotificationPolicy | null,
): ErrorDetail[] {
  const taken = all.find((other) => other.name === name && other.id !== id);
  if (taken !== undefined) return [nameTaken(taken.id)];
  if (before !== null || all.length < policiesMax) return [];
  const message = `an environment has at most ${policiesMax} notification policies`;
  return [constraint("notificationsPolicies", message, { maximumValue: policiesMax })];
}

async function checkChains(
  providers: Providers,
  { accountSid }: Environment,
  rules: PolicyWish["rules"],
): Promise<void> {
  const members = chainMembers(rules);
  if (members.length === 0) return;
  const known = new Set((await providers.list(accountSid)).map(({ id }) => id as string));
  const problems = members
    .filter(({ id }) => id !== builtInProvider && !known.has(id))
    .map(({ target }): ErrorDetail => {
      const message = `is neither a phone delivery setting of this environment nor ${builtInProvider}`;
      return { code: "INVALID_VALUE", target, message };
    });
  refuse(problems);
}

async function remove(db: Database, { accountSid, actor, ...environment }: Environment, id: Uuid): Promise<void> {
  await db.transaction(async (tx) => {
    await lockAccountRow(tx, accountSid);
    const before = await existing(tx, { accountSid, actor, ...environment }, id);
    // Terraform knows this text, and only warns.
    if (before.isDefault)
      refuse([constraint("id", "cannot remove default notifications policy: make another one the default first")]);
    await deletePolicy(tx, accountSid, id);
    const audit = { accountSid, actor, action: "notification-policy.deleted", subject: id };
    await writeAudit(tx, { ...audit, before: { ...before }, after: null });
  });
}
