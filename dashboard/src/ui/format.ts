// Times, numbers and durations as people read them, in the browser's language and time zone.

const number = new Intl.NumberFormat();
const rounded = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  ...({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const),
});
const dayAlone = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const hourAndMinute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const formatNumber = (value: number): string => number.format(value);
/** To three significant digits. */
export const formatRounded = (value: number): string => rounded.format(value);
export const formatFull = (at: string): string => full.format(new Date(at));

export const formatClock = (at: string): string => clock.format(new Date(at));

/** A mark on an axis of time: the clock, and the day where one begins. */
export function formatTick(seconds: number, stepSeconds: number): string {
  const date = new Date(seconds * 1000);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
  return stepSeconds >= 86_400 || isMidnight ? dayAlone.format(date) : hourAndMinute.format(date);
}

/** The day in full; of today and yesterday their names. */
export function formatDay(
  at: string,
  { today, yesterday }: { readonly today: string; readonly yesterday: string },
  now = Date.now(),
): string {
  const day = new Date(at).toDateString();
  if (day === new Date(now).toDateString()) return today;
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  return day === before.toDateString() ? yesterday : weekday.format(new Date(at));
}

/** Today the time alone, otherwise with the day. */
export function formatTime(at: string, now = Date.now()): string {
  const date = new Date(at);
  return date.toDateString() === new Date(now).toDateString() ? clock.format(date) : dayAndClock.format(date);
}

/** `850 ms`, `1.4 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ] as const;
  const first = units.findIndex(([size]) => ms >= size);
  return units
    .slice(first, first + 2)
    .map(
      ([size, unit], index) => [Math.floor((index === 0 ? ms : ms % (units[first]?.[0] ?? 1)) / size), unit] as const,
    )
    .filter(([count, _unit], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** `3 s ago`, `in 5 min`. What is to come is rounded: what is good for a week is not good for 6 days at once. */
export function formatAgo(at: string, now = Date.now()): string {
  const ms = now - Date.parse(at);
  if (Math.abs(ms) < 1_500) return "now";
  const seconds = ms < 0 ? nearestUnit(-ms / 1_000) : Math.floor(ms / 1_000);
  // One unit is enough for how long ago something was.
  const size =
    seconds < 60
      ? `${seconds} s`
      : formatDuration(seconds * 1_000)
          .split(" ")
          .slice(0, 2)
          .join(" ");
  return ms >= 0 ? `${size} ago` : `in ${size}`;
}

function nearestUnit(seconds: number): number {
  const unit = [86_400, 3_600, 60].find((size) => seconds >= size) ?? 1;
  return Math.round(seconds / unit) * unit;
}

/** `99.4 %`; null: of nothing. */
export function formatShare(part: number, whole: number): string | null {
  if (whole === 0) return null;
  const percent = (100 * part) / whole;
  return `${percent >= 99.95 || percent < 0.05 ? Math.round(percent) : percent.toFixed(1)} %`;
}
