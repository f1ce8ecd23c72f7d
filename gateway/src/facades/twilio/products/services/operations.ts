// Messaging services as /openapi.json describes them.

import {
  collection,
  type Description,
  type Fields,
  fieldsOf,
  flag,
  item,
  map,
  needed,
  nullable,
  text,
  whole,
} from "../../openapi/describe.ts";

const answer = "Service";
const form: Fields = {
  FriendlyName: text("At most 64 characters."),
  ...fieldsOf(text(), "InboundRequestUrl", "InboundMethod", "FallbackUrl", "FallbackMethod", "StatusCallback"),
  StickySender: flag("A recipient keeps the sender that they had."),
  SmartEncoding: flag("Replace look-alikes, so that texts fit the GSM alphabet."),
  AreaCodeGeomatch: flag("US and Canada: a sender of the recipient's area code comes first."),
  ValidityPeriod: whole("Seconds, 1 to 36000."),
  UseInboundWebhookOnNumber: flag("Inbound messages go where the number says."),
  ...fieldsOf(flag(), "MmsConverter", "FallbackToLongCode", "SynchronousValidation"),
  ...fieldsOf(text(), "ScanMessageContent", "Usecase"),
};

export const serviceDescription: Description = {
  tag: "messaging services",
  about: "Pools of senders that are written from and to as one.",
  schemas: {
    Service: {
      ...fieldsOf(text(), "sid", "account_sid", "friendly_name", "url", "date_created", "date_updated", "usecase"),
      ...fieldsOf(text(), "inbound_method", "fallback_method", "scan_message_content"),
      ...fieldsOf(nullable(text()), "inbound_request_url", "fallback_url", "status_callback"),
      ...fieldsOf(flag(), "sticky_sender", "smart_encoding", "mms_converter", "fallback_to_long_code"),
      ...fieldsOf(flag(), "area_code_geomatch", "synchronous_validation", "use_inbound_webhook_on_number"),
      us_app_to_person_registered: flag(),
      validity_period: whole(),
      links: map(),
    },
    Usecases: { usecases: { type: "array", items: { type: "object" } } },
  },
  operations: [
    ...collection({
      ...{ path: "/v1/Services", thing: "a messaging service", answer, list: "services" },
      form: { ...form, FriendlyName: needed(text("At most 64 characters.")) },
    }),
    { method: "get", path: "/v1/Services/Usecases", summary: "List use cases", status: 200, answer: "Usecases" },
    ...item({ path: "/v1/Services/{Sid}", thing: "a messaging service", answer, form }),
  ],
};
