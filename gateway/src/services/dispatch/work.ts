// One claimed batch, from facts to outcomes: plan each message, store the intents, hand over, store what came of it. What
// fails here is left to its lease; nothing is sent that was not stored before.

import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { picksItsSender } from "../../core/dispatch/route.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { type Uuid, uuidOf } from "../../core/ids.ts";
import type { Attempt } from "../../store/attempts.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database } from "../../store/database.ts";
import {
  type AttemptIntent,
  beginAttempts,
  beginFirstAttempts,
  type ClaimedMessage,
  putOffClaims,
} from "../../store/queue.ts";
import type { NewReportPoll } from "../../store/report-polls.ts";
import type { ReportPollOf } from "../report-polling/new-poll.ts";
import type { DispatchProvider } from "./account-facts.ts";
import { admit, type Known, type Patience, type Planned } from "./admit.ts";
import { failed, held, released, sentAfterAll } from "./claim-results.ts";
import type { Facts, MessageFacts } from "./facts.ts";
import { askAbout, type HandOverDeps, handOver, notHandedOver, type OpenAttempt } from "./hand-over.ts";
import { awaitTurns, queuedCallback } from "./pacing.ts";
import { validityExpiredCode } from "./plan.ts";
import type { FinishedClaim, Results } from "./results.ts";
import type { UnsentAttempts } from "./unsent-attempts.ts";

export interface WorkDeps extends HandOverDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly facts: Facts;
  readonly results: Results;
  /** Attempts that were to be begun, and that this process has surely not handed over. */
  readonly unsent: UnsentAttempts;
  /** A callback was stored. */
  readonly wakeCallbacks: () => void;
  /** When a provider that has taken a message is to be asked what became of it. */
  readonly reportPollOf: ReportPollOf;
  /** So many of so many messages went back into the queue: their providers take nothing more just now. */
  readonly onPutOff: (putOff: number, claimed: number) => void;
}

/** A claimed batch, and until when its hand-overs must have begun to be through within the lease. */
export interface Batch {
  readonly claimed: readonly ClaimedMessage[];
  readonly sendUntilMs: number;
}

/**
 * Works on a batch; tells of each message that is through. A message that cannot be worked on must not hold up those that
 * were claimed with it: then each goes alone. Rejects only when the database is away.
 */
export async function workOrSplit(deps: WorkDeps, batch: Batch, concluded: () => void): Promise<void> {
  try {
    await work(deps, batch, concluded);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    if (batch.claimed.length > 1) {
      const { claimed, sendUntilMs } = batch;
      await Promise.all(claimed.map((message) => workOrSplit(deps, { claimed: [message], sendUntilMs }, concluded)));
      return;
    }
    const [message] = batch.claimed;
    // It can be put off no longer, whatever is wrong with it.
    if (message?.expired === true)
      await finish(deps, { message, from: message.from, result: failed(message, validityExpiredCode) });
    deps.log.error({ err: toError(error), messageSid: message?.sid }, "a message could not be worked on");
  }
}

/** One claimed batch, from facts to outcomes; tells of each message that is through. */
async function work(deps: WorkDeps, { claimed, sendUntilMs }: Batch, concluded: () => void): Promise<void> {
  const facts = await deps.facts.of(claimed);
  const known = claimed.flatMap((message, index): Known[] => {
    const ofMessage = facts[index];
    return ofMessage === undefined ? [] : [{ message, facts: ofMessage }];
  });
  await workOn(deps, { known, sendUntilMs, patience: { ms: patienceMs, stayed: false } }, concluded);
}

interface KnownBatch extends Pick<Batch, "sendUntilMs"> {
  readonly known: readonly Known[];
  readonly patience: Patience;
}

/** How long a message may stay for a place at a provider that is quick, but as busy as it may be. */
const patienceMs = 250;

