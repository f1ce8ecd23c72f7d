// Applications as /openapi.json describes them.

import {
  collection,
  type Description,
  type Fields,
  fieldsOf,
  flag,
  item,
  nullable,
  text,
} from "../openapi/describe.ts";

const base = "/2010-04-01/Accounts/{AccountSid}/Applications";
const answer = "Application";
const kept = text("Kept and returned; nothing depends on it.");
const form: Fields = {
  FriendlyName: text("1 to 64 characters."),
  ...fieldsOf(text(), "SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"),
  MessageStatusCallback: text("For messages that name the application."),
  SmsStatusCallback: text("The same, where there is no MessageStatusCallback."),
  ...fieldsOf(kept, "ApiVersion", "StatusCallback", "StatusCallbackMethod", "VoiceUrl", "VoiceMethod"),
  ...fieldsOf(kept, "VoiceFallbackUrl", "VoiceFallbackMethod", "VoiceCallerIdLookup"),
  PublicApplicationConnectEnabled: kept,
};

export const applicationDescription: Description = {
  tag: "applications",
  about: "URLs under one name, for numbers (inbound messages) and messages (their status).",
  schemas: {
    Application: {
      ...fieldsOf(text(), "sid", "account_sid", "api_version", "uri", "date_created", "date_updated", "sms_method"),
      ...fieldsOf(text(), "sms_fallback_method", "status_callback_method", "voice_method", "voice_fallback_method"),
      ...fieldsOf(nullable(text()), "friendly_name", "sms_url", "sms_fallback_url", "sms_status_callback"),
      ...fieldsOf(nullable(text()), "message_status_callback", "status_callback", "voice_url", "voice_fallback_url"),
      ...fieldsOf(flag(), "voice_caller_id_lookup", "public_application_connect_enabled"),
    },
  },
  operations: [
    ...collection({
      ...{ path: `${base}.json`, thing: "an application", answer, list: "applications", form },
      query: { FriendlyName: text() },
    }),
    ...item({ path: `${base}/{Sid}.json`, thing: "an application", answer, form }),
  ],
};
