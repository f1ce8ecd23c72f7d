// The Webhook trigger: it validates, as its description says.

import { input, trigger } from "@prismatic-io/spectral";
import { examplePayload } from "../examples/webhook.ts";
import { optional } from "../inputs/clean.ts";
import { receiveWebhook, rejection, withoutRequest } from "./receive-webhook.ts";
import { webhookInputs } from "./webhook-inputs.ts";

const onInvalid = input({
  label: "When The Signature Is Invalid",
  type: "string",
  required: false,
  default: "reject",
  model: [
    { label: "Fail The Execution", value: "reject" },
    { label: "Answer 403 And Go On Without The Request", value: "respond" },
  ],
  placeholder: "Fail The Execution",
  comments: "With an answer the flow goes on, with an empty body: look at its first step for the kind of event.",
  example: "reject",
  clean: (value) => {
    const choice = optional(value) ?? "reject";
    if (choice === "reject" || choice === "respond") return choice;
    throw new Error("When The Signature Is Invalid must be reject or respond.");
  },
});

export const webhook = trigger({
  display: {
    label: "Webhook",
    description: "Receive and validate webhook requests from Twilio for webhooks you configure.",
  },
  inputs: { ...webhookInputs, onInvalid },
  scheduleSupport: "invalid",
  synchronousResponseSupport: "invalid",
  perform: async (context, payload, params) => {
    const received = receiveWebhook(context, payload, params);
    if (received.accepted) {
      const { response } = received;
      return { payload: received.payload, ...(response === undefined ? {} : { response }) };
    }
    if (params.onInvalid === "reject") throw new Error(`The webhook was refused: ${received.reason}.`);
    context.logger.warn(`The webhook was refused: ${received.reason}.`);
    return { payload: withoutRequest(payload), response: rejection };
  },
  examplePayload: { payload: examplePayload },
});
