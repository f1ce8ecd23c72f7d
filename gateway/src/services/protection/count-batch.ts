// Velocity and duplicates of a batch, in one transaction: marks the messages as counted, counts them, and stores what is
// decided. Either all of it happened or none, so a message counts exactly once however often it is claimed, and a claim
// that is repeated finds what was decided.

import type { Clock } from "../../core/clock.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf, uuidTimeMs } from "../../core/ids.ts";
import { type Counter, minuteOf } from "../../core/protection/counter.ts";
import { duplicateDecision, velocityDecision } from "../../core/protection/decision.ts";
import { type Destination, destinationOf } from "../../core/protection/destination.ts";
import { repeatDigest } from "../../core/protection/repeat.ts";
import { countsVelocity } from "../../core/protection/settings.ts";
import { type Counts, judgeVelocity, leastLimit } from "../../core/protection/velocity.ts";
import type { Queryable } from "../../store/database.ts";
import { denialsAmong, insertDecisions, type NewDecision } from "../../store/protection.ts";
import {
  addToCounters,
  type CounterKey,
  counterName,
  markJudged,
  type RecentText,
  rememberTexts,
  textName,
} from "../../store/protection-counters.ts";
import type { Concerned } from "./policies.ts";

export interface Counted {
  /** The codes of the messages that are denied, by their UUIDs. */
  readonly denied: ReadonlyMap<Uuid, number>;
  /** What was decided just now. */
  readonly decisions: readonly NewDecision[];
}

/** Is there anything to count about this message? */
export function isCounted({ message, policy: { settings } }: Concerned): boolean {
  return settings.duplicates.enabled || (message.options.riskCheck !== "disable" && countsVelocity(settings));
}

/** `tx` must be a transaction. */
export async function countBatch(tx: Queryable, clock: Clock, concerned: readonly Concerned[]): Promise<Counted> {
  const nowMs = clock.nowMs();
  const keys = concerned.map(({ message: { accountSid, sid } }) => ({ accountSid, sid }));
  const marked = await markJudged(tx, keys, new Date(nowMs));
  const isNew = ({ message }: Concerned): boolean => marked.has(uuidOf(message.sid));
  const fresh = marked.size === concerned.length ? concerned : concerned.filter(isNew);
  const repeated = keys.filter((_, index) => !marked.has(uuidOf(keys[index]?.sid ?? "")));
  const before = await denialsAmong(tx, repeated);
  // Texts before counters: what many processes want at once is locked last.
  const duplicates = await findDuplicates(tx, fresh, nowMs);
  const bursts = await findBursts(tx, fresh, nowMs);
  const decisions = await insertDecisions(
    tx,
    fresh.flatMap(({ message: { accountSid, sid } }) => {
      const decision = bursts.get(sid) ?? duplicates.get(sid);
      return decision === undefined ? [] : [{ ...decision, accountSid, messageSid: sid }];
    }),
  );
  const denied = new Map(before);
  for (const { messageSid, errorCode } of decisions) if (errorCode !== null) denied.set(uuidOf(messageSid), errorCode);
  return { denied, decisions };
}

type Decisions = ReadonlyMap<string, ReturnType<typeof velocityDecision>>;

interface Text extends RecentText {
  readonly concerned: Concerned;
}

/** Messages that repeat another one. Those of one text take turns: each is held against what stands after the one before. */
async function findDuplicates(tx: Queryable, fresh: readonly Concerned[], nowMs: number): Promise<Decisions> {
  const found = new Map<string, ReturnType<typeof duplicateDecision>>();
  let waiting = fresh.flatMap((concerned) => textOf(concerned, nowMs) ?? []);
  while (waiting.length > 0) {
    const round = [...new Map(waiting.toReversed().map((text) => [textName(text), text])).values()];
    const standing = await rememberTexts(tx, round);
    const taken = new Set<Text>();
    for (const text of waiting) {
      const stands = standing.get(textName(text));
      if (stands === undefined) continue;
      const isItself = stands.messageId === uuidOf(text.messageSid);
      const { seconds } = text.concerned.policy.settings.duplicates;
      const afterMs = text.sentAt.getTime() - stands.sentAt.getTime();
      if (isItself) taken.add(text);
      else if (Math.abs(afterMs) < seconds * 1000) {
        taken.add(text);
        const of = sidOf("SM", stands.messageId);
        found.set(text.messageSid, duplicateDecision(text.concerned.mode, { of, afterMs, seconds }));
      }
    }
    // Nothing decided would mean the same round for ever.
    if (taken.size === 0) break;
    waiting = waiting.filter((text) => !taken.has(text));
  }
  return found;
}

