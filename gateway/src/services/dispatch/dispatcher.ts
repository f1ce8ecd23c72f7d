// Dispatch: claims due messages in batches, plans each, stores the intents, hands over, stores the outcomes. Several
// batches are under way at once, and several processes share the work through the database alone.

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
  claimDueMessages,
  releaseClaims,
} from "../../store/queue.ts";
import type { Service } from "../service.ts";
import type { Facts, MessageFacts } from "./facts.ts";
import { askAbout, type HandOverDeps, handOver, type OpenAttempt } from "./hand-over.ts";
import { awaitTurns, queuedCallback } from "./pacing.ts";
import { planMessage, validityExpiredCode } from "./plan.ts";
import type { FinishedClaim, Results } from "./results.ts";

export interface DispatchSettings {
  readonly batchMax: number;
  /** Messages under way at once: a few slow hand-overs must not hold up the others. */
  readonly inFlightMax: number;
  readonly leaseMs: number;
  /** How long an idle dispatcher sleeps before it looks by itself. */
  readonly pollMs: number;
  /** Gap between claims that do not fill a batch, so that batches gather under load. */
  readonly gatherMs: number;
  /** While acceptance needs the machine: what is accepted waits safely, callers do not. */
  readonly yieldingBatchMax: number;
  readonly yieldingGapMs: number;
}

export const defaultDispatchSettings: DispatchSettings = {
  batchMax: 500,
  inFlightMax: 2000,
  leaseMs: 30_000,
  pollMs: 50,
  gatherMs: 4,
  yieldingBatchMax: 50,
  yieldingGapMs: 100,
};

export interface DispatcherDeps extends Omit<HandOverDeps, "stopping"> {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly facts: Facts;
  readonly results: Results;
  /** A callback was stored. */
  readonly wakeCallbacks: () => void;
  readonly settings: DispatchSettings;
  readonly onClaim: (messages: number, durationMs: number) => void;
  /** Is acceptance at its limit just now? */
  readonly acceptanceIsBusy: () => boolean;
}

const failedClaimRestMs = 500;
const yieldStepMs = 10;
/** How long stop() waits for hand-overs before it cuts them off; the gateway has 15 s in all. */
const stopGraceMs = 3000;

export interface Dispatcher extends Service {
  /** Something has become due. */
  wake(): void;
}

type WorkDeps = DispatcherDeps & HandOverDeps;

/** A claimed batch, and until when its hand-overs must have begun to be through within the lease. */
interface Batch {
  readonly claimed: readonly ClaimedMessage[];
  readonly sendUntilMs: number;
}

interface Planned {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: ReturnType<typeof planMessage>;
}

export function createDispatcher(given: DispatcherDeps): Dispatcher {
  const { clock, log, settings } = given;
  const stopping = new AbortController();
  const deps: WorkDeps = { ...given, stopping: stopping.signal };
  /** Claims that could not be worked on because the database went away: given back as soon as it is there. */
  let abandoned: ClaimedMessage[] = [];
  const underWay = new Set<Promise<void>>();
  let inFlight = 0;
  let running = false;
  let loop: Promise<void> = Promise.resolve();
  let woken = false;
  let interrupt: (() => void) | null = null;

  function wake(): void {
    woken = true;
    interrupt?.();
  }

  /** Waits until woken, at most `ms`. */
  function rest(ms: number): Promise<void> {
    if (woken || !running) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        interrupt = null;
        resolve();
      }
      interrupt = done;
    });
  }

  /** Resolves to whether there may be more to claim. */
  async function claimOnce(limit: number): Promise<"more" | "some" | "none"> {
    const startedMs = performance.now();
    const nowMs = clock.nowMs();
    const leaseEndMs = nowMs + settings.leaseMs;
    await giveBack();
    const claimed = await claimDueMessages(deps.db, new Date(nowMs), new Date(leaseEndMs), limit);
    if (claimed.length === 0) return "none";
    deps.onClaim(claimed.length, performance.now() - startedMs);
    track({ claimed, sendUntilMs: leaseEndMs - deps.timeoutMs });
    return claimed.length === limit ? "more" : "some";
  }

  async function giveBack(): Promise<void> {
    if (abandoned.length === 0) return;
    const released = abandoned;
    await releaseClaims(deps.db, released);
    abandoned = abandoned.slice(released.length);
  }

  function track(batch: Batch): void {
    let open = batch.claimed.length;
    inFlight += open;
    const concluded = (): void => {
      open -= 1;
      inFlight -= 1;
      if (hasRoom()) interrupt?.();
    };
    const tracked = workOrSplit(deps, batch, concluded)
      .catch((error: unknown) => {
        log.error({ err: toError(error), messages: batch.claimed.length }, "a claimed batch could not be worked on");
        if (isDatabaseAway(error)) abandoned = [...abandoned, ...batch.claimed];
      })
      .finally(() => {
        inFlight -= open;
        underWay.delete(tracked);
      });
    underWay.add(tracked);
  }

  function hasRoom(): boolean {
    return inFlight + settings.batchMax <= settings.inFlightMax;
  }

  /** Acceptance goes first, but not for ever: a claim is made every now and then. */
  async function yieldToAcceptance(): Promise<void> {
    const untilMs = performance.now() + settings.yieldingGapMs;
    while (running && deps.acceptanceIsBusy() && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, yieldStepMs));
    }
  }

  async function run(): Promise<void> {
    while (running) {
      await yieldToAcceptance();
      woken = false;
      if (!hasRoom()) {
        await rest(settings.pollMs);
        continue;
      }
      const limit = deps.acceptanceIsBusy() ? settings.yieldingBatchMax : settings.batchMax;
      const found = await claimOnce(limit).catch((error: unknown) => {
        log.warn({ err: toError(error) }, "claiming failed; trying again");
        return "failed" as const;
      });
      if (found === "some") await new Promise((resolve) => setTimeout(resolve, settings.gatherMs));
      else if (found === "none") await rest(settings.pollMs);
      else if (found === "failed") await rest(failedClaimRestMs);
    }
  }

  return {
    name: "dispatch",
    wake,
    async start() {
      running = true;
      loop = run();
    },
    async stop() {
      running = false;
      wake();
      await loop;
      deps.results.stopWaiting();
      const graceOver = setTimeout(() => stopping.abort(), stopGraceMs);
      await Promise.all(underWay);
      clearTimeout(graceOver);
      await giveBack().catch((error: unknown) => log.warn({ err: toError(error) }, "claims were left to their leases"));
    },
  };
}

/** A message that cannot be worked on must not hold up those that were claimed with it: then each goes alone. */
async function workOrSplit(deps: WorkDeps, batch: Batch, concluded: () => void): Promise<void> {
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
async function begin(deps: DispatcherDeps, planned: readonly Planned[]): Promise<ReadonlySet<string>> {
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
  deps: DispatcherDeps,
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
    case "release":
      return finish(deps, { message, from: message.from, result: released(message) });
  }
}

function openAttempt(
  deps: DispatcherDeps,
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

async function finish(deps: DispatcherDeps, finished: FinishedClaim): Promise<void> {
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

function released(message: ClaimedMessage): ClaimResult {
  const { accountSid, sid, claim, status } = message;
  return { accountSid, sid, claim, status, dueAt: null, errorCode: null, paced: false, attempt: null, event: null };
}
