// Dispatch: claims due messages in batches, plans each, stores the intents, hands over, stores the outcomes. Several
// batches are under way at once, and several processes share the work through the database alone.

import { isDatabaseAway, toError } from "../../core/errors.ts";
import { type ClaimedMessage, claimDueMessages, releaseClaims } from "../../store/queue.ts";
import type { Service } from "../service.ts";
import { createUnsentAttempts } from "./unsent-attempts.ts";
import { type Batch, type WorkDeps, workOrSplit } from "./work.ts";

export interface DispatchSettings {
  readonly batchMax: number;
  /** Messages under way at once: a few slow hand-overs must not hold up the others. */
  readonly inFlightMax: number;
  readonly leaseMs: number;
  /** How long an idle dispatcher sleeps before it looks by itself. */
  readonly pollMs: number;
  /** Gap between claims that do not fill a batch, so that batches gather under load. */
  readonly gatherMs: number;
  /** While a provider has more than it can take at once. */
  readonly crowdedBatchMax: number;
  /** While acceptance needs the machine: what is accepted waits safely, callers do not. */
  readonly yieldingBatchMax: number;
  readonly yieldingGapMs: number;
}

export const defaultDispatchSettings: DispatchSettings = {
  batchMax: 500,
  inFlightMax: 3000,
  leaseMs: 30_000,
  pollMs: 50,
  gatherMs: 4,
  crowdedBatchMax: 100,
  yieldingBatchMax: 50,
  yieldingGapMs: 100,
};

export interface DispatcherDeps extends Omit<WorkDeps, "stopping" | "onPutOff" | "unsent"> {
  readonly settings: DispatchSettings;
  readonly onClaim: (messages: number, durationMs: number) => void;
  /** Messages went back into the queue, since their providers take nothing more just now. */
  readonly onPutOff: (messages: number) => void;
  /** Is acceptance at its limit just now? */
  readonly acceptanceIsBusy: () => boolean;
}

const failedClaimRestMs = 500;
const crowdedGapMs = 100;
const crowdedStepMs = 5;
const yieldStepMs = 10;
/** A claim of fewer than this share of all places is not worth its statement. */
const roomMin = 0.02;
/** How long stop() waits for hand-overs before it cuts them off; the gateway has 15 s in all. */
const stopGraceMs = 3000;

export interface Dispatcher extends Service {
  /** Something has become due. */
  wake(): void;
}

export function createDispatcher(given: DispatcherDeps): Dispatcher {
  const { clock, log, settings } = given;
  const stopping = new AbortController();
  const deps: WorkDeps = { ...given, stopping: stopping.signal, unsent: createUnsentAttempts(), onPutOff };
  const ends = createEnds(() => clock.nowMs());
  /** Claims that could not be worked on because the database went away: given back as soon as it is there. */
  let abandoned: ClaimedMessage[] = [];
  const underWay = new Set<Promise<void>>();
  let inFlight = 0;
  let running = false;
  let loop: Promise<void> = Promise.resolve();
  let woken = false;
  let interrupt: (() => void) | null = null;

  function onPutOff(putOff: number, claimed: number): void {
    given.onPutOff(putOff);
    ends.note(putOff, claimed);
  }

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
    const claimed = await claimDueMessages(deps.db, new Date(nowMs), new Date(leaseEndMs), limit, ends.next());
    if (claimed.length === 0) return "none";
    given.onClaim(claimed.length, performance.now() - startedMs);
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

  function hasRoom(forMessages = settings.batchMax): boolean {
    return inFlight + forMessages <= settings.inFlightMax;
  }

  /** Acceptance goes first, but not for ever: a claim is made every now and then. */
  async function yieldToAcceptance(): Promise<void> {
    const untilMs = performance.now() + settings.yieldingGapMs;
    while (running && given.acceptanceIsBusy() && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, yieldStepMs));
    }
  }

  /** Do some still wait for their places after a while? */
  async function stillCrowded(): Promise<boolean> {
    const untilMs = performance.now() + crowdedGapMs;
    while (running && deps.states.staying() > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, crowdedStepMs));
    }
    return deps.states.staying() > 0;
  }

  async function run(): Promise<void> {
    while (running) {
      await yieldToAcceptance();
      woken = false;
      if (!hasRoom()) await rest(settings.pollMs);
      // Full batches are cheaper; but slow providers may hold most of the places for long.
      if (!hasRoom(settings.inFlightMax * roomMin)) continue;
      // Some wait for places at a provider that is quick, but busy: what is claimed now is most likely more of them.
      const crowded = await stillCrowded();
      const batchMax = given.acceptanceIsBusy()
        ? settings.yieldingBatchMax
        : crowded
          ? settings.crowdedBatchMax
          : settings.batchMax;
      const limit = Math.min(batchMax, settings.inFlightMax - inFlight);
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

/** So much of a claim that goes back unsent shows that many wait in front of the queue who cannot go. */
const inVainMin = 0.5;
const inVainLastsMs = 1000;

/**
 * Which end of the queue to claim from: the oldest first; but while those that are due longest cannot be sent (thousands
 * for a provider that is dead), every other claim takes the newest, so that the others need not wait behind them.
 */
function createEnds(nowMs: () => number) {
  let inVainUntilMs = Number.NEGATIVE_INFINITY;
  let last: "oldest" | "newest" = "oldest";
  return {
    note(putOff: number, claimed: number): void {
      if (putOff >= claimed * inVainMin) inVainUntilMs = nowMs() + inVainLastsMs;
    },
    next(): "oldest" | "newest" {
      last = last === "oldest" && nowMs() < inVainUntilMs ? "newest" : "oldest";
      return last;
    },
  };
}
