// What the native callbacks endpoints take and give.

import { z } from "zod";
import { accountQuery, limit, uuid } from "../schema.ts";

const kind = z.enum(["status", "inbound"]);
const state = z.enum(["pending", "delivered", "failed"]);

export const callbackParams = z.strictObject({ id: uuid });
export const callbackQuery = z.strictObject(accountQuery);
export const callbacksQuery = z.strictObject({
  ...accountQuery,
  state: state.optional(),
  kind: kind.optional(),
  before: uuid.optional().describe("Only callbacks older than this one: `next` of the page before."),
  limit,
});

const listed = {
  id: z.string(),
  messageSid: z.string(),
  kind,
  method: z.enum(["GET", "POST"]),
  url: z.string().describe("Without user and password."),
  state,
  attempts: z.number().int(),
  lastStatus: z.number().int().nullable().describe("The status of the last answer."),
  lastError: z.string().nullable(),
  nextAt: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
};

export const callbacksReply = z.object({
  callbacks: z.array(z.object(listed).meta({ id: "CallbackSummary" })).describe("Newest first."),
  next: z
    .string()
    .nullable()
    .describe("`before` of the next page; null on the last. With a filter a page may be short and still have a next."),
});

export const callback = z
  .object({
    ...listed,
    fields: z.array(z.object({ name: z.string(), value: z.string() })).describe("The form fields that it sends."),
  })
  .meta({ id: "Callback" });
