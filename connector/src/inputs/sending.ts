// The inputs of what sends: the public connector's first, then what the API can do besides. All but the recipient are optional.

import { input } from "@prismatic-io/spectral";
import { offByDefault, optional, optionalBoolean, optionalJson, optionalNumber, texts } from "./clean.ts";
import { defaultRegion } from "./common.ts";

export const from = input({
  label: "From",
  type: "string",
  required: false,
  placeholder: "+12025550100",
  comments:
    "The SMS sender's phone number. Also a short code, an alphanumeric sender ID or a channel address (whatsapp:+…). Leave it empty with a messaging service.",
  example: "+12025550100",
  dataSource: "selectPhoneNumber",
  clean: optional,
});

export const messagingServiceSid = input({
  label: "Messaging Service SID",
  type: "string",
  required: false,
  placeholder: "MG…",
  comments: "The messaging service that chooses the sender, or whose pool the sender is from.",
  example: "MG0123456789abcdef0123456789abcdef",
  dataSource: "selectMessagingService",
  clean: optional,
});

function url(label: string, comments: string) {
  return input({
    label,
    type: "string",
    required: false,
    placeholder: "https://example.com/status",
    comments,
    example: "https://example.com/status",
    clean: optional,
  });
}

/** Sent only when it is on: the platform gives `false` for a switch that nobody has touched. */
function flag(label: string, comments: string) {
  return input({
    label,
    type: "boolean",
    required: false,
    default: "false",
    placeholder: "false",
    comments,
    example: "false",
    clean: (value) => (offByDefault(value) ? true : undefined),
  });
}

function choice(label: string, comments: string, values: readonly string[]) {
  return input({
    label,
    type: "string",
    required: false,
    model: [{ label: "Default", value: "" }, ...values.map((value) => ({ label: value, value }))],
    placeholder: "Default",
    comments,
    example: values[0] ?? "",
    clean: optional,
  });
}

const intents = [
  "otp",
  "notifications",
  "marketing",
  "fraud",
  "security",
  "customercare",
  "delivery",
  "education",
  "polling",
  "announcements",
  "events",
];

/** What both Send SMS and Send Bulk take beside their own. */
export const sendingOptions = {
  mediaUrls: input({
    label: "Media URLs",
    type: "string",
    collection: "valuelist",
    required: false,
    placeholder: "https://example.com/cat.png",
    comments: "Up to ten http or https URLs of pictures and other media to send.",
    example: "https://example.com/cat.png",
    clean: texts,
  }),
  statusCallback: url("Status Callback", "Where status updates of the message are sent to."),
  validityPeriod: input({
    label: "Validity Period",
    type: "string",
    required: false,
    placeholder: "36000",
    comments: "Seconds, 1 to 36000. A message that could not be sent by then fails.",
    example: "600",
    clean: optionalNumber("Validity Period"),
  }),
  sendAt: input({
    label: "Send At",
    type: "timestamp",
    required: false,
    placeholder: "2026-01-31T09:30:00Z",
    comments: "Schedules the message for this time. Needs a messaging service.",
    example: "2026-01-31T09:30:00Z",
    clean: (value): string | Date | undefined => (value instanceof Date ? value : optional(value)),
  }),
  contentSid: input({
    label: "Content SID",
    type: "string",
    required: false,
    placeholder: "HX…",
    comments: "A content template to send instead of a text.",
    example: "HX0123456789abcdef0123456789abcdef",
    clean: optional,
  }),
  contentVariables: input({
    label: "Content Variables",
    type: "code",
    language: "json",
    required: false,
    placeholder: '{"1": "Ada"}',
    comments: "The values of the content template, as a JSON object.",
    example: '{"1": "Ada"}',
    clean: (value): Readonly<Record<string, unknown>> | undefined => {
      const json = optionalJson("Content Variables", value);
      if (json === undefined) return undefined;
      if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
      throw new Error("Content Variables must be a JSON object.");
    },
  }),
  // No switch: off is something else than what the messaging service says.
  smartEncoded: input({
    label: "Smart Encoding",
    type: "string",
    required: false,
    model: [
      { label: "As The Messaging Service Says", value: "" },
      { label: "On", value: "true" },
      { label: "Off", value: "false" },
    ],
    placeholder: "As The Messaging Service Says",
    comments: "Replace characters that look alike, so that more texts fit the cheap alphabet.",
    example: "true",
    clean: optionalBoolean,
  }),
  shortenUrls: flag("Shorten URLs", "Shorten links in the text. Needs a messaging service."),
  sendAsMms: flag("Send As MMS", "Send a long text as one MMS."),
  provideFeedback: flag("Provide Feedback", "You will tell later whether the recipient acted on the message."),
  riskCheck: choice("Risk Check", "Protection of this message against SMS pumping.", ["enable", "disable"]),
  messageIntent: choice("Message Intent", "What the message is for.", intents),
  contentRetention: choice("Content Retention", "Whether the text is kept.", ["retain", "discard"]),
  addressRetention: choice("Address Retention", "Whether the recipient's number is kept.", ["retain", "obfuscate"]),
  defaultRegion,
};
