// What the endpoints of incoming hooks take and give. A signing key goes in and never comes out.

import { z } from "zod";
import { accountSid, text, uuid } from "../schema.ts";

export const hooksParams = z.strictObject({ sid: accountSid });
export const hookParams = z.strictObject({ sid: accountSid, id: uuid });

const name = text.min(1).max(64);
const signingKey = text
  .min(1)
  .max(512)
  .nullable()
  .describe("As the platform shows it when its provider is made. Null: not known yet; nothing is taken until it is.");
const unsigned = z
  .boolean()
  .describe("Takes calls without a signature: whoever knows the URL can send. For platforms that cannot sign.");

export const newHook = z.strictObject({
  platform: z.enum(["zitadel"]).default("zitadel"),
  name,
  signingKey: signingKey.default(null),
  unsigned: unsigned.default(false),
});

export const hookChanges = z
  .strictObject({ name: name.optional(), signingKey: signingKey.optional(), unsigned: unsigned.optional() })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

export const hook = z
  .object({
    id: z.string(),
    accountSid: z.string(),
    platform: z.enum(["zitadel"]),
    name: z.string(),
    url: z.string().describe("What the platform's HTTP SMS provider has as its endpoint."),
    hasSigningKey: z.boolean(),
    unsigned: z.boolean(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "IncomingHook" });

export const hooksReply = z.object({ hooks: z.array(hook) });
