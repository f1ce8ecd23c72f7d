// What the webhook triggers give for an inbound message.

import type { TriggerPayload } from "@prismatic-io/spectral";
import type { WebhookEvent } from "trunkline/actions";

const event: WebhookEvent = {
  kind: "inbound",
  messageSid: "SM0123456789abcdef0123456789abcdef",
  accountSid: "AC0123456789abcdef0123456789abcdef",
  messagingServiceSid: null,
  from: "+12025550142",
  to: "+12025550100",
  body: "Hello",
  numSegments: 1,
  media: [],
  status: "received",
  errorCode: null,
  optOutType: null,
  channel: "sms",
  idempotencyToken: "00000000-0000-4000-8000-000000000000",
  deduplicationKey: "00000000-0000-4000-8000-000000000000",
};

const fields = {
  MessageSid: "SM0123456789abcdef0123456789abcdef",
  SmsSid: "SM0123456789abcdef0123456789abcdef",
  SmsMessageSid: "SM0123456789abcdef0123456789abcdef",
  AccountSid: "AC0123456789abcdef0123456789abcdef",
  From: "+12025550142",
  To: "+12025550100",
  Body: "Hello",
  NumMedia: "0",
  NumSegments: "1",
  SmsStatus: "received",
  ApiVersion: "2010-04-01",
};

const url = "https://hooks.example.com/trigger/flow";

export const examplePayload: TriggerPayload & { twilio: WebhookEvent } = {
  headers: {
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    "X-Twilio-Signature": "L/OH5YylLD5NRKLltdqwSvS0BnU=",
    "I-Twilio-Idempotency-Token": "00000000-0000-4000-8000-000000000000",
  },
  queryParameters: {},
  rawBody: { data: new URLSearchParams(fields).toString(), contentType: "application/x-www-form-urlencoded" },
  body: { data: fields, contentType: "application/json" },
  twilio: event,
  pathFragment: "",
  webhookUrls: { "Flow 1": url },
  webhookApiKeys: { "Flow 1": [] },
  invokeUrl: url,
  executionId: "example",
  customer: { id: "example", name: "Customer", externalId: "example" },
  instance: { id: "example", name: "Instance" },
  user: { id: "example", email: "user@example.com", name: "User", externalId: "example" },
  integration: { id: "example", name: "Integration", versionSequenceId: "1", externalVersion: "1.0.0" },
  flow: { id: "example", name: "Flow 1", stableId: "example" },
  startedAt: "2026-01-31T09:30:00.000Z",
  globalDebug: false,
};
