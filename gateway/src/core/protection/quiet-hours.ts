// Quiet hours: when a message may reach somebody, by the clock on their wall. Where several time zones are possible it must
// not be quiet in any of them. Daylight saving comes from the runtime's own time zone data.

import { LRUCache } from "lru-cache";

/** Times of day: `21:00`. The quiet hours may span midnight. */
export interface QuietHours {
  readonly from: string;
  readonly until: string;
}

const minuteMs = 60_000;
const minutesPerDay = 1440;
/** Zones so far apart that it is always quiet in one of them: as many rounds as it takes to see that. */
const roundsMax = 50;

/**
 * From when on it is quiet in none of the zones: `atMs` itself when it is not quiet now. Where there is no such moment,
 * it must not be quiet in the first zone. Whole minutes otherwise.
 */
export function quietUntil({ from, until }: QuietHours, zones: readonly string[], atMs: number): number {
  const quiet: QuietMinutes = { from: minutesOf(from), until: minutesOf(until) };
  const first = zones[0];
  if (first === undefined) return atMs;
  let openMs = atMs;
  for (let round = 0; round < roundsMax; round++) {
    const later = Math.max(...zones.map((zone) => openingAfter(quiet, zone, openMs)));
    if (later === openMs) return openMs;
    openMs = later;
  }
  return openingAfter(quiet, first, atMs);
}

/** The time of day there: `23:14`. */
export function timeOfDay(zone: string, atMs: number): string {
  const minutes = localMinutes(zone, atMs);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

interface QuietMinutes {
  readonly from: number;
  readonly until: number;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function isQuiet({ from, until }: QuietMinutes, minutes: number): boolean {
  return from < until ? minutes >= from && minutes < until : minutes >= from || minutes < until;
}

/** The first moment from `atMs` on at which it is not quiet in the zone. */
function openingAfter(quiet: QuietMinutes, zone: string, atMs: number): number {
  const now = localMinutes(zone, atMs);
  if (!isQuiet(quiet, now)) return atMs;
  const wholeMs = Math.floor(atMs / minuteMs) * minuteMs;
  const untilMs = wholeMs + minutesUntil(quiet, now) * minuteMs;
  if (offsetMs(zone, untilMs) === offsetMs(zone, wholeMs)) return untilMs;
  // The clocks are changed in between: on from the change, unless the change itself leads out of the quiet hours.
  const changeMs = changeBetween(zone, wholeMs, untilMs);
  const after = localMinutes(zone, changeMs);
  return isQuiet(quiet, after) ? changeMs + minutesUntil(quiet, after) * minuteMs : changeMs;
}

function minutesUntil({ until }: QuietMinutes, minutes: number): number {
  return (until - minutes + minutesPerDay) % minutesPerDay;
}

/** The first minute that has the new offset. */
function changeBetween(zone: string, beforeMs: number, afterMs: number): number {
  const before = offsetMs(zone, beforeMs);
  let [low, high] = [beforeMs / minuteMs, afterMs / minuteMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(zone, middle * minuteMs) === before) low = middle;
    else high = middle;
  }
  return high * minuteMs;
}

function localMinutes(zone: string, atMs: number): number {
  const minutes = Math.floor((atMs + offsetMs(zone, atMs)) / minuteMs) % minutesPerDay;
  return (minutes + minutesPerDay) % minutesPerDay;
}

const formats = new Map<string, Intl.DateTimeFormat>();
// Clocks are changed at full quarters of an hour: what was found for a quarter holds for all of it. 4 µs otherwise.
const offsets = new LRUCache<string, number>({ max: 20_000 });
const quarterMs = 15 * minuteMs;

/** What the zone's clocks are ahead of UTC. Throws a RangeError for what is no time zone. */
function offsetMs(zone: string, atMs: number): number {
  const quarter = Math.floor(atMs / quarterMs);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const startMs = quarter * quarterMs;
  const read = readClock(formatOf(zone), startMs);
  offsets.set(key, read - startMs);
  return read - startMs;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric" },
    });
    formats.set(zone, format);
  }
  return format;
}

/** What the clock on the wall shows, as if it were UTC. */
function readClock(format: Intl.DateTimeFormat, atMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute);
}
