// Providers as ZITADEL shows them: the head of the fallback chain is the active one, tokens are never shown, signing keys are.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { concealed } from "../../../core/providers/concealed-config.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { type Caller, seesSecrets } from "../auth.ts";
import type { ObjectDetailsSchema } from "../generated/zitadel/object_pb.js";
import { SMSProviderConfigState, type SMSProviderSchema } from "../generated/zitadel/settings_pb.js";
import { descriptionOf, httpViewOf, twilioViewOf } from "./settings.ts";

export function presentDetails(
  { sequence, createdAt, updatedAt }: Pick<Provider, "sequence" | "createdAt" | "updatedAt">,
  resourceOwner: string,
): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence,
    creationDate: timestampFromDate(createdAt),
    changeDate: timestampFromDate(updatedAt),
    resourceOwner,
  };
}

/** As far as the caller may see it: who only reads sees no credentials in its URL. */
export function visibleTo(caller: Caller, provider: Provider): Provider {
  return seesSecrets(caller) ? provider : { ...provider, config: concealed(provider.config) };
}

export function presentProvider(
  provider: Provider,
  resourceOwner: string,
  signingKey: string | undefined,
): MessageInitShape<typeof SMSProviderSchema> {
  const active = provider.chainPosition === 0;
  return {
    details: presentDetails(provider, resourceOwner),
    id: provider.number,
    state: active
      ? SMSProviderConfigState.SMS_PROVIDER_CONFIG_ACTIVE
      : SMSProviderConfigState.SMS_PROVIDER_CONFIG_INACTIVE,
    config: presentConfig(provider, signingKey),
    description: descriptionOf(provider),
  };
}

function presentConfig(
  provider: Provider,
  signingKey = "",
): NonNullable<MessageInitShape<typeof SMSProviderSchema>["config"]> {
  if (provider.kind === "twilio") {
    const { sid, senderNumber, verifyServiceSid } = twilioViewOf(provider);
    return { case: "twilio", value: { sid, senderNumber, verifyServiceSid } };
  }
  return { case: "http", value: { endpoint: httpViewOf(provider).endpoint, signingKey } };
}
