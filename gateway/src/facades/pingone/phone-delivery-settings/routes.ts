// `/v1/environments/{id}/notificationsSettings/phoneDeliverySettings`: the account's providers as PingOne has them.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import { concealed } from "../../../core/providers/concealed-config.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { type AccessDeps, type Environment, environmentOf, readUuid } from "../auth.ts";
import { presentCollection, registerPath, sendJson } from "../resource.ts";
import { typeOf } from "./dialect.ts";
import { presentSetting, settingsPath } from "./present.ts";
import { changeSetting, createSetting, type SavingDeps } from "./save.ts";
import { readWish } from "./schema.ts";

export interface PhoneDeliveryDeps extends AccessDeps, SavingDeps {}

export function registerPhoneDeliveryRoutes(app: FastifyInstance, deps: PhoneDeliveryDeps): void {
  const { providers, log } = deps;
  const show = async (request: FastifyRequest, environment: Environment, provider: Provider) => {
    const senders =
      provider.kind === "twilio" ? await providers.upstreamSendersOf(provider.accountSid, provider.id) : [];
    return presentSetting(request, environment.environmentId, visibleTo(environment, provider), senders);
  };
  registerPath(app, `/:environmentId${settingsPath}`, {
    GET: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const settings = await listSettings(deps, environment.accountSid);
      const ids = settings.filter(({ kind }) => kind === "twilio").map(({ id }) => id);
      const senders = await providers.upstreamSendersOfEach(environment.accountSid, ids);
      const shown = settings.map((provider) =>
        presentSetting(
          request,
          environment.environmentId,
          visibleTo(environment, provider),
          senders.get(provider.id) ?? [],
        ),
      );
      return sendJson(reply, presentCollection(request, "phoneDeliverySettings", shown));
    },
    POST: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const made = await createSetting(deps, environment, readWish(request.body, { isNew: true }));
      return sendJson(reply, await show(request, environment, made), 201);
    },
  });
  registerPath(app, `/:environmentId${settingsPath}/:id`, {
    GET: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      return sendJson(reply, await show(request, environment, await findSetting(deps, request, environment)));
    },
    PUT: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const before = await findSetting(deps, request, environment);
      const changed = await changeSetting(deps, environment, before, readWish(request.body));
      return sendJson(reply, await show(request, environment, changed));
    },
    DELETE: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const { accountSid, actor } = environment;
      const { id, chainPosition } = await findSetting(deps, request, environment);
      await providers.remove(accountSid, actor, id);
      if (chainPosition === 0 && (await providers.list(accountSid)).every((one) => one.chainPosition === null)) {
        log.warn({ accountSid, providerId: id }, "the fallback chain is empty now: the built-in provider sends");
      }
      return nothing(reply);
    },
  });
}

/** Without the credentials that its URLs and headers may hold, where the caller is not to see them. */
function visibleTo({ seesSecrets }: Environment, provider: Provider): Provider {
  return seesSecrets ? provider : { ...provider, config: concealed(provider.config) };
}

function nothing(reply: FastifyReply): FastifyReply {
  return reply.code(204).send();
}

/** Oldest first. */
async function listSettings({ providers }: PhoneDeliveryDeps, accountSid: AccountSid): Promise<Provider[]> {
  const all = await providers.list(accountSid);
  return all
    .filter((provider) => typeOf(provider) !== null)
    .sort((one, other) => Number(one.createdAt) - Number(other.createdAt) || (one.id < other.id ? -1 : 1));
}

/** The setting that the path names. Rejects with `not-found`, for what is no id as well. */
export async function findSetting(
  { providers }: Pick<PhoneDeliveryDeps, "providers">,
  request: FastifyRequest,
  { accountSid }: Pick<Environment, "accountSid">,
): Promise<Provider> {
  const id = readUuid((request.params as { readonly id: string }).id);
  const provider = id === null ? null : await providers.get(accountSid, id);
  if (provider === null || typeOf(provider) === null) {
    throw new GatewayError("not-found", "The environment has no such phone delivery setting.");
  }
  return provider;
}
