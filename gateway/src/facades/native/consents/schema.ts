// What the native consents endpoints take and give.

import { z } from "zod";
import { consentSources, consentStatuses, consentWays } from "../../../core/consent/consent.ts";
import { accountQuery, limit, text, uuid } from "../schema.ts";

const contact = text.min(1).max(64).describe("A phone number in E.164 form.");
const sender = text
  .min(1)
  .max(64)
  .describe(
    "A phone number, a short code, an alphanumeric id, or the SID of a messaging service (all of its senders).",
  );
const status = z.enum(consentStatuses);
const source = z.enum(consentSources);
const filter = { contact: contact.optional(), sender: sender.optional(), status: status.optional() };

export const consentsQuery = z.strictObject({
  ...accountQuery,
  ...filter,
  after: text.max(200).optional().describe("`next` of the page before."),
  limit,
});

export const exportQuery = z.strictObject({ ...accountQuery, ...filter });

export const consent = z
  .object({
    contact: z.string(),
    sender: z.string(),
    status,
    source,
    consentedAt: z.string().describe("When the contact gave their word."),
  })
  .meta({ id: "Consent" });

export const consentsReply = z.object({
  consents: z.array(consent).describe("By sender and contact."),
  next: z.string().nullable().describe("`after` of the next page; null on the last."),
});

export const consentBody = z.strictObject({
  contact,
  sender,
  status,
  source: source.default("others"),
  consentedAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("Default: now. An older word replaces no newer one."),
});

export const consentQuery = z.strictObject(accountQuery);

export const setReply = z.object({
  changed: z.boolean().describe("False: it was so already, a newer word stands, or the network decides (toll-free)."),
  consent: consent.describe("What stands now."),
});

export const historyQuery = z.strictObject({
  ...accountQuery,
  contact: contact.optional(),
  before: uuid.optional().describe("`next` of the page before."),
  limit,
});

const change = z
  .object({
    id: z.string(),
    recordedAt: z.string(),
    contact: z.string(),
    sender: z.string(),
    status,
    source,
    consentedAt: z.string(),
    via: z.enum(consentWays).nullable().describe("How it came to be known; null: from before this was noted."),
    actor: z.string().nullable().describe("The credential that told of it; null: the contact."),
    messageSid: z.string().nullable().describe("The message that said it."),
    importId: z.string().nullable().describe("The import that brought it."),
  })
  .meta({ id: "ConsentChange" });

export const historyReply = z.object({
  history: z.array(change).describe("Newest first."),
  next: z.string().nullable().describe("`before` of the next page; null on the last."),
});

export const importQuery = z.strictObject({
  ...accountQuery,
  dryRun: z.enum(["true", "false"]).default("false").describe("Only find out what would change."),
  consentedAt: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("When those gave their word whose rows have no consented_at."),
});

/** Never looked at: the file is taken off the network row by row. */
export const importBody = z.unknown().meta({ type: "string", format: "binary" });

export const importReply = z.object({
  importId: z.string().describe("What the history names."),
  dryRun: z.boolean(),
  rows: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int().describe("Stored already, or older than what is."),
  rejected: z.number().int(),
  errors: z
    .array(z.object({ line: z.number().int(), field: z.string(), message: z.string() }))
    .describe("The first hundred. Rows without an error are stored all the same."),
  ignoredColumns: z.array(z.string()),
});
