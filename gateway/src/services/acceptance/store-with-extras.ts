// Storing messages that bring more than a row: an idempotency key, media, a slot of a paced sender. One transaction for
// the whole batch: key, slot, row and media are stored together or not at all.

import { GatewayError } from "../../core/errors.ts";
import { uuidOf } from "../../core/ids.ts";
import type { Database, Queryable } from "../../store/database.ts";
import {
  claimIdempotencyKeys,
  findIdempotencyKey,
  type KeyClaim,
  releaseIdempotencyKeys,
} from "../../store/idempotency.ts";
import { insertMedia, insertMessages, type NewMessage } from "../../store/message-insert.ts";
import { findMessage } from "../../store/message-queries.ts";
import { reserveSlots } from "../../store/pace.ts";
import { type Draft, optedOut, storageFailure, type WriteResult } from "./draft.ts";

export async function storeWithExtras(db: Database, drafts: readonly Draft[], now: Date): Promise<WriteResult[]> {
  const first = await db.transaction((tx) => storeClaimed(tx, drafts, now));
  // Keys that were taken already are answered outside the transaction: their message is committed by now. So are the
  // other drafts: whatever fails here concerns one draft alone.
  return Promise.all(drafts.map((draft, index) => first[index] ?? replay(db, draft).catch(storageFailure)));
}

/** Stores what it may; null for a message whose key is taken. */
async function storeClaimed(tx: Queryable, drafts: readonly Draft[], now: Date): Promise<(WriteResult | null)[]> {
  const results: (WriteResult | null)[] = drafts.map(() => null);
  const claimed = await claimKeys(tx, drafts, now);
  const paced = await takeSlots(tx, claimed, now, results, drafts);
  const inserted = await insertMessages(tx, paced, now);
  const stored = paced.filter((message) => inserted.has(uuidOf(message.sid)));
  await insertMedia(
    tx,
    stored.flatMap((message) =>
      message.mediaUrls.map((url) => ({
        accountSid: message.accountSid,
        messageSid: message.sid,
        url,
        contentType: mediaTypeOf(url),
      })),
    ),
    now,
  );
  const bySid = new Map(paced.map((message) => [message.sid, message]));
  for (const [index, draft] of drafts.entries()) {
    const message = bySid.get(draft.message.sid);
    if (message === undefined) continue;
    results[index] = inserted.has(uuidOf(message.sid)) ? { stored: message, now } : optedOut(message);
  }
  await releaseRefused(tx, drafts, results);
  return results;
}

/** The drafts whose key is theirs (or that have none). The first of a batch with the same key wins. */
async function claimKeys(tx: Queryable, drafts: readonly Draft[], now: Date): Promise<Draft[]> {
  const claims = claimsOf(drafts);
  if (claims.length === 0) return [...drafts];
  const won = await claimIdempotencyKeys(tx, claims, now);
  return drafts.filter((draft) => draft.idempotency === null || won.has(uuidOf(draft.message.sid)));
}

function claimsOf(drafts: readonly Draft[]): KeyClaim[] {
  return drafts.flatMap(({ message, idempotency }) =>
    idempotency === null ? [] : [{ accountSid: message.accountSid, messageSid: message.sid, idempotency }],
  );
}

async function takeSlots(
  tx: Queryable,
  drafts: readonly Draft[],
  now: Date,
  results: (WriteResult | null)[],
  all: readonly Draft[],
): Promise<NewMessage[]> {
  const paced = drafts.flatMap(({ message, paced }) =>
    paced && message.senderId !== null
      ? [{ message, accountSid: message.accountSid, senderId: message.senderId, segments: message.numSegments }]
      : [],
  );
  if (paced.length === 0) return drafts.map((draft) => draft.message);
  const slots = await reserveSlots(tx, paced, now.getTime());
  const slotOf = new Map(paced.map(({ message }, index) => [message.sid, slots[index] ?? null]));
  return drafts.flatMap((draft) => {
    const slot = slotOf.get(draft.message.sid);
    if (slot === undefined) return [draft.message];
    if (slot !== null) return [{ ...draft.message, dueAt: new Date(slot), paced: true }];
    results[all.indexOf(draft)] = new GatewayError("queue-full", "The sender's queue is full: send more slowly.", {
      values: { from: draft.message.from ?? "" },
    });
    return [];
  });
}

/** A refused request must not hold its key: the caller may mend the cause and ask again. */
async function releaseRefused(
  tx: Queryable,
  drafts: readonly Draft[],
  results: readonly (WriteResult | null)[],
): Promise<void> {
  const refused = claimsOf(drafts.filter((_, index) => results[index] instanceof GatewayError));
  if (refused.length > 0) await releaseIdempotencyKeys(tx, refused);
}

async function replay(db: Database, draft: Draft): Promise<WriteResult> {
  const { idempotency, message } = draft;
  if (idempotency === null) return new GatewayError("internal", "The message was not stored.");
  const claimed = await findIdempotencyKey(db, message.accountSid, idempotency.key);
  // Released in between: its request was refused, so this one is to be tried again.
  if (claimed === null)
    return new GatewayError("database-unavailable", "The request with this key is still under way.");
  if (!claimed.requestHash.equals(idempotency.requestHash)) {
    return new GatewayError("idempotency-conflict", "This Idempotency-Key was used with another request.");
  }
  const replayed = await findMessage(db, message.accountSid, claimed.messageSid);
  if (replayed !== null) return { replayed };
  return new GatewayError("idempotency-conflict", "The message of this Idempotency-Key has been deleted.");
}

const typesByExtension: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  mp4: "video/mp4",
  mp3: "audio/mpeg",
  pdf: "application/pdf",
  vcf: "text/vcard",
};

/** By the URL's extension: the file itself is fetched by the carrier, not by the gateway. */
function mediaTypeOf(url: string): string {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(URL.parse(url)?.pathname ?? "")?.[1];
  return typesByExtension[extension?.toLowerCase() ?? ""] ?? "application/octet-stream";
}
