// Phone numbers as /openapi.json describes them.

import {
  collection,
  type Description,
  type Fields,
  fieldsOf,
  flag,
  item,
  map,
  nullable,
  text,
} from "../openapi/describe.ts";

const base = "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers";
const sms = fieldsOf(text(), "SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod");
const kept = text("Kept and returned; nothing depends on it.");

const changes: Fields = {
  FriendlyName: text("1 to 64 characters."),
  ...sms,
  SmsApplicationSid: text("Its URLs take the place of the number's own; empty: none."),
  ...fieldsOf(kept, "ApiVersion", "StatusCallback", "StatusCallbackMethod", "VoiceUrl", "VoiceMethod"),
  ...fieldsOf(kept, "VoiceFallbackUrl", "VoiceFallbackMethod", "VoiceApplicationSid", "VoiceCallerIdLookup"),
  ...fieldsOf(kept, "VoiceReceiveMode", "TrunkSid", "EmergencyStatus", "EmergencyAddressSid", "IdentitySid"),
  ...fieldsOf(kept, "AddressSid", "BundleSid"),
};
const answer = "IncomingPhoneNumber";
const list = "incoming_phone_numbers";
const query: Fields = {
  ...fieldsOf(text(), "Beta", "FriendlyName"),
  PhoneNumber: text("A number, the beginning of one (`+1202`) or a part of one; `*` stands for any digits."),
  Origin: text("`twilio` or `hosted`."),
};
const phoneNumber = text("E.164. In the sandbox any valid number can be had.");

export const numberDescription: Description = {
  tag: "numbers",
  about: "The account's phone numbers: bought in the sandbox, given URLs, transferred, given back.",
  schemas: {
    IncomingPhoneNumber: {
      ...fieldsOf(text(), "sid", "account_sid", "phone_number", "friendly_name", "api_version", "origin", "status"),
      ...fieldsOf(text(), "type", "uri", "date_created", "date_updated", "address_requirements"),
      ...fieldsOf(text(), "sms_url", "sms_method", "sms_fallback_url", "sms_fallback_method", "sms_application_sid"),
      ...fieldsOf(text(), "status_callback", "status_callback_method", "voice_method", "voice_fallback_method"),
      ...fieldsOf(text(), "voice_application_sid", "voice_receive_mode", "emergency_status"),
      ...fieldsOf(nullable(text()), "voice_url", "voice_fallback_url", "trunk_sid", "emergency_address_sid"),
      ...fieldsOf(nullable(text()), "identity_sid", "address_sid", "bundle_sid"),
      ...fieldsOf(flag(), "beta", "voice_caller_id_lookup"),
      emergency_address_status: text(),
      capabilities: map("`sms`, `mms`, `voice`, `fax`: true or false."),
    },
  },
  operations: [
    ...collection({
      ...{ path: `${base}.json`, thing: "a number", answer, list, query },
      form: { PhoneNumber: phoneNumber, AreaCode: text("Three digits: any number with it."), ...changes },
    }),
    ...["Local", "Mobile", "TollFree"].flatMap((type) =>
      collection({
        ...{ path: `${base}/${type}.json`, thing: "a number of this type", answer, list, query },
        form: { PhoneNumber: phoneNumber, ...changes },
      }),
    ),
    ...item({
      ...{ path: `${base}/{Sid}.json`, thing: "a number", answer },
      form: { ...changes, AccountSid: text("The account of the same family that gets the number.") },
    }),
  ],
};
