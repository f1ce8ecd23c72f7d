// The status machine of a message: which status may follow which. A late or repeated delivery report must
// never move a message backwards; everything that changes a status asks here (or uses `predecessorsOf` in SQL).

import type { MessageStatus } from "./message.ts";

const successors: Readonly<Record<MessageStatus, readonly MessageStatus[]>> = {
  scheduled: ["accepted", "queued", "sending", "failed", "canceled"],
  accepted: ["queued", "sending", "failed", "canceled"],
  queued: ["sending", "failed", "canceled"],
  sending: ["queued", "sent", "delivered", "undelivered", "failed"],
  // a provider may take a message and fail it afterwards, before it went out
  sent: ["delivered", "undelivered", "failed", "read"],
  delivered: ["read"],
  undelivered: [],
  failed: [],
  read: [],
  canceled: [],
  receiving: ["received"],
  received: [],
};

/** May a message in status `from` become `to`? */
export function mayBecome(from: MessageStatus, to: MessageStatus): boolean {
  return successors[from].includes(to);
}

/** Every status that may become `to`; the guard of an UPDATE. */
export function predecessorsOf(to: MessageStatus): MessageStatus[] {
  return (Object.keys(successors) as MessageStatus[]).filter((from) => mayBecome(from, to));
}

const final: ReadonlySet<MessageStatus> = new Set([
  "delivered",
  "undelivered",
  "failed",
  "read",
  "canceled",
  "received",
]);

/** Has the message reached an end? (`delivered` may still become `read`; `sent` may stay for ever but is not an end.) */
export function isFinal(status: MessageStatus): boolean {
  return final.has(status);
}
