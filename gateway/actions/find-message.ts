// Was this very message sent already? Looks through the newest messages to the same recipient. The only means on servers
// without idempotency keys, Twilio's among them: it tells equal texts apart by time alone.

import type { Connection } from "./connection.ts";
import { type Message, readMessage } from "./message.ts";
import { pagesOf } from "./paging.ts";
import type { CheckedMessage } from "./send-form.ts";

const MOST_PAGES = 5;
/** Dates have whole seconds. */
const GRAIN_MS = 1_000;

/** The newest message like this one that was created in the last `windowMs()`, asked when a page is there; null: none. */
export async function findSent(
  connection: Connection,
  { to, from, messagingServiceSid, body, mediaUrls, sendAt }: CheckedMessage,
  windowMs: () => number,
): Promise<Message | null> {
  const query = [["To", to], ...(from === null ? [] : [["From", from] as const]), ["PageSize", "100"]] as const;
  let pages = 0;
  for await (const page of pagesOf(connection, { path: messagesPath(connection), key: "messages", query })) {
    const sinceMs = page.serverTimeMs - windowMs() - GRAIN_MS;
    const messages = page.items.map(readMessage);
    const found = messages.find(
      (message) =>
        message.body === body &&
        Number(message.numMedia) === mediaUrls.length &&
        message.direction.startsWith("outbound") &&
        (messagingServiceSid === null || message.messagingServiceSid === messagingServiceSid) &&
        (sendAt === null) === (message.status !== "scheduled") &&
        createdMs(message) >= sinceMs,
    );
    if (found !== undefined) return found;
    pages += 1;
    if (pages === MOST_PAGES || messages.some((message) => createdMs(message) < sinceMs)) return null;
  }
  return null;
}

export function messagesPath(connection: Connection): string {
  return `/2010-04-01/Accounts/${connection.accountSid}/Messages.json`;
}

export function messagePath(connection: Connection, sid: string): string {
  return `/2010-04-01/Accounts/${connection.accountSid}/Messages/${sid}.json`;
}

function createdMs({ dateCreated }: Message): number {
  return dateCreated === null ? Number.NaN : Date.parse(dateCreated);
}
