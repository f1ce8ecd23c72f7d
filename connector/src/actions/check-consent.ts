// Whether a contact may be written to. Reads only; the server judges every message by itself.

import { action, input } from "@prismatic-io/spectral";
import { checkConsent as check } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { text, textOrNull } from "../examples/message.ts";
import { optional, required } from "../inputs/clean.ts";
import { defaultRegion, twilioConnection } from "../inputs/common.ts";

export const checkConsent = action({
  display: {
    label: "Check Consent",
    description:
      "Tells whether a contact has opted out: by a gateway's record of consents, else by the messages with them",
  },
  inputs: {
    twilioConnection,
    contact: input({
      label: "Contact",
      type: "string",
      required: true,
      placeholder: "+12025550142",
      comments: "The phone number that you would write to.",
      example: "+12025550142",
      clean: required,
    }),
    sender: input({
      label: "Sender",
      type: "string",
      required: false,
      placeholder: "+12025550100",
      comments: "The number, short code or messaging service that you would write from. Empty: any of the account's.",
      example: "+12025550100",
      clean: optional,
    }),
    defaultRegion,
  },
  performSafety: "safe",
  perform: (context, { twilioConnection, ...consent }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await check(connection, consent) })),
  examplePayload: {
    data: {
      contact: "+12025550142",
      sender: "+12025550100",
      status: "opted-out",
      source: "consents",
      evidence: "stored-consent",
      messageSid: null,
      at: "2026-01-31T09:30:00.000Z",
    },
  },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: {
        contact: text,
        sender: textOrNull,
        status: { type: "string", description: "opted-in, opted-out or unknown." },
        source: { type: "string", description: "consents (a gateway's own record) or messages." },
        evidence: textOrNull,
        messageSid: textOrNull,
        at: textOrNull,
      },
    },
  },
});
