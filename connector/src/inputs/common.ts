// Inputs that several actions share.

import { input } from "@prismatic-io/spectral";
import { offByDefault, optional, optionalNumber, required } from "./clean.ts";

export const twilioConnection = input({
  label: "Connection",
  type: "connection",
  required: true,
  comments: "The Twilio account, or the account on a Trunkline gateway, to use.",
});

export const messageSid = input({
  label: "Message SID",
  type: "string",
  required: true,
  placeholder: "Message SID",
  comments: "The SID of the message: SM or MM and 32 hexadecimal digits.",
  example: "SM0123456789abcdef0123456789abcdef",
  dataSource: "selectMessage",
  clean: required,
});

export const defaultRegion = input({
  label: "Default Region",
  type: "string",
  required: false,
  default: "US",
  placeholder: "US",
  comments: "The country (two letters) that numbers without a + belong to.",
  example: "US",
  clean: optional,
});

export const fromFilter = input({
  label: "From Filter",
  type: "string",
  required: false,
  placeholder: "+12025550100",
  comments: "Only messages from this number or sender.",
  example: "+12025550100",
  clean: optional,
});

export const toFilter = input({
  label: "To Filter",
  type: "string",
  required: false,
  placeholder: "+12025550142",
  comments: "Only messages to this number.",
  example: "+12025550142",
  clean: optional,
});

export const direction = input({
  label: "Direction",
  type: "string",
  required: false,
  model: [
    { label: "Both", value: "" },
    { label: "Inbound", value: "inbound" },
    { label: "Outbound", value: "outbound" },
  ],
  placeholder: "Both",
  comments: "Only messages that came in, or only messages that went out.",
  example: "inbound",
  clean: (value): "inbound" | "outbound" | undefined => {
    const direction = optional(value);
    if (direction === undefined || direction === "inbound" || direction === "outbound") return direction;
    throw new Error("Direction must be inbound or outbound.");
  },
});

export const pageSize = input({
  label: "Page Size",
  type: "string",
  required: false,
  placeholder: "1000",
  comments: "How many messages to ask for at a time, 1 to 1000. By default as many as are needed.",
  example: "50",
  clean: optionalNumber("Page Size"),
});

export const includeResponseMetadata = input({
  label: "Include Response Metadata",
  type: "boolean",
  required: false,
  default: "false",
  placeholder: "false",
  comments: "Also give the response's status code and headers.",
  example: "false",
  clean: offByDefault,
});
