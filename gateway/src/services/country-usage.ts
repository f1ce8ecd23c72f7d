// What an account does with each country: how many messages went there in the last seven days, and how many of them
// protection has denied, held or noted. For deciding which countries to allow.

import { countryOf } from "../core/addresses/phone-number.ts";
import type { Clock } from "../core/clock.ts";
import { type AccountSid, uuidTimeMs } from "../core/ids.ts";
import { type CountedBeginning, countBeginnings, countDecided, usageSampleMax } from "../store/country-usage.ts";
import type { Queryable } from "../store/database.ts";

export interface CountryUse {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  readonly messages: number;
  /** Of the newest 2000 decisions. */
  readonly decisions: number;
}

export interface CountryUsage {
  readonly since: Date;
  /** Some of the time was so busy that the counts are scaled up from a part of it. */
  readonly estimated: boolean;
  readonly countries: readonly CountryUse[];
}

const hourMs = 3_600_000;
const hours = 7 * 24;
/** How far ahead of this process's clock the keys of others may be. */
const aheadMs = 60_000;

export async function readCountryUsage(
  { db, clock }: { readonly db: Queryable; readonly clock: Clock },
  accountSid: AccountSid,
): Promise<CountryUsage> {
  const nowMs = clock.nowMs();
  const startsMs = Array.from({ length: hours + 1 }, (_none, index) => nowMs + aheadMs - (hours - index) * hourMs);
  const sinceMs = startsMs[0] ?? nowMs;
  const [counted, decided] = await Promise.all([
    countBeginnings(db, accountSid, startsMs),
    countDecided(db, accountSid, sinceMs),
  ]);
  const factors = factorsOf(counted, startsMs);
  const messages = new Map<string, number>();
  for (const { number, count, stretch } of counted) add(messages, number, count * (factors.get(stretch) ?? 1));
  const decisions = new Map<string, number>();
  for (const { number, count } of decided) add(decisions, number, count);
  return {
    since: new Date(sinceMs),
    estimated: factors.size > 0,
    countries: [...new Set([...messages.keys(), ...decisions.keys()])].sort().map((code) => ({
      code,
      messages: Math.round(messages.get(code) ?? 0),
      decisions: decisions.get(code) ?? 0,
    })),
  };
}

/** What to multiply the counts of a stretch with that had more rows than were looked at: they cover a part of its hour. */
function factorsOf(counted: readonly CountedBeginning[], startsMs: readonly number[]): ReadonlyMap<number, number> {
  const factors = new Map<number, number>();
  for (const [stretch, parts] of Map.groupBy(counted, (part) => part.stretch)) {
    if (parts.reduce((sum, { lookedAt }) => sum + lookedAt, 0) < usageSampleMax) continue;
    const lastMs = Math.max(...parts.map(({ lastId }) => uuidTimeMs(lastId)));
    const coveredMs = Math.max(1, lastMs - (startsMs[stretch] ?? 0));
    factors.set(stretch, hourMs / Math.min(hourMs, coveredMs));
  }
  return factors;
}

function add(counts: Map<string, number>, number: string, count: number): void {
  const country = count === 0 ? null : countryOf(number);
  if (country !== null) counts.set(country, (counts.get(country) ?? 0) + count);
}
