// The senders' slot queues in the database: locked, advanced and stored in the caller's transaction.

import { type Slots, takeSlots } from "../core/dispatch/pace.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

// Locked in key order, so that two processes with the same senders cannot deadlock.
const lockPacesStatement: Statement = {
  name: "lock_paces",
  text: `
    select s.id, s.segments_per_second, s.queue_limit_seconds,
      extract(epoch from s.next_slot_at) * 1000 as next_slot_at_ms
    from senders s
    join (select distinct * from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)) w
      on s.account_id = w.account_id and s.id = w.id
    order by s.account_id, s.id
    for update of s`,
};

const storePacesStatement: Statement = {
  name: "store_paces",
  text: `
    update senders s set next_slot_at = to_timestamp(w.next_slot_at_ms / 1000.0)
    from unnest($1::uuid[], $2::uuid[], $3::float8[]) as w(account_id, id, next_slot_at_ms)
    where s.account_id = w.account_id and s.id = w.id`,
};

export interface SlotRequest {
  readonly accountSid: AccountSid;
  readonly senderId: Uuid;
  readonly segments: number;
}

interface PaceRow {
  readonly id: Uuid;
  readonly segments_per_second: number | null;
  readonly queue_limit_seconds: number;
  readonly next_slot_at_ms: string | number;
}

/**
 * Takes a slot for each request, in order. Resolves to the slots' starts in ms since the epoch; null where the queue
 * is full. A sender without a pace has its slot now.
 */
export async function reserveSlots(
  tx: Queryable,
  requests: readonly SlotRequest[],
  nowMs: number,
): Promise<(number | null)[]> {
  if (requests.length === 0) return [];
  const rows = await tx.query<PaceRow & Record<string, unknown>>(lockPacesStatement, [
    plainArray(requests.map((request) => hexOf(request.accountSid))),
    plainArray(requests.map((request) => request.senderId)),
  ]);
  const slots = new Array<number | null>(requests.length).fill(nowMs);
  const advanced: { accountSid: AccountSid; id: Uuid; nextSlotAtMs: number }[] = [];
  for (const row of rows) {
    if (row.segments_per_second === null) continue;
    const indexes = requests.flatMap((request, index) => (request.senderId === row.id ? [index] : []));
    const taken = slotsOf(
      row,
      row.segments_per_second,
      indexes.map((index) => requests[index]?.segments ?? 1),
      nowMs,
    );
    for (const [position, index] of indexes.entries()) slots[index] = taken.slots[position] ?? null;
    const accountSid = requests[indexes[0] ?? 0]?.accountSid;
    if (accountSid !== undefined) advanced.push({ accountSid, id: row.id, nextSlotAtMs: taken.nextSlotAtMs });
  }
  if (advanced.length > 0) {
    await tx.query(storePacesStatement, [
      plainArray(advanced.map((sender) => hexOf(sender.accountSid))),
      plainArray(advanced.map((sender) => sender.id)),
      plainArray(advanced.map((sender) => sender.nextSlotAtMs)),
    ]);
  }
  return slots;
}

function slotsOf(row: PaceRow, segmentsPerSecond: number, segments: number[], nowMs: number): Slots {
  const stored = Number(row.next_slot_at_ms);
  return takeSlots(
    {
      segmentsPerSecond,
      queueLimitSeconds: row.queue_limit_seconds,
      // A sender that has never sent stands at -infinity.
      nextSlotAtMs: Number.isFinite(stored) ? stored : 0,
    },
    segments,
    nowMs,
  );
}
