// Messages put straight into the database, for tests of what is done with messages that exist.

import { type AccountSid, type MessageSid, newUuid, sidOf, uuidOf } from "../../src/core/ids.ts";
import type { MessageStatus } from "../../src/core/messages/message.ts";
import type { Database } from "../../src/store/database.ts";

export interface StoredMessage {
  readonly status?: MessageStatus;
  readonly direction?: "inbound" | "outbound-api";
  readonly to?: string;
  readonly from?: string;
  readonly body?: string;
  readonly sentAt?: Date | null;
  readonly media?: readonly string[];
  readonly statusCallback?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Stores one message; resolves to its SID. */
export async function storeMessage(
  db: Database,
  accountSid: AccountSid,
  message: StoredMessage = {},
): Promise<MessageSid> {
  const media = message.media ?? [];
  const id = newUuid();
  await db.query(
    `insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
       created_at, updated_at, sent_at, status_callback, options)
     values ($1, $2, $3, $4, $5, $6, $7, 1, $8, now(), now(), $9, $10, $11)`,
    [
      uuidOf(accountSid),
      id,
      message.direction ?? "outbound-api",
      message.status ?? "delivered",
      message.from ?? "+12025550100",
      message.to ?? "+15558675310",
      message.body ?? "text",
      media.length,
      message.sentAt ?? null,
      message.statusCallback ?? null,
      message.options === undefined ? null : JSON.stringify(message.options),
    ],
  );
  for (const [position, url] of media.entries()) {
    await db.query(
      "insert into media (account_id, message_id, id, position, url, content_type) values ($1, $2, $3, $4, $5, 'image/png')",
      [uuidOf(accountSid), id, newUuid(), position, url],
    );
  }
  return sidOf(media.length > 0 ? "MM" : "SM", id);
}
