// Example outputs, and the schema of a message, by which the designer shows what later steps can use.

import type { Message } from "trunkline/actions";

const accountSid = "AC0123456789abcdef0123456789abcdef";
const uri = `/2010-04-01/Accounts/${accountSid}/Messages/SM0123456789abcdef0123456789abcdef`;

export const exampleMessage: Message = {
  sid: "SM0123456789abcdef0123456789abcdef",
  accountSid,
  messagingServiceSid: null,
  direction: "outbound-api",
  from: "+12025550100",
  to: "+12025550142",
  body: "Your code is 123456",
  status: "delivered",
  numSegments: "1",
  numMedia: "0",
  errorCode: null,
  errorMessage: null,
  price: null,
  priceUnit: null,
  dateCreated: "2026-01-31T09:30:00.000Z",
  dateUpdated: "2026-01-31T09:30:02.000Z",
  dateSent: "2026-01-31T09:30:01.000Z",
  apiVersion: "2010-04-01",
  uri: `${uri}.json`,
  subresourceUris: { media: `${uri}/Media.json` },
};

const text = { type: "string" } as const;
const textOrNull = { type: ["string", "null"] as ("string" | "null")[] };
const numberOrNull = { type: ["number", "null"] as ("number" | "null")[] };

export const messageProperties = {
  sid: text,
  accountSid: text,
  messagingServiceSid: textOrNull,
  direction: text,
  from: textOrNull,
  to: text,
  body: text,
  status: text,
  numSegments: text,
  numMedia: text,
  errorCode: numberOrNull,
  errorMessage: textOrNull,
  price: textOrNull,
  priceUnit: textOrNull,
  dateCreated: textOrNull,
  dateUpdated: textOrNull,
  dateSent: textOrNull,
  apiVersion: text,
  uri: text,
  subresourceUris: { type: "object", additionalProperties: text },
} as const;

export const messageSchema = { type: "object" as const, properties: messageProperties };

export { numberOrNull, text, textOrNull };
