// What comes in for phone numbers: the form of create and update, the filters of a list.

import { type NumberType, parsePhoneNumber } from "../../../core/addresses/phone-number.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { NumberSettings } from "../../../core/senders/number-settings.ts";
import type { WantedNumber } from "../../../services/phone-numbers.ts";
import type { NumberFilter } from "../../../store/numbers.ts";
import type { SenderChanges } from "../../../store/sender-changes.ts";
import { type Form, first } from "../form.ts";
import { readFriendlyName } from "../friendly-name.ts";
import type { EchoedFilters } from "../paging.ts";
import { given, readBoolean, readChoice } from "../products/parameters.ts";
import {
  readApiVersion,
  readFilters,
  readMethod,
  readSid,
  readUrlOrEmpty,
  readVoiceSettings,
} from "../webhook-parameters.ts";

/** `PhoneNumber` or `AreaCode`; a number of one type (`type`) must be named. Throws `missing-parameter`. */
export function readWantedNumber(form: Form, type?: NumberType): WantedNumber {
  const phoneNumber = first(form, "PhoneNumber") || null;
  const areaCode = first(form, "AreaCode") || null;
  if (phoneNumber === null && (areaCode === null || type !== undefined)) {
    throw new GatewayError("missing-parameter", "Give 'PhoneNumber'.", { values: { parameter: "PhoneNumber" } });
  }
  return { phoneNumber, areaCode, ...(type === undefined ? {} : { type }) };
}

/** What is about messages in a form, for numbers and short codes alike. */
export function readMessagingChanges(form: Form): SenderChanges {
  return {
    ...given("friendlyName", readFriendlyName(form)),
    ...given("smsUrl", readUrlOrEmpty(form, "SmsUrl")),
    ...given("smsMethod", readMethod(form, "SmsMethod")),
    ...given("smsFallbackUrl", readUrlOrEmpty(form, "SmsFallbackUrl")),
    ...given("smsFallbackMethod", readMethod(form, "SmsFallbackMethod")),
  };
}

/** Throws a GatewayError for the first value that is wrong. Parameters that are not given are absent. */
export function readNumberChanges(form: Form): SenderChanges {
  return {
    ...readMessagingChanges(form),
    ...given("smsApplicationSid", readSid(form, "SmsApplicationSid", "AP")),
    settings: readSettings(form),
  };
}

function readSettings(form: Form): Partial<NumberSettings> {
  const application = readSid(form, "VoiceApplicationSid", "AP");
  return {
    ...given("apiVersion", readApiVersion(form)),
    ...given("statusCallback", readUrlOrEmpty(form, "StatusCallback")),
    ...readVoiceSettings(form),
    ...given("voiceApplicationSid", application === null ? "" : application),
    ...given("voiceReceiveMode", readChoice(form, "VoiceReceiveMode", ["voice", "fax"] as const)),
    ...given("trunkSid", readSid(form, "TrunkSid", "TK")),
    ...given("emergencyStatus", readChoice(form, "EmergencyStatus", ["Active", "Inactive"] as const)),
    ...given("emergencyAddressSid", readSid(form, "EmergencyAddressSid", "AD")),
    ...given("identitySid", readSid(form, "IdentitySid", "RI")),
    ...given("addressSid", readSid(form, "AddressSid", "AD")),
    ...given("bundleSid", readSid(form, "BundleSid", "BU")),
  };
}

/** The filters of a list; null for those that no number here can pass. Throws `invalid-parameter`. */
export function readNumberFilters(query: Form): { filter: NumberFilter | null; echoed: EchoedFilters } {
  const { filters, echoed } = readFilters(query, ["Beta", "FriendlyName", "PhoneNumber", "Origin"]);
  // Whether beta numbers are to be in the list, too: there are none.
  readBoolean(query, "Beta");
  if (readChoice(query, "Origin", ["twilio", "hosted"]) === "hosted") return { filter: null, echoed };
  return {
    filter: {
      kind: "number",
      ...given("friendlyName", filters.FriendlyName),
      ...given("addressLike", filters.PhoneNumber && likeOf(filters.PhoneNumber)),
    },
    echoed,
  };
}

/**
 * `+12025550100` is that number, `+1202*` and `+1202` begin so, `5550` occurs in it, `202*0100` has any digits between; as
 * a pattern of LIKE.
 */
function likeOf(text: string): string {
  const number = text.includes("*") ? null : parsePhoneNumber(text);
  if (number !== null) return number.e164;
  const pattern = text
    .replace(/^ (?=[\d*])/, "+")
    .replace(/[\s().-]/g, "")
    .replace(/[\\%_]/g, "\\$&")
    .replaceAll("*", "%");
  return `${pattern.startsWith("+") ? "" : "%"}${pattern}%`;
}
