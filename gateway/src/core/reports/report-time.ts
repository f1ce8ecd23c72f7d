// When something happened that an upstream tells of. Upstreams' clocks are wrong at times, and some make dates up: what
// cannot be so is not stored.

const ageMaxMs = 7 * 24 * 3_600_000;

/** Within a week before `now`, and never after it; what is not is taken to have happened now. */
export function reportTime(at: Date, now: Date): Date {
  const ageMs = now.getTime() - at.getTime();
  return ageMs >= 0 && ageMs <= ageMaxMs ? at : now;
}
