// Retention as the native API shows it: what holds, and where it is from.

import type { z } from "zod";
import {
  effectiveLimits,
  type RetentionKind,
  type RetentionLimits,
  type RetentionSettings,
} from "../../../core/retention/limits.ts";
import type { retentionReply } from "./schema.ts";

export function presentRetention(defaults: RetentionLimits, own: RetentionSettings): z.output<typeof retentionReply> {
  const limits = effectiveLimits(defaults, own);
  const shown = (kind: RetentionKind) => ({
    days: limits[kind],
    from: own[kind] === undefined ? ("default" as const) : ("account" as const),
  });
  return { messageDays: shown("messageDays"), bodyDays: shown("bodyDays"), eventDays: shown("eventDays") };
}
