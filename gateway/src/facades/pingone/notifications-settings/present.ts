// An environment's notification settings: the only place that shapes them.

import type { FastifyRequest } from "fastify";
import { builtInProvider } from "../../../core/notification-policies/policy.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { StoredNotificationSettings } from "../../../store/notification-settings.ts";
import { linksOf } from "../resource.ts";

const defaults = {
  deliveryMode: "ALL",
  emailProviderFallbackChain: [],
  from: { name: "PingOne", address: "noreply@pingidentity.com" },
};

/** The fallback chain in its order, the built-in provider under PingOne's name for it. */
function presentChain(providers: readonly Provider[]): string[] {
  return providers
    .filter(({ chainPosition }) => chainPosition !== null)
    .map(({ id, builtIn }) => (builtIn ? builtInProvider : id));
}

export function presentSettings(
  request: FastifyRequest,
  environmentId: string,
  providers: readonly Provider[],
  { document, updatedAt }: StoredNotificationSettings,
) {
  return {
    _links: linksOf(request, environmentId, "/notificationsSettings"),
    id: environmentId,
    environment: { id: environmentId },
    ...defaults,
    ...document,
    smsProvidersFallbackChain: presentChain(providers),
    updatedAt: updatedAt.toISOString(),
  };
}
