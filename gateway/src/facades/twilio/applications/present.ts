// An application as Twilio's Application resource: the only place that shapes it.

import type { Application } from "../../../core/senders/application.ts";
import { rfc2822 } from "../dates.ts";

export function presentApplication(application: Application) {
  const { accountSid, sid, settings } = application;
  return {
    account_sid: accountSid,
    api_version: "2010-04-01",
    date_created: rfc2822(application.createdAt),
    date_updated: rfc2822(application.updatedAt),
    friendly_name: application.friendlyName,
    message_status_callback: application.messageStatusCallback,
    public_application_connect_enabled: settings.publicApplicationConnectEnabled,
    sid,
    sms_fallback_method: application.smsFallbackMethod,
    sms_fallback_url: application.smsFallbackUrl,
    sms_method: application.smsMethod,
    sms_status_callback: application.smsStatusCallback,
    sms_url: application.smsUrl,
    status_callback: settings.statusCallback,
    status_callback_method: settings.statusCallbackMethod,
    uri: `/2010-04-01/Accounts/${accountSid}/Applications/${sid}.json`,
    voice_caller_id_lookup: settings.voiceCallerIdLookup,
    voice_fallback_method: settings.voiceFallbackMethod,
    voice_fallback_url: settings.voiceFallbackUrl,
    voice_method: settings.voiceMethod,
    voice_url: settings.voiceUrl,
  };
}
