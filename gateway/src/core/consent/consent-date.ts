// When a contact gave their word, as applications and files write it.

// A day without a time is not enough: consents of one day are told apart by it.
const instantForm = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const firstYear = 1900;

/** ISO 8601 with a time; without a zone it is UTC. Null for what is no moment, and for one in the future. */
export function readConsentDate(given: string, nowMs: number): Date | null {
  const parts = instantForm.exec(given);
  if (parts === null) return null;
  const [text, day = "", zone] = parts;
  const date = new Date(zone === undefined ? `${text}Z` : text);
  // 30 February is read as 1 March.
  const onCalendar = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || Number.isNaN(onCalendar.getTime())) return null;
  if (!onCalendar.toISOString().startsWith(day) || date.getUTCFullYear() < firstYear) return null;
  return date.getTime() > nowMs ? null : date;
}
