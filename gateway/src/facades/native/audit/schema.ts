// What the native audit endpoints take and give.

import { z } from "zod";
import { accountSid, text, uuid } from "../schema.ts";

const moment = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const actionsMax = 20;

const filters = {
  action: text
    .max(1000)
    .transform((value) => value.split(","))
    .refine((actions) => actions.length <= actionsMax, `must name at most ${actionsMax} actions`)
    .refine((actions) => actions.every((action) => /^[a-z][a-z0-9.-]{0,99}$/.test(action)), {
      message: "must be actions, or beginnings of actions that end with a dot, separated by commas",
    })
    .optional()
    .describe("`provider.updated`, or all that begin with `provider.`; several are separated by commas."),
  actor: text
    .min(1)
    .max(200)
    .optional()
    .describe("Kind and id as `actor` has them, `access-key 0198…`, or a kind alone: `access-key`."),
  subject: text.min(1).max(500).optional().describe("The id of what was changed."),
  since: moment.optional().describe("Only what was done from then on: 2026-01-31T12:00:00Z."),
  until: moment.optional().describe("Only what was done before."),
};

export const auditParams = z.strictObject({ sid: accountSid });

export const auditQuery = z.strictObject({
  ...filters,
  before: uuid.optional().describe("`next` of the page before."),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const auditExportQuery = z.strictObject(filters);

const state = z.record(z.string(), z.unknown()).nullable();

export const auditEntry = z
  .object({
    id: z.string(),
    at: z.string(),
    scope: z
      .enum(["account", "installation"])
      .describe("`installation`: of no account; administrators alone see these."),
    actor: z.object({
      kind: z.string().describe("access-key, auth-token, admin …; or the part of the gateway that acted by itself."),
      id: z.string().nullable().describe("Null: the gateway itself."),
      label: z.string().nullable().describe("Its name now; null: not known, or gone."),
    }),
    action: z.string().describe("Noun and verb: `provider.updated`."),
    subject: z.object({
      id: z.string(),
      label: z.string().nullable().describe("What it was called."),
      kind: z
        .enum(["provider", "message"])
        .nullable()
        .describe("A provider that is still there, or a message; null: something else."),
    }),
    before: state.describe("Null: it did not exist. Secrets are masked."),
    after: state.describe("Null: it is gone. Secrets are masked."),
    changes: z
      .array(
        z.object({
          path: z.string().describe("`config.baseUrl`, `rules[2].action`; `countries[]`: a member of a list."),
          before: z.unknown().describe("Null: there was nothing."),
          after: z.unknown().describe("Null: there is nothing. Both `[secret]`: a secret is another now."),
        }),
      )
      .describe("What differs, up to 200 changes."),
    moreChanges: z.number().int().describe("Changes that were left out."),
  })
  .meta({ id: "AuditEntry" });

export const auditReply = z.object({
  entries: z.array(auditEntry).describe("Newest first."),
  next: z
    .string()
    .nullable()
    .describe(
      "`before` of the next page; null on the last. When looking for actions and actors, a page may be short, or empty, and still have a next.",
    ),
});
