// What the endpoints about an account's people take and give. A link is given once, to whoever makes it.

import { z } from "zod";
import { accountSid, role, text, uuid } from "../schema.ts";

export const usersParams = z.strictObject({ sid: accountSid });
export const userParams = z.strictObject({ sid: accountSid, id: uuid });

/** Nothing that turns, breaks or hides the text around it. */
export const isPlain = (value: string): boolean => !/[\p{C}\p{Zl}\p{Zp}]/u.test(value);
export const plainOnly = "must have no control or invisible characters";

/** As everything compares it: in lower case. */
export const email = text
  .max(254)
  .transform((value) => value.trim().toLowerCase())
  .refine(isPlain, plainOnly)
  .refine((value) => /^[^@\s]{1,64}@[^@\s]{1,190}$/.test(value), "must be an e-mail address");

export const invitation = z.strictObject({ email, role: role.default("viewer") });

export const userChanges = z.strictObject({ role });

const fields = {
  id: z.string().describe("Of the person; while they are invited, of the invitation."),
  email: z.string(),
  name: z.string().describe("Empty: not known."),
  role,
  state: z.enum(["active", "invited", "disabled"]).describe("`disabled`: an administrator lets them sign in no more."),
  isCaller: z.boolean().describe("Whoever asks: nobody changes or removes themselves."),
  createdAt: z.string().describe("When they got a role here, or were invited."),
  lastSignInAt: z.string().nullable().describe("Since they have a role here; null: not yet."),
  expiresAt: z.string().nullable().describe("Until when an invitation's link is good."),
};

export const user = z.object(fields).meta({ id: "User" });
export const usersReply = z.object({
  users: z.array(user).describe("Oldest first. Administrators, who act for every account, are not among them."),
});

export const link = z
  .object({
    id: z.string(),
    email: z.string(),
    link: z.string().describe("For that person alone; shown this once. Good for one use."),
    expiresAt: z.string(),
  })
  .meta({ id: "InvitationLink" });
