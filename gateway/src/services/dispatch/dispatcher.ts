// Dispatch: claims due messages in batches, plans each, stores the intents, hands over, stores the outcomes. Several
// batches are under way at once, and several processes share the work through the database alone.

import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import { newUuid, uuidOf } from "../../core/ids.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database } from "../../store/database.ts";
import {
  type AttemptIntent,
  beginAttempts,
  beginFirstAttempts,
  type ClaimedMessage,
  type ClaimResult,
  claimDueMessages,
} from "../../store/queue.ts";
import type { Service } from "../service.ts";
import type { Facts, MessageFacts } from "./facts.ts";
import { askAbout, type HandOverDeps, handOver, type OpenAttempt } from "./hand-over.ts";
import { awaitSlots, queuedCallback } from "./pacing.ts";
import { planMessage } from "./plan.ts";
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
}

export const defaultDispatchSettings: DispatchSettings = {
  batchMax: 500,
  inFlightMax: 2000,
  leaseMs: 30_000,
  pollMs: 50,
  gatherMs: 4,
};

export interface DispatcherDeps extends HandOverDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly facts: Facts;
  readonly results: Results;
  readonly settings: DispatchSettings;
  readonly onClaim: (messages: number, durationMs: number) => void;
}

const failedClaimRestMs = 500;

export interface Dispatcher extends Service {
  /** Something has become due. */
  wake(): void;
}

interface Planned {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: ReturnType<typeof planMessage>;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { clock, log, settings } = deps;
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
  async function claimOnce(): Promise<"more" | "some" | "none"> {
    const startedMs = performance.now();
    const nowMs = clock.nowMs();
    const leaseEnd = new Date(nowMs + settings.leaseMs);
    const claimed = await claimDueMessages(deps.db, new Date(nowMs), leaseEnd, settings.batchMax);
    if (claimed.length === 0) return "none";
    deps.onClaim(claimed.length, performance.now() - startedMs);
    track(claimed);
    return claimed.length === settings.batchMax ? "more" : "some";
  }

  function track(claimed: readonly ClaimedMessage[]): void {
    let open = claimed.length;
    inFlight += open;
    const concluded = (): void => {
      open -= 1;
      inFlight -= 1;
      if (hasRoom()) interrupt?.();
    };
    const tracked = work(deps, claimed, concluded)
      .catch((error: unknown) => log.error({ err: toError(error) }, "a batch was left to its lease"))
      .finally(() => {
        inFlight -= open;
        underWay.delete(tracked);
      });
    underWay.add(tracked);
  }

  function hasRoom(): boolean {
    return inFlight + settings.batchMax <= settings.inFlightMax;
  }

  async function run(): Promise<void> {
    while (running) {
      woken = false;
      if (!hasRoom()) {
        await rest(settings.pollMs);
        continue;
      }
      const found = await claimOnce().catch((error: unknown) => {
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
      await Promise.all(underWay);
      await deps.results.drained();
    },
  };
}

/** One claimed batch, from facts to outcomes; tells of each message that is through. */
async function work(deps: DispatcherDeps, claimed: readonly ClaimedMessage[], concluded: () => void): Promise<void> {
  const facts = await deps.facts.of(claimed);
  const planned = claimed.flatMap((message, index): Planned[] => {
    const known = facts[index];
    return known === undefined ? [] : [{ message, facts: known, plan: planMessage(message, known, deps.retry) }];
  });
  const ready = await awaitSlots(deps, planned);
  const sendable = await begin(deps, ready);
  await Promise.all(ready.map((item) => conclude(deps, item, sendable).then(concluded)));
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
function beginOthers(
  deps: DispatcherDeps,
  planned: readonly Planned[],
  intents: readonly AttemptIntent[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const callbacks = planned.flatMap(({ message, plan }) =>
    plan.kind === "send" ? (queuedCallback(message, plan.route.from) ?? []) : [],
  );
  if (callbacks.length === 0) return beginAttempts(deps.db, intents, now);
  return deps.db.transaction(async (tx) => {
    const begun = await beginAttempts(tx, intents, now);
    await insertCallbacks(
      tx,
      callbacks.filter((callback) => begun.has(uuidOf(callback.messageSid))),
    );
    return begun;
  });
}

async function conclude(deps: DispatcherDeps, item: Planned, sendable: ReadonlySet<string>): Promise<void> {
  const { message, facts, plan } = item;
  switch (plan.kind) {
    case "send": {
      // Somebody else has this attempt: the lease was lost. Nothing to write.
      if (!sendable.has(uuidOf(message.sid))) return;
      const open = openAttempt(deps, item, plan.route.from, plan);
      return finish(deps, { message, from: plan.route.from, result: await handOver(deps, open) });
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

function released(message: ClaimedMessage): ClaimResult {
  const { accountSid, sid, claim, status } = message;
  return { accountSid, sid, claim, status, dueAt: null, errorCode: null, paced: false, attempt: null, event: null };
}
