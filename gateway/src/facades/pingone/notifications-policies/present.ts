// A notification policy: the only place that shapes it. Settings that have been deleted are not in its chains any more.

import type { FastifyRequest } from "fastify";
import {
  builtInProvider,
  type ChainMember,
  type NotificationPolicy,
  type ProviderCondition,
} from "../../../core/notification-policies/policy.ts";
import { linksOf } from "../resource.ts";

/** `known`: the ids of the account's providers. */
export function presentPolicy(
  request: FastifyRequest,
  environmentId: string,
  policy: NotificationPolicy,
  known: ReadonlySet<string>,
) {
  const { id, name, isDefault, createdAt, updatedAt, providerConfiguration, ...rules } = policy;
  const isThere = (member: { readonly id: ChainMember }) => member.id === builtInProvider || known.has(member.id);
  const pruned = (condition: ProviderCondition) => ({
    ...condition,
    fallbackChain: condition.fallbackChain.filter(isThere),
  });
  return {
    _links: linksOf(request, environmentId, `/notificationsPolicies/${id}`),
    ...{ id, environment: { id: environmentId }, name, default: isDefault },
    ...rules,
    ...(providerConfiguration === undefined
      ? {}
      : { providerConfiguration: { conditions: providerConfiguration.conditions.map(pruned) } }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
