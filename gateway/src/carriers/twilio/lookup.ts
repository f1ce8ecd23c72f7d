// "Do you have this one?" after an unknown outcome. What it finds is adopted once and by one attempt only; absent is said
// only when nothing of it can be there or still be coming, because the message is then sent again.

import type { Clock } from "../../core/clock.ts";
import type { CarrierProvider, Handover, LookupResult } from "../carrier.ts";
import type { UpstreamFailure } from "../upstream.ts";
import { askPages } from "./ask.ts";
import type { AttemptMemory } from "./attempt-memory.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { type Likeness, likenessOf } from "./likeness.ts";
import { dateOf, type MessageResource, messageResource } from "./message-resource.ts";

/**
 * Which of the upstream's ids belong already to other attempts than this one, of whatever account, accepted or adopted;
 * at most a few ids are asked about.
 */
export type MatchedIds = (
  provider: CarrierProvider,
  handover: Handover,
  carrierMessageIds: readonly string[],
) => Promise<ReadonlySet<string>>;

export interface LookupTimes {
  /** What the upstream shows late, and what is on its way to it: so long after the end of an attempt absence means nothing. */
  readonly settleMs: number;
  /** After this long from its start an attempt of which nothing is known has ended, in whichever process. */
  readonly abandonedAfterMs: number;
}

export interface LookupDeps {
  readonly exchange: Exchange;
  readonly memory: AttemptMemory;
  readonly isMatched: MatchedIds;
  readonly clock: Clock;
  readonly times: LookupTimes;
  /** Since when nobody else sends from this database; null: others may. */
  readonly aloneSinceMs: number | null;
}

/** Between the clocks, after what the upstream's Date header tells of its own. */
const skewMs = 300_000;
const missingPermission = 70051;
const pageSize = 100;
const maxPages = 50;

export async function lookUpMessage(
  deps: LookupDeps,
  endpoint: Endpoint,
  provider: CarrierProvider,
  handover: Handover,
  signal: AbortSignal,
): Promise<LookupResult> {
  const settled = isSettled(deps, handover);
  const found: Record<Likeness, MessageResource[]> = { same: [], doubtful: [], other: [] };
  const result = await askPages(
    deps.exchange,
    endpoint,
    {
      product: "api",
      path: `${endpoint.accountPath}/Messages.json`,
      // Not by time: a message that waits has no date of sending yet. Not by sender: a service or the upstream picks it.
      query: { To: handover.to, PageSize: String(pageSize) },
      key: "messages",
      item: messageResource,
      maxPages,
      signal,
    },
    ({ items, answer }) => {
      const { beginMs, endMs } = windowOf(handover, clockOffsetMs(answer, deps.clock), deps.times);
      const times = items.map((message) => dateOf(message.date_created)?.getTime() ?? beginMs);
      for (const [index, message] of items.entries()) {
        const atMs = times[index] ?? beginMs;
        if (atMs >= beginMs && atMs <= endMs) found[likenessOf(message, handover)].push(message);
      }
      // Newest first: what follows a page of old ones is older still. Where they come in another order, all are read.
      return times.length === 0 || times.some((atMs) => atMs >= beginMs) || !isDescending(times);
    },
  );
  if (result.kind === "failure") return withoutAnswer(result);
  const adopted = await adopt(deps, provider, handover, found.same);
  if (adopted !== null) return adopted;
  if (await anyUnmatched(deps, provider, handover, found.doubtful)) {
    return cannotTell("the upstream has a message that looks like it, but is not the same");
  }
  if (!result.value.whole) return cannotTell("the upstream has too many messages to this recipient to look through");
  return settled ? { kind: "absent" } : cannotTell("it may still be under way");
}

/** The message that is to be this attempt's, or why that cannot be said; null: there is none left for it. */
export async function adopt(
  deps: Pick<LookupDeps, "isMatched" | "memory">,
  provider: CarrierProvider,
  handover: Handover,
  candidates: readonly Pick<MessageResource, "sid" | "date_created">[],
): Promise<LookupResult | null> {
  if (candidates.length === 0) return null;
  const matched = await deps.isMatched(
    provider,
    handover,
    candidates.map(({ sid }) => sid),
  );
  // From here to the claim without a pause: no other attempt can come in between.
  const distance = ({ date_created }: Pick<MessageResource, "date_created">) =>
    Math.abs((dateOf(date_created)?.getTime() ?? 0) - handover.startedAt.getTime());
  const free = candidates.filter(({ sid }) => !matched.has(sid) && !deps.memory.isAnothers(provider, handover, sid));
  const [best] = free.toSorted((a, b) => distance(a) - distance(b) || (a.sid < b.sid ? -1 : 1));
  if (best === undefined) return null;
  if (deps.memory.hasTwinUnderWay(handover))
    return cannotTell("the same text is under way to this recipient once more");
  deps.memory.claim(provider, handover, best.sid);
  return { kind: "found", carrierMessageId: best.sid };
}

async function anyUnmatched(
  { isMatched, memory }: LookupDeps,
  provider: CarrierProvider,
  handover: Handover,
  messages: readonly MessageResource[],
): Promise<boolean> {
  const ids = messages.map(({ sid }) => sid).filter((sid) => !memory.isAnothers(provider, handover, sid));
  if (ids.length === 0) return false;
  const matched = await isMatched(provider, handover, ids);
  return ids.some((id) => !matched.has(id));
}

/** Nothing of the attempt can reach the upstream any more, and what has reached it is shown. */
export function isSettled({ memory, clock, times, aloneSinceMs }: LookupDeps, handover: Handover): boolean {
  const nowMs = clock.nowMs();
  const startedMs = handover.startedAt.getTime();
  const known = memory.of(handover);
  if (known?.kind === "unknown") return nowMs >= known.endedAtMs + times.settleMs;
  // Whoever sent it before this process was alone has ended by then.
  if (aloneSinceMs !== null && startedMs < aloneSinceMs) return nowMs >= aloneSinceMs + times.settleMs;
  return nowMs >= startedMs + times.abandonedAfterMs + times.settleMs;
}

/** When the message can have been created, by the upstream's clock. */
function windowOf({ startedAt }: Handover, offsetMs: number, { abandonedAfterMs }: LookupTimes) {
  const startedMs = startedAt.getTime();
  return {
    beginMs: startedMs + Math.min(0, offsetMs) - skewMs,
    endMs: startedMs + Math.max(0, offsetMs) + abandonedAfterMs + skewMs,
  };
}

function isDescending(times: readonly number[]): boolean {
  return times.every((atMs, index) => index === 0 || atMs <= (times[index - 1] ?? atMs));
}

function clockOffsetMs({ headers }: Answer, clock: Clock): number {
  const theirs = dateOf([headers["date"] ?? ""].flat()[0]);
  return theirs === null ? 0 : theirs.getTime() - clock.nowMs();
}

/** An API key that may not read messages will not be told later either. */
function withoutAnswer({ code, reason }: UpstreamFailure): LookupResult {
  const result = { kind: "cannot-tell", reason: `the upstream did not say: ${reason}` } as const;
  return code === missingPermission ? { ...result, final: true } : result;
}

export function cannotTell(reason: string): LookupResult {
  return { kind: "cannot-tell", reason };
}
