// The form of the bootstrap file. Each message says what belongs there; file.ts puts the path in front.

import { z } from "zod";
import { type AccountSid, canonicalSid, isSid, type Uuid } from "../../core/ids.ts";

const roles = ["owner", "operator", "sender", "viewer"] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const matching = (pattern: RegExp, takes: string) => z.string(takes).regex(pattern, takes);
const name = matching(/^(?=.*\S)[^\0\p{Cs}]{1,64}$/u, "1 to 64 characters");
const secret = matching(/^[\x21-\x7e]{8,256}$/, "8 to 256 visible ASCII characters without spaces");
const role = z.enum(roles, { error: `one of ${roles.join(", ")}` });
const uuid = matching(UUID, "a UUID").transform((text) => text.toLowerCase() as Uuid);

function sid<S extends string>(prefix: "AC" | "SK") {
  const takes = `${prefix} and 32 hex digits`;
  return z
    .string(takes)
    .refine((text) => isSid(text, prefix), takes)
    .transform((text) => canonicalSid<S>(text));
}

const account = z.strictObject(
  {
    sid: sid<AccountSid>("AC").optional(),
    friendlyName: name.optional(),
    authToken: matching(/^[0-9a-fA-F]{32}$/, "32 hex digits").optional(),
    environmentId: uuid.optional(),
    tenantId: uuid.optional(),
    resourceOwner: matching(/^\d{18}$/, "18 digits").optional(),
    phoneNumbers: z
      .array(matching(/^\+[1-9]\d{6,14}$/, "a phone number in E.164 form: + and 7 to 15 digits"))
      .default([]),
    apiKeys: z
      .array(z.strictObject({ sid: sid("SK"), secret, friendlyName: name.optional() }, "an API key"))
      .default([]),
    accessKeys: z.array(z.strictObject({ key: secret, name, role }, "an access key")).default([]),
    clients: z
      .array(
        z.strictObject(
          {
            clientId: matching(
              /^(?!dashboard$)[\x21-\x39\x3b-\x7e]{1,128}$/,
              "1 to 128 visible ASCII characters without colons, not `dashboard`, which is built in",
            ),
            clientSecret: secret,
            name,
            role,
          },
          "an OAuth client",
        ),
      )
      .default([]),
  },
  "an account",
);

const admin = z.strictObject(
  {
    email: matching(/^[^@\s]{1,64}@[^@\s]{1,255}$/, "an e-mail address"),
    password: z.string("a password").min(8, "at least 8 characters").max(1024, "at most 1024 characters"),
  },
  "an administrator",
);

export const bootstrapSchema = z.strictObject(
  { accounts: z.array(account).default([]), admins: z.array(admin).default([]) },
  'an object such as {"accounts": […], "admins": […]}',
);

export type Bootstrap = z.output<typeof bootstrapSchema>;
export type BootstrapAccount = Bootstrap["accounts"][number];
