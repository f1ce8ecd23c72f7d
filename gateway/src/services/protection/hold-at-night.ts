// Quiet hours: messages that must wait until it is day where their recipient is. Asked anew with every claim, and told of
// once.

import { countryOf } from "../../core/addresses/phone-number.ts";
import type { Clock } from "../../core/clock.ts";
import { type Decision, quietDecision } from "../../core/protection/decision.ts";
import { isUrgent } from "../../core/protection/exemptions.ts";
import { quietUntil } from "../../core/protection/quiet-hours.ts";
import type { ProtectionSettings } from "../../core/protection/settings.ts";
import { timeZonesOf } from "../../core/protection/time-zones.ts";
import { type ContactPlace, findContactPlaces } from "../../store/contacts.ts";
import type { Queryable } from "../../store/database.ts";
import type { NewDecision } from "../../store/protection.ts";
import type { Concerned } from "./policies.ts";

/** What is decided about the messages that come at night. */
export async function findQuiet(db: Queryable, clock: Clock, concerned: readonly Concerned[]): Promise<NewDecision[]> {
  const asked = concerned.filter(({ message, policy }) => policy.settings.quietHours.enabled && !isUrgent(message));
  if (asked.length === 0) return [];
  const places = await findContactPlaces(
    db,
    asked.map(({ message: { accountSid, to } }) => ({ accountSid, contact: to })),
  );
  const nowMs = clock.nowMs();
  return asked.flatMap(({ message, mode, policy }, index) => {
    const decision = judgeHour(policy.settings, { to: message.to, place: places[index] ?? null, nowMs }, mode);
    return decision === null ? [] : [{ ...decision, accountSid: message.accountSid, messageSid: message.sid }];
  });
}

interface Moment {
  readonly to: string;
  readonly place: ContactPlace | null;
  readonly nowMs: number;
}

/** Null: it is not night there, or nobody knows where that is. */
export function judgeHour(
  { quietHours }: ProtectionSettings,
  { to, place, nowMs }: Moment,
  mode: Concerned["mode"],
): Decision | null {
  const zones = timeZonesOf({ e164: to, country: countryOf(to) }, place);
  const untilMs = quietUntil(quietHours, zones, nowMs);
  return untilMs === nowMs ? null : quietDecision(mode, { quietHours, zones, nowMs, untilMs });
}
