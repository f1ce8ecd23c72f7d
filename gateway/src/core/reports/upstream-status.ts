// What an upstream's status of a message means here. Upstreams that speak Twilio's API name them as Twilio does.

/** A later word on a hand-over that a provider took. */
export type ReportStatus = "sent" | "delivered" | "undelivered" | "failed" | "read";

/** `taken`: the upstream has the message, and nothing has come of it yet. */
export type UpstreamStatus = ReportStatus | "taken";

const meanings: ReadonlyMap<string, UpstreamStatus> = new Map<string, UpstreamStatus>([
  ["accepted", "taken"],
  ["scheduled", "taken"],
  ["queued", "taken"],
  ["sending", "taken"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["undelivered", "undelivered"],
  ["failed", "failed"],
  ["read", "read"],
  // somebody took it back at the upstream: it does not go out any more
  ["canceled", "failed"],
]);

/** In any letter case; null: a status that says nothing of a message that was sent. */
export function upstreamStatusOf(text: string): UpstreamStatus | null {
  return meanings.get(text.trim().toLowerCase()) ?? null;
}

const unknownErrorCode = 30008;
const errorCodeMax = 999_999;

/** The code of a report as it is stored: only failures have one, and they always do. */
export function reportErrorCode(status: UpstreamStatus, code: string | number | null): number | null {
  if (status !== "failed" && status !== "undelivered") return null;
  const value = Number(code ?? Number.NaN);
  return Number.isInteger(value) && value > 0 && value <= errorCodeMax ? value : unknownErrorCode;
}