async function workOn(deps: WorkDeps, batch: KnownBatch, concluded: () => void): Promise<void> {
  const { known, sendUntilMs, patience } = batch;
  const { planned, staying, waiting } = admit(deps, known, patience);
  try {
    if (waiting.length > 0) {
      await putOffClaims(deps.db, waiting, new Date(deps.clock.nowMs()));
      deps.onPutOff(waiting.length, known.length);
      for (const _ of waiting) concluded();
    }
    const parts = [...staying].map(([provider, stayers]) =>
      stay(deps, { ...batch, known: stayers }, provider, concluded),
    );
    // What is under way comes to its end, whatever becomes of the others.
    const ends = await Promise.allSettled([sendInTurn(deps, planned, sendUntilMs, concluded), ...parts]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    for (const { place } of planned) place?.free();
  }
}

async function stay(
  deps: WorkDeps,
  { known, sendUntilMs, patience }: KnownBatch,
  provider: DispatchProvider,
  concluded: () => void,
): Promise<void> {
  const beganMs = performance.now();
  await deps.states.whenFree(provider, known.length, patience.ms);
  const ms = deps.stopping.aborted ? 0 : Math.max(0, patience.ms - (performance.now() - beganMs));
  try {
    await workOn(deps, { known, sendUntilMs, patience: { ms, stayed: true } }, concluded);
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    await workOrSplit(deps, { claimed: known.map(({ message }) => message), sendUntilMs }, concluded);
  }
}

async function sendInTurn(
  deps: WorkDeps,
  planned: readonly Planned[],
  sendUntilMs: number,
  concluded: () => void,
): Promise<void> {
  const { ready, overflowing } = await awaitTurns(deps, planned);
  const going = new Set(ready);
  for (const item of planned) if (!going.has(item)) item.place?.free();
  const elsewhere = overflowing.map(({ item, senderId }) => withoutSender(item, senderId));
  const others =
    elsewhere.length === 0
      ? null
      : workOn(deps, { known: elsewhere, sendUntilMs, patience: { ms: 0, stayed: true } }, concluded);
  const ends = await Promise.allSettled([send(deps, { ready, sendUntilMs }, concluded), others]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** To be planned again, from another sender of its pool. */
function withoutSender({ message, facts }: Planned, senderId: Uuid): Known {
  const pools = facts.pools?.flatMap(({ providerId, senders }) => {
    const others = senders.filter((sender) => sender.id !== senderId);
    return others.length === 0 ? [] : [{ providerId, senders: others }];
  });
  return { message, facts: { ...facts, pools: pools ?? null, queueIsFull: true } };
}

async function send(
  deps: WorkDeps,
  { ready, sendUntilMs }: Pick<Batch, "sendUntilMs"> & { readonly ready: readonly Planned[] },
  concluded: () => void,
): Promise<void> {
  const sendable = await begin(deps, ready);
  const deadline = startDeadline(deps);
  const conclusion = { sendable, sendUntilMs, deadline: deadline.signal };
  try {
    await Promise.all(
      ready.map(async (item) => {
        await conclude(deps, item, conclusion).finally(() => item.place?.free());
        concluded();
      }),
    );
  } finally {
    deadline.clear();
  }
}

/** The end of a batch's hand-overs: their time is over, or the process stops. One for all spares one for each. */
function startDeadline({ timeoutMs, stopping }: WorkDeps): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (stopping.aborted) abort();
  stopping.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      stopping.removeEventListener("abort", abort);
    },
  };
}

/** Stores the intents. Resolves to the UUIDs of the messages that may be sent. */
async function begin(deps: WorkDeps, planned: readonly Planned[]): Promise<ReadonlySet<string>> {
  const first: AttemptIntent[] = [];
  const others: AttemptIntent[] = [];
  for (const { message, plan } of planned) {
    if (plan.kind !== "send") continue;
    const { accountSid, sid, claim } = message;
    const { attempt, body, numSegments, route } = plan;
    const { providerId, senderId, from } = route;
    const shown = { providerId, senderId, from, shownFrom: shownFrom(from) };
    const intent = { accountSid, sid, claim, attempt, body, numSegments, ...shown };
    (plan.settled ? first : others).push(intent);
  }
  const now = new Date(deps.clock.nowMs());
  try {
    const [begunFirst, begunOthers] = await Promise.all([
      first.length === 0 ? none : beginFirstAttempts(deps.db, first, now),
      others.length === 0 ? none : beginOthers(deps, planned, others, now),
    ]);
    return others.length === 0 ? begunFirst : new Set([...begunFirst, ...begunOthers]);
  } catch (error) {
    // They may be stored all the same (the acknowledgement was lost), and nobody will hand them over.
    deps.unsent.note([...first, ...others]);
    throw error;
  }
}

const none: ReadonlySet<string> = new Set();

