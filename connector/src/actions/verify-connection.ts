// Whether the connection works. Reads only.

import { action } from "@prismatic-io/spectral";
import { verifyConnection as verify } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { text, textOrNull } from "../examples/message.ts";
import { twilioConnection } from "../inputs/common.ts";

export const verifyConnection = action({
  display: { label: "Verify Connection", description: "Tells whether the connection works, and changes nothing" },
  inputs: { twilioConnection },
  performSafety: "safe",
  perform: (context, { twilioConnection }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await verify(connection) })),
  examplePayload: {
    data: {
      accountSid: "AC0123456789abcdef0123456789abcdef",
      friendlyName: "Acme",
      status: "active",
      type: "Full",
    },
  },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: { accountSid: text, friendlyName: textOrNull, status: textOrNull, type: textOrNull },
    },
  },
});
