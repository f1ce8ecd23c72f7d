// What the service account endpoints take and give. A key file is given once, by whoever makes it.

import { z } from "zod";
import { accountSid, endsAt, expiresAt, lastUsedAt, role, text, uuid } from "../schema.ts";

export const accountsParams = z.strictObject({ sid: accountSid });
export const accountParams = z.strictObject({ sid: accountSid, id: uuid });
export const keyParams = z.strictObject({
  sid: accountSid,
  id: uuid,
  keyId: z.string().regex(/^\d{18}$/, "must be a key id: 18 digits"),
});

const name = text.min(1).max(64);

export const newAccount = z.strictObject({ name, role: role.default("viewer") });
export const accountChanges = z
  .strictObject({ name: name.optional(), role: role.optional() })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

export const account = z
  .object({
    id: z.string(),
    accountSid: z.string(),
    userId: z.string().describe("Issuer and subject of its assertions."),
    name: z.string(),
    role,
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "ServiceAccount" });

export const accountsReply = z.object({ serviceAccounts: z.array(account).describe("Oldest first.") });

export const newKey = z.strictObject({
  publicKey: z
    .string()
    .max(4096)
    .optional()
    .describe("PEM of an RSA public key of yours, 2048 to 4096 bits; absent: a pair is made."),
  expiresAt,
});

const keyFields = {
  id: z.string(),
  keyId: z.string().describe("`kid` of its assertions."),
  expiresAt: endsAt,
  createdAt: z.string(),
  lastUsedAt: lastUsedAt.describe("When a token was last got with it, to about a minute; null: not yet."),
};

export const keysReply = z.object({
  keys: z.array(z.object(keyFields).meta({ id: "ServiceAccountKey" })).describe("Oldest first."),
});

export const madeKey = z
  .object({
    ...keyFields,
    keyFile: z
      .object({
        type: z.literal("serviceaccount"),
        keyId: z.string(),
        key: z.string().describe("PEM of the private key, PKCS#1."),
        userId: z.string(),
        expirationDate: z.string().optional(),
      })
      .nullable()
      .describe("Save it as it is: ZITADEL's SDKs read it. Shown this once; null for a public key of yours."),
  })
  .meta({ id: "MadeServiceAccountKey" });
