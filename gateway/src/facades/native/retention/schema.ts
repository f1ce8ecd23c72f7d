// What the native retention endpoints take and give.

import { z } from "zod";
import { retentionDaysMax } from "../../../core/retention/limits.ts";
import { accountSid } from "../schema.ts";

export const retentionParams = z.strictObject({ sid: accountSid });

const days = z.number().int().min(1).max(retentionDaysMax).nullable();
const given = days.optional();

export const retentionBody = z.strictObject({
  messageDays: given.describe("After so many days messages go with everything that belongs to them; null: never."),
  bodyDays: given.describe("After so many days texts and media go; null: with the message."),
  eventDays: given.describe("After so many days events and finished callbacks go; null: with the message."),
});

const limit = z.object({
  days: days.describe("Null: for ever."),
  from: z.enum(["account", "default"]),
});

export const retentionReply = z
  .object({ messageDays: limit, bodyDays: limit, eventDays: limit })
  .meta({ id: "Retention" });
