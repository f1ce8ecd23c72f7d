// Limits of requests per account and minute that some resources have, of this process.

import { createRequestLimit } from "../../../core/access/request-limit.ts";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";

const accountsMax = 10_000;

/** Returns a function that throws `rate-limited` once an account has had its requests of the minute. */
export function createMinuteLimit(clock: Clock, max: number): (accountSid: AccountSid) => void {
  const limit = createRequestLimit({ clock, windowMs: 60_000, max, maxKeys: accountsMax });
  return (accountSid) => {
    const waitMs = limit.take(accountSid);
    if (waitMs === 0) return;
    throw new GatewayError("rate-limited", `At most ${max} requests a minute.`, {
      values: { retryAfterSeconds: String(Math.ceil(waitMs / 1000)) },
    });
  };
}
