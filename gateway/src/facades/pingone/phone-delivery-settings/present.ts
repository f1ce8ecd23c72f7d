// A provider as PingOne's phone delivery setting: the only place that shapes it. Secrets are not there, not even masked:
// clients that send back an answer would store the mask.

import type { FastifyRequest } from "fastify";
import type { Provider } from "../../../core/providers/provider.ts";
import type { HttpSettings } from "../../../core/providers/settings.ts";
import { linksOf } from "../resource.ts";
import { dialectOf, nameOf, type ProviderType, typeOf } from "./dialect.ts";
import { presentAuthentication, presentRequests } from "./own-requests.ts";
import { isNumber, numbersOf, type OwnSender } from "./twilio.ts";

export const settingsPath = "/notificationsSettings/phoneDeliverySettings";

/** `senders`: what the provider's account has, for the Twilio kinds. Null: PingOne has no word for this provider. */
export function presentSetting(
  request: FastifyRequest,
  environmentId: string,
  provider: Provider,
  senders: readonly OwnSender[],
) {
  const type = typeOf(provider);
  if (type === null) return null;
  const name = nameOf(provider);
  const { default: isDefault } = dialectOf(provider);
  return {
    _links: linksOf(request, environmentId, `${settingsPath}/${provider.id}`),
    id: provider.id,
    environment: { id: environmentId },
    ...(name === undefined ? {} : { name }),
    createdAt: provider.createdAt.toISOString(),
    updatedAt: provider.updatedAt.toISOString(),
    provider: type,
    ...(isDefault === undefined ? {} : { default: isDefault }),
    ...ofType(type, provider, senders),
  };
}

function ofType(type: ProviderType, provider: Provider, senders: readonly OwnSender[]) {
  const { config } = provider;
  switch (type) {
    case "CUSTOM_TWILIO":
      return { sid: config["accountSid"], numbers: numbersOf(provider, senders) };
    case "CUSTOM_TWILIO_MESSAGING_SERVICE":
      return { sid: config["accountSid"], messagingServices: presentServices(provider, senders) };
    case "CUSTOM_TWILIO_VERIFY":
      return { sid: config["accountSid"], verifyServiceId: config["verifyServiceSid"] };
    case "CUSTOM_SYNIVERSE":
      return { numbers: dialectOf(provider).numbers ?? [] };
    case "CUSTOM_PROVIDER": {
      const settings = config as Partial<HttpSettings>;
      const { numbers } = dialectOf(provider);
      return {
        requests: presentRequests(settings),
        authentication: presentAuthentication(settings.authentication),
        ...(numbers === undefined ? {} : { numbers }),
      };
    }
  }
}

/** One that is selected although the account has it no more is still shown: nothing else says what is sent from. */
function presentServices({ config }: Provider, senders: readonly OwnSender[]) {
  const selected = config["messagingServiceSid"];
  const services = senders.filter((sender) => !isNumber(sender));
  const listed = services.map(({ address, name }) => ({
    ...{ selected: address === selected, name, messagingServiceId: address },
  }));
  if (typeof selected !== "string" || services.some(({ address }) => address === selected)) return listed;
  return [...listed, { selected: true, name: selected, messagingServiceId: selected }];
}
