// The form of an application: the same parameters for create and update.

import type { ApplicationChanges } from "../../../store/applications.ts";
import type { Form } from "../form.ts";
import { readFriendlyName } from "../friendly-name.ts";
import { given, readBoolean, readUrl } from "../products/parameters.ts";
import { readApiVersion, readMethod, readVoiceSettings } from "../webhook-parameters.ts";

/** Throws a GatewayError for the first value that is wrong. Parameters that are not given are absent. */
export function readApplicationChanges(form: Form): ApplicationChanges {
  // There is one version of the API here; what is none is refused all the same.
  readApiVersion(form);
  return {
    ...given("friendlyName", readFriendlyName(form)),
    ...given("smsUrl", readUrl(form, "SmsUrl")),
    ...given("smsMethod", readMethod(form, "SmsMethod")),
    ...given("smsFallbackUrl", readUrl(form, "SmsFallbackUrl")),
    ...given("smsFallbackMethod", readMethod(form, "SmsFallbackMethod")),
    ...given("smsStatusCallback", readUrl(form, "SmsStatusCallback")),
    ...given("messageStatusCallback", readUrl(form, "MessageStatusCallback")),
    settings: {
      ...given("statusCallback", readUrl(form, "StatusCallback")),
      ...readVoiceSettings(form),
      ...given("publicApplicationConnectEnabled", readBoolean(form, "PublicApplicationConnectEnabled")),
    },
  };
}