/** Attempts that change the message row; a sender that a messaging service has chosen is told of as `queued`. */
async function beginOthers(
  deps: WorkDeps,
  planned: readonly Planned[],
  intents: readonly AttemptIntent[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const callbacks = planned.flatMap(({ message, plan }) =>
    plan.kind === "send" ? (queuedCallback(message, shownFrom(plan.route.from)) ?? []) : [],
  );
  if (callbacks.length === 0) return beginAttempts(deps.db, intents, now);
  const begun = await deps.db.transaction(async (tx) => {
    const sendable = await beginAttempts(tx, intents, now);
    await insertCallbacks(
      tx,
      callbacks.filter((callback) => sendable.has(uuidOf(callback.messageSid))),
    );
    return sendable;
  });
  deps.wakeCallbacks();
  return begun;
}

/** What a message shows as its sender; null: it is the provider's to choose. */
function shownFrom(from: string): string | null {
  return picksItsSender(from) ? null : from;
}

interface Conclusion {
  /** The UUIDs of the messages that may be sent. */
  readonly sendable: ReadonlySet<string>;
  readonly sendUntilMs: number;
  readonly deadline: AbortSignal;
}

async function conclude(deps: WorkDeps, item: Planned, conclusion: Conclusion): Promise<void> {
  const { message, facts, plan } = item;
  const { sendable, sendUntilMs, deadline } = conclusion;
  switch (plan.kind) {
    case "send": {
      // Somebody else has this attempt: the lease was lost. Nothing to write.
      if (!sendable.has(uuidOf(message.sid))) return;
      const open = openAttempt(deps, item, plan, sendUntilMs);
      const from = shownFrom(plan.route.from);
      // Late (the process was frozen, the database slow): somebody else may soon take the attempt for lost, and send.
      const isLate = deps.clock.nowMs() >= sendUntilMs;
      const result = isLate ? notHandedOver(deps, open) : await handOver(deps, open, deadline);
      const reportPoll = pollFor(deps, item, plan.route.providerId, result.attempt);
      return finish(deps, { message, from, result, reportPoll });
    }
    case "ask": {
      const { attempt, hasNext } = plan;
      const open: OpenAttempt = {
        message,
        facts,
        providerId: attempt.providerId,
        from: attempt.from,
        body: message.body,
        numSegments: message.numSegments,
        attempt: attempt.attempt,
        startedAt: attempt.startedAt,
        hasNext,
        passedOver: [],
        // A question writes nothing.
        sendUntilMs: 0,
        place: item.place,
      };
      const result = deps.unsent.has(message, attempt.attempt) ? notHandedOver(deps, open) : await askAbout(deps, open);
      const reportPoll = pollFor(deps, item, attempt.providerId, result.attempt);
      return finish(deps, { message, from: shownFrom(attempt.from), result, reportPoll });
    }
    case "fail":
      return finish(deps, { message, from: message.from, result: failed(message, plan.errorCode) });
    case "sent": {
      const { attempt } = plan;
      const reportPoll = pollFor(deps, item, attempt.providerId, attempt);
      const result = sentAfterAll(message, attempt);
      return finish(deps, { message, from: shownFrom(attempt.from), result, reportPoll });
    }
    case "hold":
      return finish(deps, { message, from: message.from, result: held(message, plan.until) });
    case "release":
      return finish(deps, { message, from: message.from, result: released(message) });
  }
}

const nothingToSendFrom = "nothing is selected that it could send from to this recipient";

function openAttempt(
  deps: WorkDeps,
  { message, facts, place }: Planned,
  { attempt, body, numSegments, route }: Extract<Planned["plan"], { kind: "send" }>,
  sendUntilMs: number,
): OpenAttempt {
  const { providerId, from, hasNext } = route;
  const resting = route.passedOver.map((id) => ({ providerId: id, reason: deps.states.whyResting(id) }));
  const unable = (route.unable ?? []).map((id) => ({ providerId: id, reason: nothingToSendFrom }));
  const passedOver = [...unable, ...resting];
  const startedAt = new Date(deps.clock.nowMs());
  const repeats = firstLost(facts.history, providerId);
  const rest = { startedAt, repeats, hasNext, passedOver, sendUntilMs, place };
  return { message, facts, providerId, from, body, numSegments, attempt, ...rest };
}

/** What was taken for lost may arrive late: a provider that can tell a repetition by its key is to see the first one's. */
function firstLost(history: readonly Attempt[], providerId: Uuid): number | undefined {
  return history.find((attempt) => attempt.providerId === providerId && attempt.outcome === "lost")?.attempt;
}

/** Null: the provider has not got it, or is gone, or is not one that can be asked. */
function pollFor(
  deps: WorkDeps,
  { message, facts }: { readonly message: ClaimedMessage; readonly facts: MessageFacts },
  providerId: Uuid,
  settled: Pick<Attempt, "attempt" | "outcome" | "carrierMessageId"> | null,
): NewReportPoll | null {
  if (settled?.outcome !== "accepted" && settled?.outcome !== "adopted") return null;
  const provider = facts.account.providers.find((candidate) => candidate.id === providerId);
  if (provider === undefined) return null;
  const { accountSid, sid: messageSid } = message;
  const { attempt, carrierMessageId } = settled;
  return deps.reportPollOf(provider, { accountSid, messageSid, attempt, carrierMessageId }, deps.clock.nowMs());
}

async function finish(deps: WorkDeps, finished: FinishedClaim): Promise<void> {
  try {
    await deps.results.finish(finished);
  } catch (error) {
    // The lease runs out, and the next claim asks the provider what became of the attempt.
    deps.log.error({ err: toError(error), messageSid: finished.message.sid }, "an outcome could not be stored");
  }
}
