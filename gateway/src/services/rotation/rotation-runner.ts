// Runs rotations step by step, and starts those whose time has come. Any process may take the next step: each is stored
// before it is begun (the claim counts the try) and after it has ended, together with what it changes about the provider.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { TwilioUpstream } from "../../carriers/upstream.ts";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { canRollBack } from "../../core/rotation/rotation.ts";
import { lockFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { findProvider, updateProvider } from "../../store/providers.ts";
import {
  type ClaimedRotation,
  claimRotations,
  findScheduledRotations,
  type RotationProgress,
  storeProgress,
} from "../../store/rotations.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Service } from "../service.ts";
import { runOwnTokenStep } from "./own-token.ts";
import { progressAfter, turnBack } from "./progress.ts";
import { mayHaveMade, runProviderStep, type StepOutcome } from "./provider-steps.ts";
import type { Rotations } from "./rotations.ts";

export interface RotationRunnerDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly upstream: TwilioUpstream;
  readonly rotations: Pick<Rotations, "start">;
  readonly authenticator: Pick<Authenticator, "forget">;
  /** How long messages may still be on their way with credentials that were just replaced. Default: 15 s. */
  readonly settleMs?: number;
  /** Default: 1 s. */
  readonly everyMs?: number;
}

export interface RotationRunner extends Service {
  wake(): void;
}

/** A hand-over takes 12 s at the most, and another process goes by old credentials for another second. */
const defaultSettleMs = 15_000;
const leaseMs = 120_000;
const stepTimeoutMs = 60_000;
const claimMax = 4;
const scheduleEveryMs = 60_000;
const scheduledMax = 10;

export function createRotationRunner(deps: RotationRunnerDeps): RotationRunner {
  const { db, sealer, clock, log, everyMs = 1000 } = deps;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let interrupt = new AbortController();
  let scheduleAtMs = 0;

  async function round(): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs >= scheduleAtMs) {
      scheduleAtMs = nowMs + scheduleEveryMs;
      await startScheduled(deps, new Date(nowMs));
    }
    const lease = { now: new Date(nowMs), leaseUntil: new Date(nowMs + leaseMs), limit: claimMax };
    const claimed = await claimRotations(db, sealer, lease);
    await Promise.all(claimed.map((rotation) => step(rotation)));
    if (claimed.length > 0) interrupt.abort();
  }

  async function step(rotation: ClaimedRotation): Promise<void> {
    try {
      await takeStep(deps, rotation, stopping.signal);
    } catch (error) {
      // Its lease runs out, and somebody takes the step again.
      log.error({ err: toError(error), rotationId: rotation.id }, "a step of a rotation could not be taken");
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      interrupt = new AbortController();
      await round().catch((error: unknown) => log.warn({ err: toError(error) }, "rotations could not be looked at"));
      const woken = AbortSignal.any([interrupt.signal, stopping.signal]);
      await delay(everyMs, undefined, { signal: woken }).catch(() => undefined);
    }
  }

  return {
    name: "rotations",
    wake: () => interrupt.abort(),
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function startScheduled({ db, rotations, log }: RotationRunnerDeps, now: Date): Promise<void> {
  for (const { accountSid, providerId } of await findScheduledRotations(db, now, scheduledMax)) {
    // Somebody else may have started it in the same moment.
    await rotations.start(accountSid, "schedule", providerId).catch((error: unknown) => {
      log.debug({ err: toError(error), providerId }, "a scheduled rotation was not started");
    });
  }
}

async function takeStep(deps: RotationRunnerDeps, rotation: ClaimedRotation, stopping: AbortSignal): Promise<void> {
  if (rotation.rollBackRequested && canRollBack(rotation)) return turnAround(deps, rotation);
  if (rotation.providerId === null) return takeOwnStep(deps, rotation);
  const { db, sealer, log } = deps;
  const provider = await findProvider(db, sealer, rotation.accountSid, rotation.providerId);
  if (provider === null) throw new GatewayError("not-found", "The provider is gone, and its rotation with it.");
  const signal = AbortSignal.any([AbortSignal.timeout(stepTimeoutMs), stopping]);
  const settleMs = deps.settleMs ?? defaultSettleMs;
  const step = rotation.step ?? "check";
  const outcome = await runProviderStep(step, { rotation, provider, upstream: deps.upstream, signal, settleMs });
  // What an upstream said to a question that was cut off is no outcome: the step is taken again.
  if (stopping.aborted && outcome.kind !== "done") return;
  const stored = await db.transaction((tx) => store(deps, tx, rotation, outcome));
  if (stored) log.info({ rotationId: rotation.id, step, outcome: outcome.kind }, "a step of a rotation was taken");
}

/** False: another process has gone on meanwhile. */
async function store(
  { sealer, clock }: RotationRunnerDeps,
  tx: Queryable,
  rotation: ClaimedRotation,
  given: StepOutcome,
): Promise<boolean> {
  const { accountSid, providerId } = rotation;
  const now = new Date(clock.nowMs());
  let outcome = given;
  if (outcome.kind === "done" && outcome.provider !== undefined && providerId !== null) {
    await lockFallbackChain(tx, accountSid);
    const current = await findProvider(tx, sealer, accountSid, providerId);
    const changed = outcome.provider;
    if (current === null) return false;
    if (current.sequence !== changed.sequence) {
      // Somebody changed the provider between the question and the answer: asked again, from what it is now.
      outcome = { kind: "again", detail: "The provider was changed meanwhile.", maybeDone: rotation.step === "create" };
    } else {
      await updateProvider(tx, sealer, changed, now);
      await auditStep(tx, rotation);
    }
  }
  return storeProgress(tx, sealer, rotation, progressAfter(rotation, outcome, now));
}

async function auditStep(
  tx: Queryable,
  { accountSid, providerId, id, step, startedBy }: ClaimedRotation,
): Promise<void> {
  await writeAudit(tx, {
    accountSid,
    actor: startedBy,
    action: `provider.credentials.${step ?? "check"}`,
    subject: providerId ?? accountSid,
    before: null,
    after: { rotation: id },
  });
}

async function takeOwnStep(deps: RotationRunnerDeps, rotation: ClaimedRotation): Promise<void> {
  const { db, sealer, clock, authenticator } = deps;
  try {
    await db.transaction(async (tx) => {
      const outcome = await runOwnTokenStep(tx, sealer, rotation);
      await auditStep(tx, rotation);
      const stored = await storeProgress(
        tx,
        sealer,
        rotation,
        progressAfter(rotation, outcome, new Date(clock.nowMs())),
      );
      if (!stored) throw new GatewayError("conflict", "Another process has gone on with this rotation.");
    });
  } finally {
    // Also when the commit's answer was lost: it may have happened.
    authenticator.forget(rotation.accountSid);
  }
}

async function turnAround({ db, sealer, clock }: RotationRunnerDeps, rotation: ClaimedRotation): Promise<void> {
  const now = new Date(clock.nowMs());
  const step = rotation.step ?? "check";
  const interrupted = step === "create" && mayHaveMade(rotation);
  const record = {
    step,
    state: "failed",
    at: now.toISOString(),
    tries: rotation.tries,
    detail: "interrupted",
    maybeDone: true,
  } as const;
  const known = interrupted ? { ...rotation, steps: [...rotation.steps, record] } : rotation;
  const progress: RotationProgress = turnBack(known, step, "Turned back on request.", now);
  await db.transaction((tx) => storeProgress(tx, sealer, rotation, progress));
}
