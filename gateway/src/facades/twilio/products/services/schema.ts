// The form of a messaging service: the same parameters for create and update.

import { type ServiceSettings, scanChoices, usecases } from "../../../../core/senders/messaging-service.ts";
import type { ServiceChanges } from "../../../../store/messaging-services.ts";
import type { Form } from "../../form.ts";
import { given, readBoolean, readChoice, readText, readUrl, readWholeNumber, requiredText } from "../parameters.ts";

const nameCharactersMax = 64;
const validitySecondsMax = 36_000;
const methods = ["GET", "POST"] as const;

/** Throws `invalid-parameter` for the first value that is wrong. Parameters that are not given are absent. */
export function readServiceChanges(form: Form): ServiceChanges {
  return {
    ...given("friendlyName", readText(form, "FriendlyName", nameCharactersMax)),
    ...given("inboundRequestUrl", readUrl(form, "InboundRequestUrl")),
    ...given("inboundMethod", readChoice(form, "InboundMethod", methods)),
    ...given("fallbackUrl", readUrl(form, "FallbackUrl")),
    ...given("fallbackMethod", readChoice(form, "FallbackMethod", methods)),
    ...given("statusCallback", readUrl(form, "StatusCallback")),
    settings: readSettings(form),
  };
}

/** As for an update, but there must be a FriendlyName (`missing-parameter`). */
export function readNewService(form: Form): ServiceChanges & { readonly friendlyName: string } {
  const friendlyName = requiredText(form, "FriendlyName");
  return { friendlyName, ...readServiceChanges(form) };
}

function readSettings(form: Form): Partial<ServiceSettings> {
  return {
    ...given("stickySender", readBoolean(form, "StickySender")),
    ...given("smartEncoding", readBoolean(form, "SmartEncoding")),
    ...given("areaCodeGeomatch", readBoolean(form, "AreaCodeGeomatch")),
    ...given("validitySeconds", readWholeNumber(form, "ValidityPeriod", 1, validitySecondsMax)),
    ...given("useInboundWebhookOnNumber", readBoolean(form, "UseInboundWebhookOnNumber")),
    ...given("mmsConverter", readBoolean(form, "MmsConverter")),
    ...given("fallbackToLongCode", readBoolean(form, "FallbackToLongCode")),
    ...given("scanMessageContent", readChoice(form, "ScanMessageContent", scanChoices)),
    ...given("synchronousValidation", readBoolean(form, "SynchronousValidation")),
    ...given("usecase", readChoice(form, "Usecase", usecases)),
  };
}
