// The senders' paces in the database: locked, advanced and stored in the caller's transaction.

import { type Turn, takeSlots, takeTurns } from "../core/dispatch/pace.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

// Locked in key order, so that two processes with the same senders cannot deadlock.
const lockPacesStatement: Statement = {
  name: "lock_paces",
  text: `
    select s.id, s.segments_per_second, s.queue_limit_seconds,
      extract(epoch from s.next_slot_at) * 1000 as next_slot_at_ms,
      extract(epoch from s.next_send_at) * 1000 as next_send_at_ms
    from senders s
    join (select distinct * from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)) w
      on s.account_id = w.account_id and s.id = w.id
    order by s.account_id, s.id
    for update of s`,
};

const storeStatement = (column: "next_slot_at" | "next_send_at"): Statement => ({
  name: `store_${column}`,
  text: `
    update senders s set ${column} = to_timestamp(w.at_ms / 1000.0)
    from unnest($1::uuid[], $2::uuid[], $3::float8[]) as w(account_id, id, at_ms)
    where s.account_id = w.account_id and s.id = w.id`,
});
const storeSlots = storeStatement("next_slot_at");
const storeSends = storeStatement("next_send_at");

export interface PaceRequest {
  readonly accountSid: AccountSid;
  readonly senderId: Uuid;
  readonly segments: number;
}

interface PaceRow {
  readonly id: Uuid;
  readonly segments_per_second: number | null;
  readonly queue_limit_seconds: number;
  readonly next_slot_at_ms: string | number;
  readonly next_send_at_ms: string | number;
}

/**
 * Takes a slot for each request, in order. Resolves to the slots' starts in ms since the epoch; null where the queue
 * is full. A sender without a pace has its slot now.
 */
export function reserveSlots(
  tx: Queryable,
  requests: readonly PaceRequest[],
  nowMs: number,
): Promise<(number | null)[]> {
  return advance<number | null>(tx, requests, nowMs, storeSlots, (pace, segments) => {
    const { slots, nextSlotAtMs } = takeSlots(pace, segments, nowMs);
    return { results: slots, atMs: nextSlotAtMs };
  });
}

/** Whose turn it is to go out, in order. A sender without a pace goes now. */
export function reserveTurns(tx: Queryable, requests: readonly PaceRequest[], nowMs: number): Promise<Turn[]> {
  return advance<Turn>(tx, requests, { now: true, atMs: nowMs }, storeSends, (pace, segments) => {
    const { turns, nextSendAtMs } = takeTurns(pace, segments, nowMs);
    return { results: turns, atMs: nextSendAtMs };
  });
}

interface StoredPace {
  readonly segmentsPerSecond: number;
  readonly queueLimitSeconds: number;
  readonly nextSlotAtMs: number;
  readonly nextSendAtMs: number;
}

async function advance<Result>(
  tx: Queryable,
  requests: readonly PaceRequest[],
  unpaced: Result,
  store: Statement,
  take: (pace: StoredPace, segments: number[]) => { readonly results: readonly Result[]; readonly atMs: number },
): Promise<Result[]> {
  if (requests.length === 0) return [];
  const rows = await tx.query<PaceRow & Record<string, unknown>>(lockPacesStatement, [
    plainArray(requests.map((request) => hexOf(request.accountSid))),
    plainArray(requests.map((request) => request.senderId)),
  ]);
  const bySender = Map.groupBy(requests.entries(), ([, request]) => request.senderId);
  const results = requests.map(() => unpaced);
  const advanced: { accountSid: AccountSid; id: Uuid; atMs: number }[] = [];
  for (const row of rows) {
    const own = bySender.get(row.id) ?? [];
    const accountSid = own[0]?.[1].accountSid;
    if (row.segments_per_second === null || accountSid === undefined) continue;
    const pace = paceOf(row, row.segments_per_second);
    const taken = take(
      pace,
      own.map(([, request]) => request.segments),
    );
    for (const [position, [index]] of own.entries()) results[index] = taken.results[position] as Result;
    advanced.push({ accountSid, id: row.id, atMs: taken.atMs });
  }
  if (advanced.length > 0) {
    await tx.query(store, [
      plainArray(advanced.map((sender) => hexOf(sender.accountSid))),
      plainArray(advanced.map((sender) => sender.id)),
      plainArray(advanced.map((sender) => sender.atMs)),
    ]);
  }
  return results;
}

function paceOf(row: PaceRow, segmentsPerSecond: number): StoredPace {
  return {
    segmentsPerSecond,
    queueLimitSeconds: row.queue_limit_seconds,
    nextSlotAtMs: sinceEpoch(row.next_slot_at_ms),
    nextSendAtMs: sinceEpoch(row.next_send_at_ms),
  };
}

/** A sender that has never sent stands at -infinity. */
function sinceEpoch(stored: string | number): number {
  const ms = Number(stored);
  return Number.isFinite(ms) ? ms : 0;
}
