// The inputs of the two webhook triggers.

import { input } from "@prismatic-io/spectral";
import { onByDefault, optional, texts } from "../inputs/clean.ts";

const responseModes = ["emptyTwiml", "noContent", "twiml", "executionId"] as const;
export type ResponseMode = (typeof responseModes)[number];

export const webhookInputs = {
  twilioConnection: input({
    label: "Connection",
    type: "connection",
    required: false,
    comments: "Its auth token, or its signing key, is what webhooks are validated with.",
  }),
  signingKey: input({
    label: "Further Signing Keys",
    type: "password",
    collection: "valuelist",
    required: false,
    placeholder: "Auth Token",
    comments: "Also tried: the other auth token during a rotation, a subaccount's token, or a shared key.",
    example: "0123456789abcdef0123456789abcdef",
    clean: texts,
  }),
  validateSignature: input({
    label: "Validate Signature",
    type: "boolean",
    required: false,
    default: "true",
    placeholder: "true",
    comments: "Refuse requests that are not signed by Twilio or your gateway. Switch it off for experiments only.",
    example: "true",
    clean: onByDefault,
  }),
  webhookUrl: input({
    label: "Webhook URL",
    type: "string",
    required: false,
    placeholder: "https://example.com/sms",
    comments: "The URL exactly as it was entered at Twilio, if it is not this flow's own: behind a proxy, for example.",
    example: "https://example.com/sms?tenant=7",
    clean: optional,
  }),
  responseMode: input({
    label: "Response",
    type: "string",
    required: false,
    default: "emptyTwiml",
    model: [
      { label: "Empty TwiML", value: "emptyTwiml" },
      { label: "No Content (204)", value: "noContent" },
      { label: "TwiML", value: "twiml" },
      { label: "Execution ID (JSON)", value: "executionId" },
    ],
    placeholder: "Empty TwiML",
    comments: "What the sender of the webhook is answered. JSON makes Twilio report error 12300 for messages.",
    example: "emptyTwiml",
    clean: (value): ResponseMode => {
      const wanted = optional(value) ?? "emptyTwiml";
      const known = responseModes.find((mode) => mode === wanted);
      if (known === undefined) throw new Error(`Response must be one of ${responseModes.join(", ")}.`);
      return known;
    },
  }),
  replyMessage: input({
    label: "Reply Message",
    type: "text",
    required: false,
    placeholder: "Thank you!",
    comments: "With the response TwiML: a text to reply to an inbound message with. It is escaped.",
    example: "Thank you!",
    clean: optional,
  }),
  twimlBody: input({
    label: "TwiML Body",
    type: "code",
    language: "xml",
    required: false,
    placeholder: "<Response><Message>Thank you!</Message></Response>",
    comments: "With the response TwiML: the whole answer, instead of a reply message.",
    example: "<Response><Message>Thank you!</Message></Response>",
    clean: optional,
  }),
};
