// Send SMS. With its three inputs alone it sends To, From and Body and nothing else.

import { action, input } from "@prismatic-io/spectral";
import { type Message, type MessagePreview, previewMessage, type SendInput, sendMessage } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage, messageProperties } from "../examples/message.ts";
import { offByDefault, optional, optionalNumber, required } from "../inputs/clean.ts";
import { twilioConnection } from "../inputs/common.ts";
import { from, messagingServiceSid, sendingOptions } from "../inputs/sending.ts";

const inputs = {
  twilioConnection,
  to: input({
    label: "To",
    type: "string",
    required: true,
    placeholder: "+12025550142",
    comments: "The SMS recipient's phone number.",
    example: "+12025550142",
    clean: required,
  }),
  from,
  message: input({
    label: "Message",
    type: "text",
    required: false,
    placeholder: "Your code is 123456",
    comments: "The message body of the SMS message.",
    example: "Your code is 123456",
    // Not trimmed: a text is sent as it is written.
    clean: required,
  }),
  messagingServiceSid,
  ...sendingOptions,
  useFlowWebhook: input({
    label: "Status Updates To This Flow",
    type: "boolean",
    required: false,
    default: "false",
    placeholder: "false",
    comments: "Send status updates to this flow's own webhook URL, unless Status Callback says otherwise.",
    example: "false",
    clean: offByDefault,
  }),
  idempotencyKey: input({
    label: "Idempotency Key",
    type: "string",
    required: false,
    placeholder: "order-4711-shipped",
    comments:
      "A name for this message, such as an order number: on a Trunkline gateway the same key sends the message once, also when the flow is run again within 24 hours. Twilio has no such keys: use Duplicate Window there.",
    example: "order-4711-shipped",
    clean: optional,
  }),
  duplicateWindowMinutes: input({
    label: "Duplicate Window (Minutes)",
    type: "string",
    required: false,
    placeholder: "10",
    comments:
      "Do not send when the same text went to the same number within so many minutes; that message is given instead. Best effort, for Twilio and others without idempotency keys.",
    example: "10",
    clean: optionalNumber("Duplicate Window"),
  }),
  dryRun: input({
    label: "Dry Run",
    type: "boolean",
    required: false,
    default: "false",
    placeholder: "false",
    comments: "Send nothing: check the inputs and count the segments.",
    example: "false",
    clean: offByDefault,
  }),
};

interface Surroundings {
  readonly webhookUrls: Readonly<Record<string, string>>;
  readonly flow: { readonly name: string };
}

/** The flow's own URL, when it is asked for and there is one. */
function callbackOf(wanted: boolean, given: string | undefined, { webhookUrls, flow }: Surroundings) {
  return given ?? (wanted ? webhookUrls[flow.name] : undefined);
}

/** A message that was sent, or what would be. */
type SmsOutput =
  | (Message & { replayed: boolean; reconciled: boolean; dryRun: boolean })
  | (MessagePreview & { dryRun: boolean });

const notReplayed = { replayed: false, reconciled: false, dryRun: false };

export const sendSms = action({
  display: { label: "Send SMS", description: "Send an SMS message" },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, { twilioConnection, dryRun, useFlowWebhook, ...given }) => {
    const message: SendInput = { ...given, statusCallback: callbackOf(useFlowWebhook, given.statusCallback, context) };
    if (dryRun) return { data: { ...previewMessage(message), dryRun } as SmsOutput };
    return withConnection(twilioConnection, context, async (connection) => {
      const sent = await sendMessage(connection, message);
      const { replayed, reconciled } = sent;
      return { data: { ...sent.message, replayed, reconciled, dryRun } as SmsOutput };
    });
  },
  examplePayload: { data: { ...exampleMessage, status: "queued", dateSent: null, ...notReplayed } },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: {
        ...messageProperties,
        replayed: { type: "boolean", description: "It had been accepted before; nothing was sent now." },
        reconciled: { type: "boolean", description: "An answer was lost; asking again told what became of it." },
        dryRun: { type: "boolean" },
        encoding: { type: "string", description: "Dry run only: GSM-7 or UCS-2." },
        segments: { type: "number", description: "Dry run only." },
        units: { type: "number", description: "Dry run only: septets or UTF-16 code units." },
      },
    },
  },
});
