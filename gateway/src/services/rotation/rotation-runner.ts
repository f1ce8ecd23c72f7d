// Runs rotations step by step, and starts those whose time has come. Any process may take the next step: each is stored
// before it is begun (the claim counts the try) and after it has ended, together with what it changes about the provider.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { TwilioUpstream } from "../../carriers/upstream.ts";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { canRollBack } from "../../core/rotation/rotation.ts";
import { isSameUpstream } from "../../core/rotation/same-upstream.ts";
import { lockFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { findProvider, isUpstreamShared, loadProviders, updateProvider } from "../../store/providers.ts";
import {
  type ClaimedRotation,
  claimRotations,
  findScheduledRotations,
  type RotationProgress,
  storeProgress,
} from "../../store/rotations.ts";
import type { Authenticator } from "../authenticator.ts";
import { changeAccess } from "../change-access.ts";
import { defaultDispatchSettings } from "../dispatch/dispatcher.ts";
import type { Service } from "../service.ts";
import { runOwnTokenStep } from "./own-token.ts";
import { progressAfter, turnBack } from "./progress.ts";
import { type CredentialsChange, mayHaveMade, runProviderStep, type StepOutcome } from "./provider-steps.ts";
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

/** A claimed batch may hold the credentials that it was loaded with until its lease ends; one second for caches. */
const defaultSettleMs = defaultDispatchSettings.leaseMs + 1_000;
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
  if (rotation.isUnreadable) return endUnreadable(deps, rotation);
  if (rotation.rollBackRequested && canRollBack(rotation)) return turnAround(deps, rotation);
  if (rotation.providerId === null) return takeOwnStep(deps, rotation);
  const { db, sealer, log } = deps;
  const provider = await findProvider(db, sealer, rotation.accountSid, rotation.providerId);
  if (provider === null) throw new GatewayError("not-found", "The provider is gone, and its rotation with it.");
  const signal = AbortSignal.any([AbortSignal.timeout(stepTimeoutMs), stopping]);
  const settleMs = deps.settleMs ?? defaultSettleMs;
  const step = rotation.step ?? "check";
  const upstream = whileLeased(deps.upstream, () => deps.clock.nowMs() < rotation.leaseUntil.getTime() - stepTimeoutMs);
  const isShared = () => isUpstreamShared(db, provider);
  const outcome = await runProviderStep(step, { rotation, provider, upstream, signal, settleMs, isShared });
  // What an upstream said to a question that was cut off is no outcome: the step is taken again.
  if (stopping.aborted && outcome.kind !== "done") return;
  const stored = await db.transaction((tx) => store(deps, tx, rotation, outcome));
  const line = { rotationId: rotation.id, providerId: rotation.providerId, step, outcome: outcome.kind };
  if (!stored) return;
  if (outcome.kind === "give-up") log.warn({ ...line, reason: outcome.detail }, "a rotation could not go on");
  else log.info(line, "a step of a rotation was taken");
}

/** Sealed under a master key that is gone: nobody can go on with it. */
async function endUnreadable({ db, sealer, clock, log }: RotationRunnerDeps, rotation: ClaimedRotation): Promise<void> {
  const reason = "Its credentials cannot be read: the master key that they were sealed with is missing.";
  const ended = { state: "failed", step: null, tries: 0, reason, credentials: null, dueAt: null } as const;
  await db.transaction((tx) =>
    keepProgress(tx, sealer, rotation, { ...ended, steps: rotation.steps, finishedAt: new Date(clock.nowMs()) }),
  );
  log.error({ rotationId: rotation.id }, reason);
}

/** A process that was frozen past its lease must not touch credentials that another has gone on with. */
function whileLeased(upstream: TwilioUpstream, isLeased: () => boolean): TwilioUpstream {
  return new Proxy(upstream, {
    get(target, name: keyof TwilioUpstream) {
      return (...args: never[]) => {
        if (!isLeased()) throw new GatewayError("conflict", "The step took longer than its lease.");
        return (target[name] as (...all: never[]) => unknown)(...args);
      };
    },
  });
}

/** False: another process has gone on meanwhile. */
async function store(
  deps: RotationRunnerDeps,
  tx: Queryable,
  rotation: ClaimedRotation,
  given: StepOutcome,
): Promise<boolean> {
  const now = new Date(deps.clock.nowMs());
  let outcome = given;
  if (outcome.kind === "done" && outcome.change !== undefined) {
    const applied = await applyChange(deps, tx, rotation, outcome.change);
    if (!applied && outcome.change.required) {
      // Somebody changed its credentials between the question and the answer: asked again, from what they are now.
      const detail = "The provider's credentials were changed meanwhile.";
      outcome = { kind: "again", detail, maybeDone: rotation.step === "create" };
    }
  }
  return keepProgress(tx, deps.sealer, rotation, progressAfter(rotation, outcome, now));
}

/** With the audit row of its end. False: another process has gone on meanwhile. */
async function keepProgress(
  tx: Queryable,
  sealer: RotationRunnerDeps["sealer"],
  rotation: ClaimedRotation,
  progress: RotationProgress,
): Promise<boolean> {
  const stored = await storeProgress(tx, sealer, rotation, progress);
  if (!stored || rotation.finishedAt !== null || progress.finishedAt === null) return stored;
  const { accountSid, id, startedBy, providerId, state } = rotation;
  await writeAudit(tx, {
    ...{ accountSid, actor: startedBy, action: "rotation.finished", subject: id },
    before: { state },
    after: { state: progress.state, reason: progress.reason, provider: providerId },
  });
  return stored;
}

/** To the rotation's provider and to all that share its upstream account. False: not to its own. */
async function applyChange(
  { sealer, clock }: RotationRunnerDeps,
  tx: Queryable,
  rotation: ClaimedRotation,
  { apply }: CredentialsChange,
): Promise<boolean> {
  const { accountSid, providerId } = rotation;
  await lockFallbackChain(tx, accountSid);
  const all = await loadProviders(tx, sealer, accountSid);
  const own = all.find((provider) => provider.id === providerId);
  if (own === undefined) return false;
  let applied = false;
  for (const provider of all.filter((other) => isSameUpstream(own, other))) {
    const changed = apply(provider);
    if (changed === null) continue;
    const now = new Date(clock.nowMs());
    await updateProvider(tx, sealer, changed, { checkDueAt: now, now });
    await auditStep(tx, { ...rotation, providerId: provider.id });
    applied ||= provider.id === providerId;
  }
  return applied;
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
  const { sealer, clock } = deps;
  await changeAccess(deps, rotation.accountSid, async (tx) => {
    const outcome = await runOwnTokenStep(tx, sealer, rotation);
    await auditStep(tx, rotation);
    const stored = await keepProgress(tx, sealer, rotation, progressAfter(rotation, outcome, new Date(clock.nowMs())));
    if (!stored) throw new GatewayError("conflict", "Another process has gone on with this rotation.");
  });
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
  await db.transaction((tx) => keepProgress(tx, sealer, rotation, progress));
}
