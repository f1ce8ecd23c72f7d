// What the OAuth client endpoints take and give. A secret is given once, by whoever makes it.

import { z } from "zod";
import { problemOfRedirectUri } from "../../../core/oauth/redirect-uri.ts";
import { accountSid, lastUsedAt, role, text, uuid } from "../schema.ts";

export const clientsParams = z.strictObject({ sid: accountSid });
export const clientParams = z.strictObject({ sid: accountSid, id: uuid });

const redirectUris = z
  .array(
    text.max(2048).superRefine((uri, context) => {
      const problem = problemOfRedirectUri(uri);
      if (problem !== null) context.addIssue(problem);
    }),
  )
  .max(20)
  .refine((uris) => new Set(uris).size === uris.length, "must not name a URI twice");

const name = text.min(1).max(64);

export const newClient = z
  .strictObject({
    name: name.describe("Shown on the page on which people give consent."),
    role: role.default("viewer"),
    public: z
      .boolean()
      .default(false)
      .describe("It cannot keep a secret (a browser or desktop application): it has none, and only signs people in."),
    redirectUris: redirectUris.default([]).describe("Where people come back to; none: it signs nobody in."),
    postLogoutRedirectUris: redirectUris.default([]).describe("Where people come back to when they have signed out."),
  })
  .refine((client) => !client.public || client.redirectUris.length > 0, {
    path: ["redirectUris"],
    message: "a public client needs at least one",
  });

export const clientChanges = z
  .strictObject({
    name: name.optional(),
    role: role.optional(),
    redirectUris: redirectUris.optional(),
    postLogoutRedirectUris: redirectUris.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

const fields = {
  id: z.string(),
  accountSid: z.string(),
  clientId: z.string(),
  name: z.string(),
  role,
  public: z.boolean(),
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  createdAt: z.string(),
  updatedAt: z.string(),
  lastUsedAt,
};

export const client = z.object(fields).meta({ id: "OauthClient" });

export const madeClient = z
  .object({
    ...fields,
    clientSecret: z.string().nullable().describe("Shown this once; null for a public client."),
  })
  .meta({ id: "MadeOauthClient" });

export const clientsReply = z.object({ clients: z.array(client).describe("Oldest first.") });
