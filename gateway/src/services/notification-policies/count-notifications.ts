// Quotas and cool-downs of a batch, in one transaction: marks the messages, counts them in the order in which they were asked
// for, and stores what is decided. A message counts once however often it is claimed, and only if it may go.

import { type MessageSid, type Uuid, uuidOf, uuidTimeMs } from "../../core/ids.ts";
import { judgeCooldown, type Series } from "../../core/notification-policies/cooldown.ts";
import { blockedDecision, earlyDecision, quotaDecision } from "../../core/notification-policies/decisions.ts";
import {
  type NotificationPolicy,
  type Quota,
  smsCooldown,
  smsQuotas,
} from "../../core/notification-policies/policy.ts";
import type { Decision } from "../../core/protection/decision.ts";
import type { Queryable } from "../../store/database.ts";
import {
  countClaimed,
  holdCountersOfDay,
  holdSeries,
  markNotificationsJudged,
  type RecipientKey,
  recipientName,
  storeCountersOfDay,
  storeSeries,
} from "../../store/notification-counters.ts";
import { denialsAmong, insertDecisions, type NewDecision } from "../../store/protection.ts";
import type { ClaimedMessage } from "../../store/queue.ts";

/** A message with the policy that it is held against. */
export interface Limited {
  readonly message: ClaimedMessage;
  readonly policy: NotificationPolicy;
}

export interface Counted {
  readonly decisions: readonly NewDecision[];
  /** Codes of messages that had been denied before, by their UUIDs. */
  readonly before: ReadonlyMap<Uuid, number>;
}

const dayMs = 86_400_000;

export function isCounted({ policy }: Limited): boolean {
  return smsQuotas(policy).length > 0 || smsCooldown(policy) !== null;
}

/** What is known while a batch is looked at, by recipientName. */
interface Held {
  readonly day: number;
  readonly totals: Map<string, number>;
  readonly claimed: ReadonlyMap<string, number>;
  readonly series: Map<string, Series | null>;
}

/** `tx` must be a transaction. */
export async function countNotifications(tx: Queryable, nowMs: number, limited: readonly Limited[]): Promise<Counted> {
  const keys = limited.map(({ message: { accountSid, sid } }) => ({ accountSid, sid }));
  const now = new Date(nowMs);
  const marked = await markNotificationsJudged(tx, keys, now);
  const before = await denialsAmong(
    tx,
    keys.filter(({ sid }) => !marked.has(uuidOf(sid))),
  );
  const fresh = limited
    .filter(({ message }) => marked.has(uuidOf(message.sid)))
    .sort((one, other) => (one.message.sid.slice(2) < other.message.sid.slice(2) ? -1 : 1));
  const counterKeys = fresh.flatMap(quotaKeys);
  const seriesKeys = fresh.flatMap((one) => (smsCooldown(one.policy) === null ? [] : [recipientOf(one.message)]));
  const day = Math.floor(nowMs / dayMs);
  const held: Held = {
    day,
    totals: await holdCountersOfDay(tx, counterKeys, day),
    claimed: await claimedOf(tx, fresh, day),
    series: await holdSeries(tx, seriesKeys, now),
  };
  const made = fresh.flatMap((one): NewDecision[] => {
    const decision = judge(one, held, nowMs);
    const { accountSid, sid: messageSid } = one.message;
    return decision === null ? [] : [{ ...decision, accountSid, messageSid }];
  });
  await storeCountersOfDay(tx, counterKeys, held.totals, day);
  await storeSeries(tx, seriesKeys, held.series);
  return { decisions: await insertDecisions(tx, made), before };
}

function recipientOf({ accountSid, to }: ClaimedMessage): RecipientKey {
  return { accountSid, recipient: to };
}

function quotaKey({ message }: Limited, { type }: Quota): RecipientKey {
  return type === "USER" ? recipientOf(message) : { accountSid: message.accountSid, recipient: "" };
}

function quotaKeys(one: Limited): RecipientKey[] {
  return smsQuotas(one.policy).map((quota) => quotaKey(one, quota));
}

async function claimedOf(tx: Queryable, fresh: readonly Limited[], day: number): Promise<ReadonlyMap<string, number>> {
  const asked = fresh.flatMap((one) =>
    smsQuotas(one.policy).flatMap((quota) => (quota.claimed === undefined ? [] : [quotaKey(one, quota)])),
  );
  const claimed = new Map<string, number>();
  for (const [name, key] of new Map(asked.map((each) => [recipientName(each), each]))) {
    claimed.set(name, await countClaimed(tx, key, day));
  }
  return claimed;
}

/** Null: it goes, and has been counted. */
function judge(one: Limited, held: Held, nowMs: number): Decision | null {
  const { message, policy } = one;
  const quotas = smsQuotas(policy);
  for (const quota of quotas) {
    const used = beyondQuota(quota, recipientName(quotaKey(one, quota)), held);
    if (used !== null) return used;
  }
  const cooldown = smsCooldown(policy);
  if (cooldown !== null) {
    const name = recipientName(recipientOf(message));
    const verdict = judgeCooldown(held.series.get(name) ?? null, cooldown, askedAtMs(message, nowMs));
    held.series.set(name, verdict.series);
    if (verdict.kind === "early") return earlyDecision(verdict.waitMs);
    if (verdict.kind === "blocked") return blockedDecision(verdict.untilMs, cooldown.resendLimit);
  }
  for (const name of new Set(quotas.map((quota) => recipientName(quotaKey(one, quota))))) {
    held.totals.set(name, (held.totals.get(name) ?? 0) + 1);
  }
  return null;
}

function beyondQuota(quota: Quota, name: string, { totals, claimed }: Held): Decision | null {
  const total = totals.get(name) ?? 0;
  if (quota.total !== undefined) return total < quota.total ? null : quotaDecision(quota, "total", quota.total);
  const used = claimed.get(name) ?? 0;
  if (quota.claimed !== undefined && used >= quota.claimed) return quotaDecision(quota, "claimed", quota.claimed);
  if (quota.unclaimed === undefined || total - used < quota.unclaimed) return null;
  return quotaDecision(quota, "unclaimed", quota.unclaimed);
}

/** As it was asked for: a backlog must not turn what came minutes apart into a repetition. */
function askedAtMs({ sid, status }: { readonly sid: MessageSid; readonly status: string }, nowMs: number): number {
  return status === "scheduled" ? nowMs : uuidTimeMs(uuidOf(sid));
}
