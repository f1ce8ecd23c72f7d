// What the endpoints of keys with permissions by endpoint take and give. A key is given once, to whoever makes it.

import { z } from "zod";
import { endpointLimits } from "../../../services/endpoint-keys.ts";
import { accountSid, endsAt, expiresAt, lastUsedAt, text, uuid } from "../schema.ts";

export const keysParams = z.strictObject({ sid: accountSid });
export const keyParams = z.strictObject({ sid: accountSid, id: uuid });

const name = text.min(1).max(191).describe("What it is for; no other key of its kind has it.");
const endpoints = z
  .record(
    z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, "must be a path")
      .max(endpointLimits.characters),
    z.array(z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"])).max(5),
  )
  .refine((given) => Object.keys(given).length <= endpointLimits.perKey, `must be at most ${endpointLimits.perKey}`)
  .describe("Methods by endpoint of FusionAuth's API, such as `/api/messenger`; none: everything.");

export const newKey = z.strictObject({ name, endpoints: endpoints.default({}), expiresAt });

export const keyChanges = z
  .strictObject({
    name: name.optional(),
    endpoints: endpoints.optional(),
    expiresAt: expiresAt.removeDefault().optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

const fields = {
  id: z.string(),
  name: z.string().nullable(),
  endpoints: z.record(z.string(), z.array(z.string())).describe("Methods by endpoint; none: everything."),
  createdAt: z.string(),
  updatedAt: z.string(),
  expiresAt: endsAt,
  lastUsedAt,
};

export const key = z.object(fields).meta({ id: "EndpointKey" });

export const madeKey = z
  .object({ ...fields, key: z.string().describe("`Authorization`, without a scheme. Shown this once.") })
  .meta({ id: "MadeEndpointKey" });
