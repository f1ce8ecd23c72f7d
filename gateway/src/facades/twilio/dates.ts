// Dates of Twilio's APIs: RFC 2822 (v2010) and ISO 8601 (product APIs) out, and the forms that clients write into date
// filters in.

const millisecondsPerDay = 86_400_000;
let cachedSecond = Number.NaN;
let cachedText = "";

/** `Thu, 24 Aug 2023 05:01:45 +0000`. Messages are presented about when they are made, so the last second is kept. */
export function rfc2822(date: Date): string {
  const second = Math.floor(date.getTime() / 1000);
  if (second !== cachedSecond) {
    cachedText = `${date.toUTCString().slice(0, -3)}+0000`;
    cachedSecond = second;
  }
  return cachedText;
}

/** RFC 2822, or null for null. */
export function rfc2822OrNull(date: Date | null): string | null {
  return date === null ? null : rfc2822(date);
}

/** `2015-07-31T04:00:00Z`: the product APIs' form. */
export function iso8601(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A moment, to the second, or a whole day in UTC; `endMs` is exclusive. */
export interface DateFilter {
  readonly startMs: number;
  readonly endMs: number;
  readonly dayStartMs: number;
}

const zoneMinutes: Readonly<Record<string, number>> = {
  Z: 0,
  UT: 0,
  UTC: 0,
  GMT: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const time = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.\d{1,9})?)?`;
const zone = String.raw`\s*(?<zone>[A-Za-z]{1,3}|[+\- ]\d{2}:?\d{2})?`;
const forms: readonly RegExp[] = [
  new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[Tt ]+${time}${zone})?$`),
  new RegExp(String.raw`^(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4})(?:\s+${time}${zone})?$`),
  new RegExp(
    String.raw`^(?:[A-Za-z]{3},\s*)?(?<day>\d{1,2})\s+(?<name>[A-Za-z]{3})\s+(?<year>\d{4})(?:\s+${time}${zone})?$`,
  ),
];

/**
 * Reads a date filter: `2024-01-31`, ISO 8601, `2019-06-11 22:05:25.000`, RFC 2822, `06/11/2019 22:05:25 MST`.
 * Without a time it is the whole day in UTC. A space where an offset begins is a `+` that was not percent-encoded.
 * Null when it is none of these, or no date of the calendar.
 */
export function parseDateFilter(text: string): DateFilter | null {
  const trimmed = text.trim();
  for (const form of forms) {
    const groups = form.exec(trimmed)?.groups;
    if (groups !== undefined) return fromParts(groups);
  }
  return null;
}

function fromParts(parts: Readonly<Record<string, string | undefined>>): DateFilter | null {
  const year = Number(parts["year"]);
  const name = parts["name"];
  const month = name === undefined ? Number(parts["month"]) : months.indexOf(name.toLowerCase()) + 1;
  const day = Number(parts["day"]);
  const dayMs = Date.UTC(year, month - 1, day);
  const date = new Date(dayMs);
  // Date.UTC carries 31 June over into July: refuse what does not come back.
  if (year < 1900 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (parts["hour"] === undefined) return { startMs: dayMs, endMs: dayMs + millisecondsPerDay, dayStartMs: dayMs };
  const [hour, minute, second] = [Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"] ?? 0)];
  const offset = offsetMinutes(parts["zone"]);
  if (hour > 23 || minute > 59 || second > 60 || offset === null) return null;
  const startMs = dayMs + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return { startMs, endMs: startMs + 1000, dayStartMs: Math.floor(startMs / millisecondsPerDay) * millisecondsPerDay };
}

function offsetMinutes(zoneText: string | undefined): number | null {
  if (zoneText === undefined) return 0;
  const numeric = /^([+\- ])(\d{2}):?(\d{2})$/.exec(zoneText);
  if (numeric === null) return zoneMinutes[zoneText.toUpperCase()] ?? null;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  if (minutes > 14 * 60) return null;
  return numeric[1] === "-" ? -minutes : minutes;
}

/** A half-open range of time in milliseconds; an absent end is open. */
export interface TimeRange {
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

/**
 * The range of a set of date filters: `on` (that UTC day), `since` (inclusive), `until` (inclusive: a whole day, or the
 * second that dates are shown with).
 */
export function rangeOf(filters: { on?: DateFilter; since?: DateFilter; until?: DateFilter }): TimeRange {
  const starts: number[] = [];
  const ends: number[] = [];
  if (filters.on !== undefined) {
    starts.push(filters.on.dayStartMs);
    ends.push(filters.on.dayStartMs + millisecondsPerDay);
  }
  if (filters.since !== undefined) starts.push(filters.since.startMs);
  if (filters.until !== undefined) ends.push(filters.until.endMs);
  return {
    ...(starts.length > 0 ? { fromMs: Math.max(...starts) } : {}),
    ...(ends.length > 0 ? { beforeMs: Math.min(...ends) } : {}),
  };
}
