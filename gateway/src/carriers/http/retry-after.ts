// Retry-After (RFC 9110 section 10.2.3) as a duration. A server that asks for an eternity is not given it.

const longestMs = 15 * 60_000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Milliseconds from now; null: there is none that can be read. A date is held against the server's own clock. */
export function retryAfterOf(headers: Headers): number | null {
  const text = one(headers["retry-after"])?.trim();
  if (text === undefined || text === "") return null;
  if (/^\d{1,15}$/.test(text)) return Math.min(longestMs, Number(text) * 1000);
  const atMs = Date.parse(text);
  const serverMs = Date.parse(one(headers["date"]) ?? "");
  if (!/[A-Za-z]/.test(text) || Number.isNaN(atMs) || Number.isNaN(serverMs)) return null;
  return Math.min(longestMs, Math.max(0, atMs - serverMs));
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
