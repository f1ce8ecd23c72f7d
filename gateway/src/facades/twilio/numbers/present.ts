// A phone number as Twilio's IncomingPhoneNumber resource: the only place that shapes it.

import { numberTypeOf } from "../../../core/addresses/phone-number.ts";
import { numberSettingsOf } from "../../../core/senders/number-settings.ts";
import type { Sender } from "../../../core/senders/sender.ts";
import { rfc2822 } from "../dates.ts";

export function presentNumber(sender: Sender) {
  const { accountSid, sid } = sender;
  const settings = numberSettingsOf(sender);
  return {
    account_sid: accountSid,
    address_requirements: "none",
    address_sid: settings.addressSid,
    api_version: settings.apiVersion,
    beta: false,
    bundle_sid: settings.bundleSid,
    // Messages are all that the gateway carries.
    capabilities: { fax: false, mms: true, sms: true, voice: false },
    date_created: rfc2822(sender.createdAt),
    date_updated: rfc2822(sender.updatedAt),
    emergency_address_sid: settings.emergencyAddressSid,
    emergency_address_status: "unregistered",
    emergency_status: settings.emergencyStatus,
    friendly_name: sender.friendlyName,
    identity_sid: settings.identitySid,
    origin: "twilio",
    phone_number: sender.address,
    sid,
    sms_application_sid: sender.smsApplicationSid ?? "",
    sms_fallback_method: sender.smsFallbackMethod,
    sms_fallback_url: sender.smsFallbackUrl,
    sms_method: sender.smsMethod,
    sms_url: sender.smsUrl,
    status: "in-use",
    status_callback: settings.statusCallback,
    status_callback_method: settings.statusCallbackMethod,
    trunk_sid: settings.trunkSid,
    type: numberTypeOf(sender.address),
    uri: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
    voice_application_sid: settings.voiceApplicationSid,
    voice_caller_id_lookup: settings.voiceCallerIdLookup,
    voice_fallback_method: settings.voiceFallbackMethod,
    voice_fallback_url: settings.voiceFallbackUrl,
    voice_method: settings.voiceMethod,
    voice_receive_mode: settings.voiceReceiveMode,
    voice_url: settings.voiceUrl,
  };
}
