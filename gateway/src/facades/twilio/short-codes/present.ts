// A short code as Twilio's ShortCode resource: the only place that shapes it.

import { numberSettingsOf } from "../../../core/senders/number-settings.ts";
import type { Sender } from "../../../core/senders/sender.ts";
import { rfc2822 } from "../dates.ts";

export function presentShortCode(sender: Sender) {
  const { accountSid, sid } = sender;
  return {
    account_sid: accountSid,
    api_version: numberSettingsOf(sender).apiVersion,
    date_created: rfc2822(sender.createdAt),
    date_updated: rfc2822(sender.updatedAt),
    friendly_name: sender.friendlyName,
    short_code: sender.address,
    sid,
    sms_fallback_method: sender.smsFallbackMethod,
    sms_fallback_url: sender.smsFallbackUrl || null,
    sms_method: sender.smsMethod,
    sms_url: sender.smsUrl || null,
    uri: `/2010-04-01/Accounts/${accountSid}/SMS/ShortCodes/${sid}.json`,
  };
}
