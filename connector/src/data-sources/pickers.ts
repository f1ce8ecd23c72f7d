// Lists to choose from while an integration is configured.

import { dataSource, input } from "@prismatic-io/spectral";
import { listMessages, listMessagingServices, listPhoneNumbers, type Message } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { offByDefault } from "../inputs/clean.ts";
import { twilioConnection } from "../inputs/common.ts";

const NEWEST = 100;
const PREVIEW_LENGTH = 40;

function labelOf({ dateCreated, to, body }: Message, hideBody: boolean): string {
  const at = dateCreated?.slice(0, 16).replace("T", " ") ?? "";
  const characters = [...body.replace(/\s+/g, " ").trim()];
  const preview =
    characters.length > PREVIEW_LENGTH ? `${characters.slice(0, PREVIEW_LENGTH).join("")}…` : characters.join("");
  return `${at} → ${to}${hideBody ? "" : ` "${preview}"`}`;
}

export const selectMessage = dataSource({
  display: { label: "Select Message", description: `The newest ${NEWEST} messages, newest first` },
  inputs: {
    connection: twilioConnection,
    hideBody: input({
      label: "Hide Body",
      type: "boolean",
      required: false,
      default: "false",
      placeholder: "false",
      comments: "Do not show the beginning of each message's text.",
      example: "false",
      clean: offByDefault,
    }),
  },
  dataSourceType: "picklist",
  perform: (context, { connection, hideBody }) =>
    withConnection(connection, context, async (opened) => {
      const { messages } = await listMessages(opened, { limit: NEWEST });
      return { result: messages.map((message) => ({ key: message.sid, label: labelOf(message, hideBody) })) };
    }),
  examplePayload: {
    result: [{ key: "SM0123456789abcdef0123456789abcdef", label: '2026-01-31 09:30 → +12025550142 "Hello"' }],
  },
});

export const selectPhoneNumber = dataSource({
  display: { label: "Select Phone Number", description: "The account's phone numbers that can send messages" },
  inputs: { connection: twilioConnection },
  dataSourceType: "picklist",
  perform: (context, { connection }) =>
    withConnection(connection, context, async (opened) => {
      const numbers = (await listPhoneNumbers(opened)).filter(({ sms }) => sms);
      return {
        result: numbers.map(({ phoneNumber, friendlyName }) => ({
          key: phoneNumber,
          label: friendlyName === "" || friendlyName === phoneNumber ? phoneNumber : `${phoneNumber} (${friendlyName})`,
        })),
      };
    }),
  examplePayload: { result: [{ key: "+12025550100", label: "+12025550100 (Support)" }] },
});

export const selectMessagingService = dataSource({
  display: { label: "Select Messaging Service", description: "The account's messaging services" },
  inputs: { connection: twilioConnection },
  dataSourceType: "picklist",
  perform: (context, { connection }) =>
    withConnection(connection, context, async (opened) => ({
      result: (await listMessagingServices(opened)).map(({ sid, friendlyName }) => ({
        key: sid,
        label: friendlyName || sid,
      })),
    })),
  examplePayload: { result: [{ key: "MG0123456789abcdef0123456789abcdef", label: "Notifications" }] },
});
