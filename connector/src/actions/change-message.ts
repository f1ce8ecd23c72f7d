// What can be done to a message that exists.

import { action } from "@prismatic-io/spectral";
import { cancelMessage as cancel, redactMessage as redact, deleteMessage as remove } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage, messageSchema, text } from "../examples/message.ts";
import { messageSid, twilioConnection } from "../inputs/common.ts";

const inputs = { twilioConnection, sid: messageSid };

export const cancelMessage = action({
  display: { label: "Cancel SMS", description: "Cancels a scheduled message. One that is cancelled already stays so" },
  inputs,
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, sid }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await cancel(connection, sid) })),
  examplePayload: { data: { ...exampleMessage, status: "canceled", dateSent: null } },
  outputSchema: { type: "actionOutput", schema: messageSchema },
});

export const redactMessage = action({
  display: { label: "Redact SMS", description: "Removes the text of a finished message for good and keeps the rest" },
  inputs,
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, sid }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await redact(connection, sid) })),
  examplePayload: { data: { ...exampleMessage, body: "" } },
  outputSchema: { type: "actionOutput", schema: messageSchema },
});

export const deleteMessage = action({
  display: { label: "Delete SMS", description: "Deletes a finished message with its media for good" },
  inputs,
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, sid }) =>
    withConnection(twilioConnection, context, async (connection) => ({
      data: { sid, deleted: await remove(connection, sid) },
    })),
  examplePayload: { data: { sid: exampleMessage.sid, deleted: true } },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: {
        sid: text,
        deleted: { type: "boolean", description: "False: there was no such message (any more)." },
      },
    },
  },
});
