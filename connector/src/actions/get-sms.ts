// Get SMS.

import { action } from "@prismatic-io/spectral";
import { getMessage } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage, messageSchema } from "../examples/message.ts";
import { messageSid, twilioConnection } from "../inputs/common.ts";

export const getSms = action({
  display: { label: "Get SMS", description: "Get an SMS message" },
  inputs: { twilioConnection, sid: messageSid },
  performSafety: "safe",
  perform: (context, { twilioConnection, sid }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await getMessage(connection, sid) })),
  examplePayload: { data: exampleMessage },
  outputSchema: { type: "actionOutput", schema: messageSchema },
});
