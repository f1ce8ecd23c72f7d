// One text to many recipients, with a report on each.

import { action, input } from "@prismatic-io/spectral";
import { type BulkRecipient, sendBulk as send } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { numberOrNull, text, textOrNull } from "../examples/message.ts";
import { offByDefault, optional, optionalJson, optionalNumber, required } from "../inputs/clean.ts";
import { twilioConnection } from "../inputs/common.ts";
import { from, messagingServiceSid, sendingOptions } from "../inputs/sending.ts";

/** A list of numbers, or of objects with `to` and `variables`; also JSON of either. */
function readRecipients(value: unknown): BulkRecipient[] {
  const list = optionalJson("Recipients", value);
  if (!Array.isArray(list)) throw new Error("Recipients must be a list.");
  return list.map((entry: unknown, index): BulkRecipient => {
    if (typeof entry === "string") return { to: entry };
    const { to, variables = {} } = Object(entry) as { to?: unknown; variables?: unknown };
    if (typeof to !== "string") throw new Error(`Recipient ${index + 1} has no "to".`);
    if (typeof variables !== "object" || variables === null) {
      throw new Error(`The variables of recipient ${index + 1} must be an object.`);
    }
    return { to, variables: { ...variables } };
  });
}

const numberInput = (label: string, comments: string, example: string) =>
  input({
    label,
    type: "string",
    required: false,
    placeholder: example,
    comments,
    example,
    clean: optionalNumber(label),
  });

export const sendBulk = action({
  display: {
    label: "Send Bulk SMS",
    description: "Sends a text to many recipients at a limited rate and reports on each of them",
  },
  inputs: {
    twilioConnection,
    recipients: input({
      label: "Recipients",
      type: "code",
      language: "json",
      required: true,
      placeholder: '[{"to": "+12025550142", "variables": {"name": "Ada"}}]',
      comments: "A list of numbers, or of objects with to and variables.",
      example: '[{"to": "+12025550142", "variables": {"name": "Ada"}}]',
      clean: readRecipients,
    }),
    template: input({
      label: "Template",
      type: "text",
      required: true,
      placeholder: "Hello {{name}}",
      comments: "The text. {{name}} stands for the recipient's variable of that name.",
      example: "Hello {{name}}",
      clean: required,
    }),
    from,
    messagingServiceSid,
    ...sendingOptions,
    batchKey: input({
      label: "Batch Key",
      type: "string",
      required: false,
      placeholder: "newsletter-2026-01",
      comments:
        "A name for this mailing. On a Trunkline gateway the same mailing, sent again within 24 hours, reaches only those that were not reached before.",
      example: "newsletter-2026-01",
      clean: optional,
    }),
    concurrency: numberInput("Concurrency", "Requests at a time, 1 to 50. Default 5.", "5"),
    ratePerSecond: numberInput("Rate Per Second", "Messages per second at most. Default: no limit.", "10"),
    timeLimitSeconds: numberInput("Time Limit (Seconds)", "Begin nothing new after so long. Default 600.", "600"),
    stopOnError: input({
      label: "Stop On Error",
      type: "boolean",
      required: false,
      default: "false",
      placeholder: "false",
      comments: "Begin nothing new after the first failure.",
      example: "false",
      clean: offByDefault,
    }),
  },
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, ...mailing }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await send(connection, mailing) })),
  examplePayload: {
    data: {
      accepted: 1,
      refused: 0,
      unknown: 0,
      skipped: 0,
      results: [
        {
          index: 0,
          to: "+12025550142",
          outcome: "accepted",
          sid: "SM0123456789abcdef0123456789abcdef",
          status: "queued",
          errorCode: null,
          reason: null,
        },
      ],
    },
  },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: {
        accepted: { type: "number" },
        refused: { type: "number" },
        unknown: { type: "number" },
        skipped: { type: "number" },
        results: {
          type: "array",
          items: {
            type: "object",
            properties: {
              index: { type: "number" },
              to: text,
              outcome: { type: "string", description: "accepted, refused, unknown or skipped." },
              sid: textOrNull,
              status: textOrNull,
              errorCode: numberOrNull,
              reason: textOrNull,
            },
          },
        },
      },
    },
  },
});
