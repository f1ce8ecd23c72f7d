// The writer: stores accepted messages in shared inserts. Plain messages go in one statement; those with an idempotency
// key, media or a paced sender share a transaction that also takes the key, the slot and the media rows. When a batch
// fails for another reason than an absent database, each of its messages is tried alone, so that a bad row fails only
// its own request.

import { createMicroBatch, type MicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError, isDatabaseAway } from "../../core/errors.ts";
import { uuidOf } from "../../core/ids.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Database } from "../../store/database.ts";
import { insertMessages, type NewMessage } from "../../store/message-insert.ts";
import type { Accepted } from "../acceptance.ts";
import { type Draft, optedOut, storageFailure, type WriteResult } from "./draft.ts";
import { storeWithExtras } from "./store-with-extras.ts";

export interface Writer {
  /** Resolves after the commit; rejects with a GatewayError. */
  write(draft: Draft): Promise<Accepted>;
  /** Messages that are being written, or wait for it. */
  readonly pending: number;
}

export interface WriterDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Told of each batch: rows and milliseconds. */
  readonly onBatch: (rows: number, durationMs: number) => void;
}

const rowsPerInsertMax = 500;
const insertsInFlightMax = 4;

export function createWriter({ db, clock, onBatch }: WriterDeps): Writer {
  const plain = createMicroBatch<Draft, WriteResult>({
    flush: (drafts) => flush(drafts, (batch) => storePlain(db, batch, new Date(clock.nowMs()))),
    maxItems: rowsPerInsertMax,
    maxInFlight: insertsInFlightMax,
  });
  const withExtras = createMicroBatch<Draft, WriteResult>({
    flush: (drafts) => flush(drafts, (batch) => storeWithExtras(db, batch, new Date(clock.nowMs()))),
    maxItems: rowsPerInsertMax,
    maxInFlight: insertsInFlightMax,
  });

  async function flush(
    drafts: Draft[],
    store: (batch: readonly Draft[]) => Promise<WriteResult[]>,
  ): Promise<WriteResult[]> {
    const startedMs = performance.now();
    try {
      return await store(drafts);
    } catch (error) {
      if (isDatabaseAway(error) || drafts.length === 1) return drafts.map(() => storageFailure(error));
      const alone = await Promise.all(drafts.map((draft) => store([draft]).catch((cause) => [storageFailure(cause)])));
      return alone.flat();
    } finally {
      onBatch(drafts.length, performance.now() - startedMs);
    }
  }

  let pending = 0;

  async function write(draft: Draft): Promise<Accepted> {
    pending += 1;
    const result = await chooseBatch(draft)
      .add(draft)
      .finally(() => {
        pending -= 1;
      });
    if (result instanceof GatewayError) throw result;
    if ("replayed" in result) return { message: result.replayed, replayed: true };
    return { message: toMessage(result.stored, result.now), replayed: false };
  }

  function chooseBatch(draft: Draft): MicroBatch<Draft, WriteResult> {
    const extras = draft.idempotency !== null || draft.paced || draft.message.mediaUrls.length > 0;
    return extras ? withExtras : plain;
  }

  return {
    write,
    get pending() {
      return pending;
    },
  };
}

async function storePlain(db: Database, drafts: readonly Draft[], now: Date): Promise<WriteResult[]> {
  const stored = await insertMessages(
    db,
    drafts.map((draft) => draft.message),
    now,
  );
  return drafts.map(({ message }) => (stored.has(uuidOf(message.sid)) ? { stored: message, now } : optedOut(message)));
}

/** The resource as it stands right after its insert. */
function toMessage(stored: NewMessage, now: Date): Message {
  return {
    accountSid: stored.accountSid,
    sid: stored.sid,
    direction: stored.direction,
    status: stored.status,
    from: stored.from,
    to: stored.to,
    messagingServiceSid: stored.messagingServiceSid,
    body: stored.body,
    numSegments: stored.numSegments,
    numMedia: stored.mediaUrls.length,
    createdAt: now,
    updatedAt: now,
    sentAt: null,
    errorCode: null,
    price: null,
    priceUnit: null,
    options: stored.options,
  };
}
