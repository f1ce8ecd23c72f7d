// The webhook with a branch for each kind of event, and one for what was refused.

import { trigger } from "@prismatic-io/spectral";
import type { WebhookEvent } from "trunkline/actions";
import { examplePayload } from "../examples/webhook.ts";
import { receiveWebhook, rejection, withoutRequest } from "./receive-webhook.ts";
import { webhookInputs } from "./webhook-inputs.ts";

const branches: Readonly<Record<WebhookEvent["kind"], string>> = {
  inbound: "Inbound Message",
  status: "Status Update",
  other: "Other",
};
const REJECTED = "Rejected";

export const webhookBranching = trigger({
  display: {
    label: "Webhook (Branching)",
    description: "Validates webhook requests from Twilio and takes a branch by what they tell",
  },
  inputs: webhookInputs,
  scheduleSupport: "invalid",
  synchronousResponseSupport: "invalid",
  allowsBranching: true,
  staticBranchNames: [...Object.values(branches), REJECTED],
  perform: async (context, payload, params) => {
    const received = receiveWebhook(context, payload, params);
    if (received.accepted) {
      const { response } = received;
      const branch = branches[received.payload.twilio.kind];
      return { payload: received.payload, branch, ...(response === undefined ? {} : { response }) };
    }
    context.logger.warn(`The webhook was refused: ${received.reason}.`);
    return { payload: withoutRequest(payload), branch: REJECTED, response: rejection };
  },
  examplePayload: { payload: examplePayload, branch: branches.inbound },
});
