// Messages, their media and feedback, as /openapi.json describes them.

import {
  collection,
  type Description,
  fieldsOf,
  flag,
  item,
  map,
  needed,
  nullable,
  text,
  texts,
  whole,
} from "../openapi/describe.ts";

const base = "/2010-04-01/Accounts/{AccountSid}/Messages";
const url = text("An http(s) URL.");

export const messageDescription: Description = {
  tag: "messages",
  about: "Send messages, and see what became of them; their media; feedback.",
  schemas: {
    Message: {
      ...fieldsOf(text(), "sid", "account_sid", "api_version", "body", "direction", "num_media", "num_segments"),
      ...fieldsOf(text(), "status", "to", "uri", "date_created", "date_updated"),
      ...fieldsOf(nullable(text()), "from", "messaging_service_sid", "price", "price_unit", "date_sent"),
      error_code: nullable(whole()),
      error_message: nullable(text()),
      subresource_uris: map(),
    },
    Media: fieldsOf(
      text(),
      ...["sid", "account_sid", "parent_sid", "content_type", "date_created", "date_updated", "uri"],
    ),
    Feedback: fieldsOf(text(), "account_sid", "message_sid", "outcome", "date_created", "date_updated", "uri"),
  },
  operations: [
    ...collection({
      ...{ path: `${base}.json`, thing: "a message", answer: "Message", list: "messages" },
      query: {
        To: text(),
        From: text(),
        DateSent: text("A day or a moment; `DateSent<` and `DateSent>` are bounds."),
        "DateSent<": text(),
        "DateSent>": text(),
      },
      form: {
        To: needed(text("E.164, or a channel address.")),
        From: text("A number, short code or name of the account; or a MessagingServiceSid."),
        MessagingServiceSid: text(),
        Body: text("At most 1600 characters."),
        MediaUrl: texts("At most 10."),
        StatusCallback: url,
        ApplicationSid: text("Its status callback is used where there is no StatusCallback."),
        ValidityPeriod: whole("Seconds, 1 to 36000: not sent by then, it fails."),
        ScheduleType: text("`fixed`, with SendAt and a messaging service."),
        SendAt: text("ISO 8601: 15 minutes to 35 days ahead."),
        SmartEncoded: flag("Replace look-alikes, so that the text fits the GSM alphabet."),
        ProvideFeedback: flag(),
        ...fieldsOf(text(), "MaxPrice", "Attempt", "ContentRetention", "AddressRetention", "RiskCheck"),
        ...fieldsOf(text(), "ContentSid", "ContentVariables", "MessageIntent"),
        Tags: text("A JSON object of at most 10 texts."),
      },
    }),
    ...item({
      ...{ path: `${base}/{Sid}.json`, thing: "a message", answer: "Message" },
      form: { Body: text("Empty: redacts it."), Status: text("`canceled`: if it is still scheduled.") },
    }),
    ...collection({
      ...{ path: `${base}/{MessageSid}/Media.json`, thing: "a media item", answer: "Media", list: "media_list" },
      query: fieldsOf(text(), "DateCreated", "DateCreated<", "DateCreated>"),
    }),
    ...item({ path: `${base}/{MessageSid}/Media/{Sid}.json`, thing: "a media item", answer: "Media" }),
    {
      method: "post",
      path: `${base}/{MessageSid}/Feedback.json`,
      summary: "Say whether the recipient did what the message asked for",
      form: { Outcome: text("`confirmed` or `unconfirmed`.") },
      status: 200,
      answer: "Feedback",
    },
  ],
};
