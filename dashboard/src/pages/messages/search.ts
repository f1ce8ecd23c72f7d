// What is searched for, as it stands in the address: a search can be bookmarked and sent to a colleague. What somebody typed
// is told apart here: a SID, a number, or a part of a text.

export interface Search {
  readonly q?: string;
  readonly status?: string;
  readonly direction?: "in" | "out";
  readonly provider?: string;
  readonly code?: number;
  readonly since?: "1h" | "24h" | "7d" | "30d";
  readonly live?: true;
}

// What a message's page is given by the list: the search to go back to, and whether the page before is that list.
declare module "@tanstack/react-router" {
  interface HistoryState {
    messagesSearch?: Search | undefined;
    isFromMessages?: boolean;
  }
}

const sinceMs = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;

/** From the address, whatever stands there: what makes no sense is left out. */
export function readSearch(given: Readonly<Record<string, unknown>>): Search {
  const { q, status, direction, provider, code, since, live } = given;
  const number = Number(code);
  return {
    ...(typeof q === "string" || typeof q === "number" ? { q: String(q).slice(0, 200) } : {}),
    ...(typeof status === "string" ? { status } : {}),
    ...(direction === "in" || direction === "out" ? { direction } : {}),
    ...(typeof provider === "string" ? { provider } : {}),
    ...(Number.isInteger(number) && number > 0 && number < 1_000_000 ? { code: number } : {}),
    ...(typeof since === "string" && since in sinceMs ? { since: since as keyof typeof sinceMs } : {}),
    ...(live === true ? { live } : {}),
  };
}

/** The message that is meant when a whole SID was typed; null: something else was. */
export function sidIn(text: string): string | null {
  const typed = text.trim();
  return /^(?:SM|MM)[0-9a-fA-F]{32}$/i.test(typed)
    ? typed.slice(0, 2).toUpperCase() + typed.slice(2).toLowerCase()
    : null;
}

/** A number as it is stored, when one was typed: with its +, without blanks and brackets. Null: something else was. */
export function numberIn(text: string): string | null {
  const typed = text.trim();
  if (!/^\+?[\d\s().-]+$/.test(typed)) return null;
  const digits = typed.replace(/\D/g, "");
  return digits.length < 7 || digits.length > 15 ? null : `+${digits}`;
}

type Status =
  | "accepted"
  | "scheduled"
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "undelivered"
  | "failed"
  | "read"
  | "canceled"
  | "receiving"
  | "received";

export interface MessagesQuery {
  number?: string;
  textOrSender?: string;
  status?: Status;
  direction?: "inbound";
  provider?: string;
  errorCode?: number;
  since?: string;
  before?: string;
  limit: number;
}

/** What the API is asked. `roundMs`: times are rounded down to this, so that one search stays one search for a while. */
export function toQuery(search: Search, nowMs: number, limit: number): MessagesQuery {
  const q = search.q?.trim() ?? "";
  const query: MessagesQuery = { limit };
  // As it was typed: with or without its country, the gateway knows in which forms numbers are stored.
  if (numberIn(q) !== null) query.number = q;
  else if (q !== "") query.textOrSender = q;
  if (search.status !== undefined) query.status = search.status as Status;
  if (search.direction === "in") query.direction = "inbound";
  if (search.provider !== undefined) query.provider = search.provider;
  if (search.code !== undefined) query.errorCode = search.code;
  if (search.since !== undefined) query.since = new Date(nowMs - sinceMs[search.since]).toISOString();
  return query;
}

export function isNarrowed({ live: _live, ...filters }: Search): boolean {
  return Object.values(filters).some((value) => value !== undefined && value !== "");
}
