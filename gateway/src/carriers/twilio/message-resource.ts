// A message as an upstream shows it: only what is used of it, and as forgiving as can be of servers that leave things out.

import { z } from "zod";
import type { UpstreamMessage } from "../upstream.ts";
import { errorCode, upstreamId } from "./answer.ts";

const text = z.string().nullish();

export const messageResource = z.looseObject({
  sid: upstreamId,
  to: text,
  from: text,
  messaging_service_sid: text,
  body: text,
  status: z.string(),
  direction: text,
  num_media: z.union([z.string(), z.number()]).nullish(),
  error_code: z.union([z.string(), z.number()]).nullish(),
  date_created: text,
  date_updated: text,
  date_sent: text,
});
export type MessageResource = z.output<typeof messageResource>;

const earliest = new Date("2000-01-01T00:00:00Z");
const latest = new Date("2200-01-01T00:00:00Z");

/**
 * Null: there is none, it cannot be read, or nothing can have happened then (no database keeps the year 10000). RFC 2822
 * and ISO 8601 both occur.
 */
export function dateOf(value: string | null | undefined): Date | null {
  const date = new Date(value ?? Number.NaN);
  return date >= earliest && date < latest ? date : null;
}

export function isOutbound({ direction }: MessageResource): boolean {
  return direction?.startsWith("inbound") !== true;
}

/** `now`: for a server that tells no dates. */
export function upstreamMessage(message: MessageResource, now: Date): UpstreamMessage {
  return {
    carrierMessageId: message.sid,
    status: message.status,
    errorCode: errorCode(message.error_code),
    at: dateOf(message.date_updated) ?? dateOf(message.date_sent) ?? dateOf(message.date_created) ?? now,
  };
}
