// Waits for a message's fate and branches by it.

import { action, input } from "@prismatic-io/spectral";
import { type DeliveryOutcome, waitForDelivery as wait } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage, messageSchema, text } from "../examples/message.ts";
import { optional, optionalNumber } from "../inputs/clean.ts";
import { messageSid, twilioConnection } from "../inputs/common.ts";

const branches: Readonly<Record<DeliveryOutcome, string>> = {
  delivered: "Delivered",
  failed: "Failed",
  "timed-out": "Timed Out",
};

const outputOfBranch = {
  type: "object" as const,
  properties: { outcome: text, message: messageSchema, waitedSeconds: { type: "number" as const } },
};

export const waitForDelivery = action({
  display: {
    label: "Wait For Delivery",
    description: "Waits until a message was delivered or has failed, and takes the branch for it",
  },
  inputs: {
    twilioConnection,
    sid: messageSid,
    timeoutSeconds: input({
      label: "Timeout (Seconds)",
      type: "string",
      required: false,
      default: "60",
      placeholder: "60",
      comments: "How long to wait, 1 to 840 seconds. In a synchronous flow keep it well below 30.",
      example: "60",
      clean: optionalNumber("Timeout"),
    }),
    intervalSeconds: input({
      label: "Interval (Seconds)",
      type: "string",
      required: false,
      default: "2",
      placeholder: "2",
      comments: "The wait between the first two looks; later ones are longer, up to 15 seconds.",
      example: "2",
      clean: optionalNumber("Interval"),
    }),
    until: input({
      label: "Wait Until",
      type: "string",
      required: false,
      default: "delivered",
      model: [
        { label: "Delivered", value: "delivered" },
        { label: "Sent", value: "sent" },
      ],
      placeholder: "Delivered",
      comments: "Not every carrier reports the delivery: with Sent it is enough that the carrier took the message.",
      example: "delivered",
      clean: (value) => {
        const until = optional(value);
        if (until === undefined || until === "delivered" || until === "sent") return until;
        throw new Error("Wait Until must be delivered or sent.");
      },
    }),
  },
  performSafety: "notAllowed",
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  perform: (context, { twilioConnection, ...waiting }) =>
    withConnection(twilioConnection, context, async (connection) => {
      const delivery = await wait(connection, waiting);
      return { branch: branches[delivery.outcome], data: delivery };
    }),
  examplePayload: {
    branch: branches.delivered,
    data: { outcome: "delivered", message: exampleMessage, waitedSeconds: 2.1 },
  },
  outputSchema: {
    type: "branchingOutput",
    branchSchemas: Object.fromEntries(Object.values(branches).map((name) => [name, outputOfBranch])),
  },
});
