// `/v1/environments/{id}/notificationsSettings`: always there. The chain in it is the account's fallback chain, whichever
// dialect has set it; the rest is kept and given back.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import { builtInProvider } from "../../../core/notification-policies/policy.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Providers } from "../../../services/providers.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database } from "../../../store/database.ts";
import {
  findNotificationSettings,
  lockNotificationSettings,
  storeNotificationSettings,
} from "../../../store/notification-settings.ts";
import { type AccessDeps, type Environment, environmentOf } from "../auth.ts";
import { readBody } from "../body.ts";
import { constraint, type ErrorDetail, refuse } from "../details.ts";
import { registerPath, sendJson } from "../resource.ts";
import { presentSettings } from "./present.ts";
import { settingsBody } from "./schema.ts";

export interface NotificationSettingsDeps extends AccessDeps {
  readonly db: Database;
  readonly providers: Providers;
}

export function registerNotificationSettingsRoutes(app: FastifyInstance, deps: NotificationSettingsDeps): void {
  const { db, providers } = deps;
  const show = async (request: FastifyRequest, { accountSid, environmentId }: Environment) => {
    const [stored, all] = await Promise.all([findNotificationSettings(db, accountSid), providers.list(accountSid)]);
    if (stored === null) throw new GatewayError("not-found", "The environment is gone.");
    return presentSettings(request, environmentId, all, stored);
  };
  registerPath(app, "/:environmentId/notificationsSettings", {
    GET: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      return sendJson(reply, await show(request, environment));
    },
    PUT: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const { smsProvidersFallbackChain: chain, ...others } = readBody(settingsBody, request.body);
      const ids = chain === undefined ? null : readChain(await providers.list(environment.accountSid), chain);
      await storeDocument(db, environment, (before) => ({ ...before, ...others }));
      if (ids !== null) await providers.setChain(environment.accountSid, environment.actor, ids).catch(asChainError);
      return sendJson(reply, await show(request, environment));
    },
    // To the defaults: the built-in provider sends then.
    DELETE: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      await storeDocument(db, environment, () => ({}));
      await providers.setChain(environment.accountSid, environment.actor, []);
      return sendJson(reply, await show(request, environment));
    },
  });
}

/** The providers that a chain names. Throws a 400 with everything that is wrong. */
function readChain(providers: readonly Provider[], chain: readonly string[]): string[] {
  const found = chain.map((member) => {
    const named = ({ id, builtIn }: Provider) =>
      member === builtInProvider ? builtIn : !builtIn && id === member.toLowerCase();
    return providers.find(named)?.id;
  });
  const problems = found.flatMap((id, index): ErrorDetail[] => {
    const target = `smsProvidersFallbackChain[${index}]`;
    if (id === undefined) {
      const message = `is neither a phone delivery setting of this environment nor ${builtInProvider}`;
      return [{ code: "INVALID_VALUE", target, message }];
    }
    return found.indexOf(id) < index ? [constraint(target, "is in the chain twice")] : [];
  });
  refuse(problems);
  return found.filter((id) => id !== undefined);
}

/** One of the providers has been deleted just now. */
function asChainError(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== "invalid-parameter") throw error;
  refuse([constraint("smsProvidersFallbackChain", error.message)]);
  throw error;
}

async function storeDocument(
  db: Database,
  { accountSid, actor }: Environment,
  change: (before: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.transaction(async (tx) => {
    const before = await lockNotificationSettings(tx, accountSid);
    const after = change(before);
    await storeNotificationSettings(tx, accountSid, after);
    await writeAudit(tx, {
      accountSid,
      actor,
      action: "notification-settings.updated",
      subject: accountSid,
      before,
      after,
    });
  });
}
