// Pieces that the schemas of several native resources share. A schema with an id becomes a component of /openapi.json.

import { z } from "zod";
import { isHttpUrl } from "../../core/messages/check-request.ts";
import { isStorable } from "../../core/storable-text.ts";

/** What the database can keep. */
export const text = z
  .string()
  .regex(/^[^\0]*$/, "must not contain U+0000")
  .refine(isStorable, "must not contain half a surrogate pair");
export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .refine(isStorable, "must be well-formed Unicode without U+0000");

export const accountSid = z.string().regex(/^AC[0-9a-fA-F]{32}$/, "must be an account SID: AC and 32 hex digits");
export const messageSid = z
  .string()
  .regex(/^(?:SM|MM)[0-9a-fA-F]{32}$/, "must be a message SID: SM or MM and 32 hex digits");
export const serviceSid = z
  .string()
  .regex(/^MG[0-9a-fA-F]{32}$/, "must be a messaging service SID: MG and 32 hex digits");
export const uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "must be a UUID")
  .transform((value) => value.toLowerCase());
export const callbackUrl = z
  .string()
  .max(2048)
  .refine((value) => value === "" || isHttpUrl(value), "must be an http or https URL, or empty");
export const httpMethod = z.enum(["GET", "POST"]);
export const limit = z.coerce.number().int().min(1).max(1000).default(50);

/** `?account=`: a subaccount instead of the caller's own account. */
export const accountQuery = { account: accountSid.optional().describe("A subaccount; default: the caller's account.") };

/** `?account=` on routes that take it of administrators only: what they act for is settled before (see auth.ts). */
export const administratorQuery = {
  account: accountSid.optional().describe("People: the account; default: their first one."),
};

const errorReply = z
  .object({
    error: z.object({
      code: z.string().describe("Stable: programs may rely on it."),
      message: z.string().describe("For people: what is wrong and what to do about it."),
      details: z
        .array(z.object({ in: z.string(), field: z.string(), message: z.string() }))
        .optional()
        .describe("Every field that is wrong."),
    }),
  })
  .meta({ id: "Error" });

/** A documented error answer. */
export const problem = (description: string) => ({
  description,
  content: { "application/json": { schema: errorReply } },
});

/** What a credential may do. */
export const role = z
  .enum(["owner", "operator", "sender", "viewer"])
  .describe("`owner`: all; `operator`: providers and messages; `sender`: send and read own messages; `viewer`: read.");

/** When a credential is to end. */
export const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .nullable()
  .default(null)
  .describe("RFC 3339; null: never.");

/** How answers say when a credential ends, and when it was used. */
export const endsAt = z.string().nullable().describe("Null: never.");
export const lastUsedAt = z.string().nullable().describe("To about a minute; null: not yet.");

/** Of the calls that delete what the bootstrap file may name. */
export const bootstrappedComesBack =
  "One of the bootstrap file (`bootstrapped` in the list of all keys) is made again at the next start, unless it is taken out of that file.";

/** What a 204 answers. */
export const nothing = z.null().describe("Done.");

/** The answers that every authenticated route may give, beside its own. */
export const commonErrors = {
  400: problem("The request is wrong."),
  401: problem("The credentials are missing or wrong."),
  403: problem("These credentials may not do this."),
  404: problem("There is no such thing, or not in this account."),
  429: problem("Too many failed authentications, or too many streams."),
  503: problem("The database is away, or the gateway is stopping. Try again after Retry-After seconds."),
} as const;
