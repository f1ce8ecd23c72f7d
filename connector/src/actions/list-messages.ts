// The list as the public connector has it (an array of messages), now with filters and a limit; and page by page, for
// flows that go through many.

import { action, input } from "@prismatic-io/spectral";
import { listMessages as listAll, listMessagePage } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { exampleMessage, messageSchema, textOrNull } from "../examples/message.ts";
import { optional } from "../inputs/clean.ts";
import { twilioConnection } from "../inputs/common.ts";
import { messageFilters } from "../inputs/filters.ts";

const limit = input({
  label: "Limit",
  type: "string",
  required: false,
  default: "100",
  placeholder: "100",
  comments: "How many messages to give, newest first. Give all for every message that matches.",
  example: "100",
  clean: (value): number | "all" | undefined => {
    const text = optional(value)?.toLowerCase();
    if (text === undefined || text === "all") return text;
    if (/^\d+$/.test(text)) return Number(text);
    throw new Error("Limit must be a whole number, or all.");
  },
});

export const listMessages = action({
  display: { label: "List SMS messages", description: "Lists SMS messages" },
  inputs: { twilioConnection, ...messageFilters, limit },
  performSafety: "safe",
  perform: (context, { twilioConnection, ...filters }) =>
    withConnection(twilioConnection, context, async (connection) => {
      const { messages, truncated } = await listAll(connection, filters);
      if (truncated) context.logger.warn(`There are more messages than the ${messages.length} that are given.`);
      return { data: messages };
    }),
  examplePayload: { data: [exampleMessage] },
  outputSchema: { type: "actionOutput", schema: { type: "array", items: messageSchema } },
});

const pageToken = input({
  label: "Page Token",
  type: "string",
  required: false,
  placeholder: "PASM0123456789abcdef0123456789abcdef",
  comments: "Leads to the next page: the next page token of the page before. Empty: the first page.",
  example: "PASM0123456789abcdef0123456789abcdef",
  clean: optional,
});

export const searchMessages = action({
  display: {
    label: "Search SMS Messages",
    description: "Lists SMS messages page by page: gives one page and the token of the next",
  },
  inputs: { twilioConnection, ...messageFilters, pageToken },
  performSafety: "safe",
  perform: (context, { twilioConnection, ...filters }) =>
    withConnection(twilioConnection, context, async (connection) => ({
      data: await listMessagePage(connection, filters),
    })),
  examplePayload: { data: { messages: [exampleMessage], nextPageToken: "PASM0123456789abcdef0123456789abcdef" } },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: { messages: { type: "array", items: messageSchema }, nextPageToken: textOrNull },
    },
  },
});
