// A messaging service as Twilio's Service resource, and the use cases that a service can name: the only place that shapes
// them.

import { type MessagingService, usecases } from "../../../../core/senders/messaging-service.ts";
import { iso8601 } from "../../dates.ts";
import type { JsonObject } from "../../xml.ts";

/** Key of `links` → path below the service. */
const subresources: Readonly<Record<string, string>> = {
  phone_numbers: "PhoneNumbers",
  short_codes: "ShortCodes",
  alpha_senders: "AlphaSenders",
  messages: "Messages",
  us_app_to_person: "Compliance/Usa2p",
  us_app_to_person_usecases: "Compliance/Usa2p/Usecases",
  channel_senders: "ChannelSenders",
  destination_alpha_senders: "DestinationAlphaSenders",
};

/** `origin`: of the gateway, as the caller reaches it. */
export function serviceUrl(origin: string, sid: string): string {
  return `${origin}/v1/Services/${sid}`;
}

export function presentService(service: MessagingService, origin: string) {
  const { settings } = service;
  const url = serviceUrl(origin, service.sid);
  return {
    account_sid: service.accountSid,
    sid: service.sid,
    date_created: iso8601(service.createdAt),
    date_updated: iso8601(service.updatedAt),
    friendly_name: service.friendlyName,
    inbound_request_url: service.inboundRequestUrl,
    inbound_method: service.inboundMethod,
    fallback_url: service.fallbackUrl,
    fallback_method: service.fallbackMethod,
    status_callback: service.statusCallback,
    sticky_sender: settings.stickySender,
    smart_encoding: settings.smartEncoding,
    mms_converter: settings.mmsConverter,
    fallback_to_long_code: settings.fallbackToLongCode,
    scan_message_content: settings.scanMessageContent,
    area_code_geomatch: settings.areaCodeGeomatch,
    validity_period: settings.validitySeconds,
    synchronous_validation: settings.synchronousValidation,
    usecase: settings.usecase,
    // Registration of US campaigns is the carriers' business.
    us_app_to_person_registered: false,
    use_inbound_webhook_on_number: settings.useInboundWebhookOnNumber,
    links: Object.fromEntries(Object.entries(subresources).map(([key, name]) => [key, `${url}/${name}`])),
    url,
  };
}

const explanations: Readonly<Record<(typeof usecases)[number], readonly [description: string, purpose: string]>> = {
  notifications: ["What somebody waits for: deliveries, reminders, alerts about an account.", "Tell users something."],
  marketing: ["Offers and news about products.", "Promote something."],
  verification: ["One-time codes and sign-in links.", "Make sure who somebody is."],
  discussion: ["People who write to each other.", "Let people talk."],
  poll: ["Questions with a few answers.", "Ask users something."],
  undeclared: ["Nothing has been said about it.", "Anything."],
};

export function presentUsecases(): JsonObject {
  return {
    usecases: usecases.map((usecase) => {
      const [description, purpose] = explanations[usecase];
      return { usecase, description, purpose };
    }),
  };
}
