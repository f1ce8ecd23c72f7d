// Looks on a schedule for messages that are new or have changed.

import { input, pollingTrigger } from "@prismatic-io/spectral";
import { pollMessages } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage } from "../examples/message.ts";
import { examplePayload } from "../examples/webhook.ts";
import { onByDefault, optionalNumber } from "../inputs/clean.ts";
import { direction, fromFilter, toFilter, twilioConnection } from "../inputs/common.ts";

const shown = (label: string, comments: string) =>
  input({
    label,
    type: "boolean",
    required: false,
    default: "true",
    placeholder: "true",
    comments,
    example: "true",
    clean: onByDefault,
  });

const { twilio: _, ...payloadOfSchedule } = examplePayload;

export const pollChangesTrigger = pollingTrigger({
  display: {
    label: "New and Changed Messages",
    description: "Looks on a schedule for messages that are new or whose status has changed, and gives each once",
  },
  inputs: {
    connection: twilioConnection,
    from: fromFilter,
    to: toFilter,
    direction,
    showNewRecords: shown("Show New Records", "Give messages that are new."),
    showUpdatedRecords: shown("Show Updated Records", "Give messages whose status has changed."),
    lookBackMinutes: input({
      label: "Look-Back (Minutes)",
      type: "string",
      required: false,
      default: "60",
      placeholder: "60",
      comments:
        "How long after it was created or sent a message is watched for changes, 2 to 1440. Also how late a message may show up without being missed.",
      example: "60",
      clean: optionalNumber("Look-Back"),
    }),
    maxMessages: input({
      label: "Max Messages",
      type: "string",
      required: false,
      default: "1000",
      placeholder: "1000",
      comments: "The most messages in one run, oldest first; the next run goes on with the rest. 1 to 10000.",
      example: "1000",
      clean: optionalNumber("Max Messages"),
    }),
  },
  perform: (context, payload, params) =>
    withConnection(params.connection, context, async (connection) => {
      const { from, to, direction, lookBackMinutes, maxMessages } = params;
      const showing = { showCreated: params.showNewRecords, showUpdated: params.showUpdatedRecords };
      const input = { from, to, direction, lookBackMinutes, maxMessages, ...showing };
      const { created, updated, truncated, state } = await pollMessages(connection, input, context.polling.getState());
      context.polling.setState({ ...state });
      if (truncated) context.logger.info("There is more to tell; the next run goes on with it.");
      const body = { data: { created, updated }, contentType: "application/json" };
      return { payload: { ...payload, body }, polledNoChanges: created.length + updated.length === 0 };
    }),
  examplePayload: {
    payload: {
      ...payloadOfSchedule,
      body: { data: { created: [exampleMessage], updated: [] }, contentType: "application/json" },
    },
    polledNoChanges: false,
  },
});
