// What administrators' endpoints about all the people of the installation take and give.

import { z } from "zod";
import { administratorQuery, limit, role, text, uuid } from "../schema.ts";
import { email, isPlain, plainOnly } from "../users/schema.ts";

export const personParams = z.strictObject({ id: uuid });

export const peopleQuery = z.strictObject({
  ...administratorQuery,
  limit: limit.default(100),
  after: uuid.optional().describe("Goes on behind this person."),
  email: text.max(254).default("").describe("The beginning of the e-mail address."),
});

export const newAdministrator = z.strictObject({ email });

export const personChanges = z
  .strictObject({
    name: text.min(1).max(100).refine(isPlain, plainOnly).optional(),
    administrator: z.boolean().optional().describe("Acts for every account."),
    disabled: z.boolean().optional().describe("May sign in no more; their sign-ins end."),
  })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

export const person = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    administrator: z.boolean(),
    state: z.enum(["active", "disabled"]),
    isCaller: z.boolean(),
    createdAt: z.string(),
    lastSignInAt: z.string().nullable(),
    accounts: z
      .array(z.object({ sid: z.string(), friendlyName: z.string(), role }))
      .describe("In which they have a role; at most 50."),
  })
  .meta({ id: "Person" });

export const peopleReply = z.object({
  users: z.array(person),
  next: z.string().nullable().describe("For `after`; null: there are no more."),
  invitations: z
    .array(z.object({ id: z.string(), email: z.string(), expiresAt: z.string() }))
    .describe("To be an administrator; with the first page."),
});
