// One claimed batch, from facts to outcomes: plan each message, store the intents, hand over, store what came of it. What
// fails here is left to its lease; nothing is sent that was not stored before.

import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { newUuid, uuidOf } from "../../core/ids.ts";
import type { Attempt } from "../../store/attempts.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database } from "../../store/database.ts";
import {
  type AttemptIntent,
  beginAttempts,
  beginFirstAttempts,
  type ClaimedMessage,
  type ClaimResult,
} from "../../store/queue.ts";
import type { Facts, MessageFacts } from "./facts.ts";
import { askAbout, type HandOverDeps, handOver, type OpenAttempt } from "./hand-over.ts";
import { awaitTurns, queuedCallback } from "./pacing.ts";
import { planMessage, validityExpiredCode } from "./plan.ts";
import type { FinishedClaim, Results } from "./results.ts";

export interface WorkDeps extends HandOverDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly facts: Facts;
  readonly results: Results;
  /** A callback was stored. */
  readonly wakeCallbacks: () => void;
}

/** A claimed batch, and until when its hand-overs must have begun to be through within the lease. */
export interface Batch {
  readonly claimed: readonly ClaimedMessage[];
  readonly sendUntilMs: number;
}

interface Planned {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: ReturnType<typeof planMessage>;
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
  const planned = claimed.flatMap((message, index): Planned[] => {
    const known = facts[index];
    return known === undefined ? [] : [{ message, facts: known, plan: planMessage(message, known, deps.retry) }];
  });
  const ready = await awaitTurns(deps, planned);
  const sendable = await begin(deps, ready);
  // Late (the process was frozen, the database slow), somebody else will soon take these attempts for lost, and send.
  const inTime = deps.clock.nowMs() < sendUntilMs ? sendable : none;
  const deadline = startDeadline(deps);
  try {
    await Promise.all(ready.map((item) => conclude(deps, item, inTime, deadline.signal).then(concluded)));
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
    const intent = { accountSid, sid, claim, attempt, body, numSegments, ...route };
    (plan.settled ? first : others).push(intent);
  }
  const now = new Date(deps.clock.nowMs());
  const [begunFirst, begunOthers] = await Promise.all([
    first.length === 0 ? none : beginFirstAttempts(deps.db, first, now),
    others.length === 0 ? none : beginOthers(deps, planned, others, now),
  ]);
  return others.length === 0 ? begunFirst : new Set([...begunFirst, ...begunOthers]);
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
    plan.kind === "send" ? (queuedCallback(message, plan.route.from) ?? []) : [],
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

async function conclude(
  deps: WorkDeps,
  item: Planned,
  sendable: ReadonlySet<string>,
  deadline: AbortSignal,
): Promise<void> {
  const { message, facts, plan } = item;
  switch (plan.kind) {
    case "send": {
      // Somebody else has this attempt: the lease was lost. Nothing to write.
      if (!sendable.has(uuidOf(message.sid))) return;
      const open = openAttempt(deps, item, plan.route.from, plan);
      return finish(deps, { message, from: plan.route.from, result: await handOver(deps, open, deadline) });
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
      };
      return finish(deps, { message, from: attempt.from, result: await askAbout(deps, open) });
    }
    case "fail":
      return finish(deps, { message, from: message.from, result: failed(message, plan.errorCode) });
    case "sent":
      return finish(deps, { message, from: plan.attempt.from, result: sentAfterAll(message, plan.attempt) });
    case "hold":
      return finish(deps, { message, from: message.from, result: held(message, plan.until) });
    case "release":
      return finish(deps, { message, from: message.from, result: released(message) });
  }
}

function openAttempt(
  deps: WorkDeps,
  { message, facts }: Planned,
  from: string,
  plan: Extract<Planned["plan"], { kind: "send" }>,
): OpenAttempt {
  const { attempt, body, numSegments, route } = plan;
  const startedAt = new Date(deps.clock.nowMs());
  return {
    message,
    facts,
    providerId: route.providerId,
    from,
    body,
    numSegments,
    attempt,
    startedAt,
    hasNext: route.hasNext,
  };
}

async function finish(deps: WorkDeps, finished: FinishedClaim): Promise<void> {
  try {
    await deps.results.finish(finished);
  } catch (error) {
    // The lease runs out, and the next claim asks the provider what became of the attempt.
    deps.log.error({ err: toError(error), messageSid: finished.message.sid }, "an outcome could not be stored");
  }
}

function failed(message: ClaimedMessage, errorCode: number): ClaimResult {
  const event = { id: newUuid(), type: "message.failed", data: { errorCode } };
  return { ...released(message), status: "failed", errorCode, event };
}

function sentAfterAll(message: ClaimedMessage, { attempt, providerId }: Attempt): ClaimResult {
  const event = { id: newUuid(), type: "message.sent", data: { attempt, providerId } };
  return { ...released(message), status: "sent", event };
}

/** As it was before the claim, until then. */
function held(message: ClaimedMessage, until: Date): ClaimResult {
  return { ...released(message), dueAt: until, paced: message.paced };
}

function released(message: ClaimedMessage): ClaimResult {
  const { accountSid, sid, claim, status } = message;
  return { accountSid, sid, claim, status, dueAt: null, errorCode: null, paced: false, attempt: null, event: null };
}
