// When keys may end.

import type { Clock } from "../../core/clock.ts";
import { invalidFields } from "./errors.ts";

/** Throws `invalid-parameter` for a time that has passed: whoever gives one has mistaken the year, or the zone. */
export function demandFuture(clock: Clock, expiresAt: Date | null | undefined): void {
  if (expiresAt === null || expiresAt === undefined || expiresAt.getTime() > clock.nowMs()) return;
  throw invalidFields([{ in: "body", field: "expiresAt", message: "must be in the future; null: never" }]);
}