function textOf(concerned: Concerned, nowMs: number): Text | null {
  const { message, policy } = concerned;
  const { enabled, seconds } = policy.settings.duplicates;
  const digest = enabled ? repeatDigest(message) : null;
  if (digest === null) return null;
  // As it was asked for: a backlog must not turn what came minutes apart into a repetition. But what was scheduled is for
  // now, whenever it was asked for.
  const sentAtMs = message.status === "scheduled" ? nowMs : uuidTimeMs(uuidOf(message.sid));
  return {
    concerned,
    ...{ accountSid: message.accountSid, messageSid: message.sid, digest },
    ...{ sentAt: new Date(sentAtMs), repeatsUntil: new Date(sentAtMs + seconds * 1000) },
  };
}

interface Placed {
  readonly concerned: Concerned;
  readonly destination: Destination | null;
  /** Its counters' names; undefined: not counted. */
  readonly names: { readonly [Scope in keyof Counts]: string | undefined };
}

/** Messages that are beyond a limit. */
async function findBursts(tx: Queryable, fresh: readonly Concerned[], nowMs: number): Promise<Decisions> {
  const additions = new Map<string, CounterKey & { count: number }>();
  const count = (key: CounterKey): string => {
    const name = counterName(key);
    const addition = additions.get(name);
    if (addition === undefined) additions.set(name, { ...key, count: 1 });
    else addition.count += 1;
    return name;
  };
  const placed = fresh.flatMap((concerned): Placed[] => {
    const { message, policy } = concerned;
    if (message.options.riskCheck === "disable" || !countsVelocity(policy.settings)) return [];
    const { destination, keys } = counterKeys(message, policy.settings.velocity.limits.recipientPer10Minutes !== null);
    const names = Object.fromEntries(keys.map((key) => [key.scope, count(key)]));
    return [{ concerned, destination, names: names as unknown as Placed["names"] }];
  });
  const found = new Map<string, ReturnType<typeof velocityDecision>>();
  if (additions.size === 0) return found;
  const ignoredUpTo = Math.min(...new Set(placed.map(({ concerned }) => leastLimit(concerned.policy.settings))));
  const counters = await addToCounters(tx, [...additions.values()], minuteOf(nowMs), ignoredUpTo);
  // From the back: as many of the batch come after a message as have been seen of its counter.
  const seen = new Map<string, number>();
  for (const { concerned, destination, names } of placed.toReversed()) {
    const { message, mode, policy } = concerned;
    const at = (name: string | undefined): Counter | null => placeIn(counters, seen, name);
    const counts = {
      ...{ account: at(names.account), country: at(names.country) },
      ...{ prefix: at(names.prefix), recipient: at(names.recipient) },
    };
    const finding = judgeVelocity(policy.settings, destination, counts);
    if (finding !== null) found.set(message.sid, velocityDecision(mode, message.to, destination, finding));
  }
  return found;
}

/** A counter as it was with the message that is counted next from the back. */
function placeIn(counters: ReadonlyMap<string, Counter>, seen: Map<string, number>, name: string | undefined) {
  const counter = name === undefined ? undefined : counters.get(name);
  if (name === undefined || counter === undefined) return null;
  const later = seen.get(name) ?? 0;
  seen.set(name, later + 1);
  const { inMinute, inTenMinutes, inHour } = counter;
  return { ...counter, inMinute: inMinute - later, inTenMinutes: inTenMinutes - later, inHour: inHour - later };
}

interface Sent {
  readonly accountSid: AccountSid;
  readonly to: string;
}

/** What a message is counted under. */
export function counterKeys({ accountSid, to }: Sent, countsRecipients: boolean) {
  const destination = destinationOf(to);
  const keys: CounterKey[] = [];
  if (destination !== null) {
    keys.push({ accountSid, scope: "account", key: "" });
    keys.push({ accountSid, scope: "country", key: destination.country });
    keys.push({ accountSid, scope: "prefix", key: destination.prefix });
  }
  if (countsRecipients) keys.push({ accountSid, scope: "recipient", key: to });
  return { destination, keys };
}
