// The senders of a messaging service as Twilio's resources: the only place that shapes them.

import { countryOf } from "../../../../core/addresses/phone-number.ts";
import type { MessagingServiceSid } from "../../../../core/ids.ts";
import type { ServiceAlphaSender } from "../../../../core/senders/messaging-service.ts";
import type { Sender } from "../../../../core/senders/sender.ts";
import { iso8601 } from "../../dates.ts";
import { serviceUrl } from "../services/present.ts";

export interface InService {
  readonly serviceSid: MessagingServiceSid;
  readonly origin: string;
}

export function presentPhoneNumber(sender: Sender, place: InService) {
  return {
    ...presentSender(sender, place, "PhoneNumbers"),
    phone_number: sender.address,
    country_code: countryOf(sender.address),
    capabilities: ["MMS", "SMS"],
  };
}

export function presentShortCode(sender: Sender, place: InService) {
  return {
    ...presentSender(sender, place, "ShortCodes"),
    short_code: sender.address,
    // Which country it is of is the provider's knowledge.
    country_code: null,
    capabilities: ["SMS"],
  };
}

function presentSender(sender: Sender, { serviceSid, origin }: InService, collection: string) {
  return {
    sid: sender.sid,
    account_sid: sender.accountSid,
    service_sid: serviceSid,
    date_created: iso8601(sender.createdAt),
    date_updated: iso8601(sender.updatedAt),
    url: `${serviceUrl(origin, serviceSid)}/${collection}/${sender.sid}`,
  };
}

export function presentAlphaSender(entry: ServiceAlphaSender, origin: string) {
  return presentAlpha(entry, origin, "AlphaSenders");
}

export function presentDestinationAlphaSender(entry: ServiceAlphaSender, origin: string) {
  return { ...presentAlpha(entry, origin, "DestinationAlphaSenders"), iso_country_code: entry.country ?? "" };
}

function presentAlpha(entry: ServiceAlphaSender, origin: string, collection: string) {
  return {
    sid: entry.sid,
    account_sid: entry.accountSid,
    service_sid: entry.serviceSid,
    date_created: iso8601(entry.createdAt),
    // An entry never changes.
    date_updated: iso8601(entry.createdAt),
    alpha_sender: entry.address,
    capabilities: ["SMS"],
    url: `${serviceUrl(origin, entry.serviceSid)}/${collection}/${entry.sid}`,
  };
}
