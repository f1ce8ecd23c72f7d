// What follows an outcome of a step: the next one, another try, or the way back. Pure.

import {
  beforePromotion,
  firstStepBack,
  mustSucceed,
  type RotationState,
  type RotationStep,
  type StepRecord,
  stepAfter,
  stepBackoffMs,
} from "../../core/rotation/rotation.ts";
import type { ClaimedRotation, RotationProgress } from "../../store/rotations.ts";
import type { StepOutcome } from "./provider-steps.ts";

const recordsMax = 60;

/** `rotation` as it was claimed for this step. */
export function progressAfter(rotation: ClaimedRotation, outcome: StepOutcome, now: Date): RotationProgress {
  const step = rotation.step ?? "check";
  const steps = recorded(rotation, step, outcome, now);
  const kept = { ...rotation, steps, credentials: credentialsAfter(rotation, outcome) };
  if (outcome.kind === "done") return advance(kept, step, now, outcome.afterMs ?? 0);
  const limits = isBound(rotation, step) ? mustSucceed : beforePromotion;
  if (outcome.kind === "again" && rotation.tries < limits.triesMax) {
    return { ...kept, dueAt: new Date(now.getTime() + stepBackoffMs(limits, rotation.tries)) };
  }
  return giveUp(kept, step, outcome.detail, now);
}

/** The way back, because somebody asked for it. */
export function turnBack(rotation: ClaimedRotation, step: RotationStep, reason: string, now: Date): RotationProgress {
  const back = firstStepBack(rotation.kind, step);
  return { ...rotation, state: "rolling-back", step: back, tries: 0, reason, dueAt: now, finishedAt: null };
}

function advance(rotation: ClaimedRotation, step: RotationStep, now: Date, afterMs: number): RotationProgress {
  const dueAt = new Date(now.getTime() + afterMs);
  if (rotation.state === "rolling-back") {
    if (step === "switch-back") return { ...rotation, step: "undo", tries: 0, dueAt, finishedAt: null };
    return ended(rotation, "rolled-back", now);
  }
  const next = stepAfter(rotation.kind, step);
  if (next === null) return ended(rotation, rotation.state === "running" ? "done" : rotation.state, now);
  const finished = next === "forget";
  return {
    ...rotation,
    state: finished ? "done" : "running",
    step: next,
    tries: 0,
    dueAt,
    finishedAt: finished ? now : null,
  };
}

function giveUp(rotation: ClaimedRotation, step: RotationStep, reason: string, now: Date): RotationProgress {
  if (rotation.state === "rolling-back") {
    const left = `${rotation.reason ?? ""} The way back ended at ${step}: ${reason}`.trim();
    return { ...ended(rotation, "failed", now), reason: left };
  }
  // The new key is in use; only the old one could not be ended.
  const isStuck = step === "confirm" || step === "forget" || (step === "promote" && rotation.kind === "api-key");
  if (isStuck) return { ...ended(rotation, rotation.state === "done" ? "done" : "failed", now), reason };
  if (step === "check") return { ...ended(rotation, "rolled-back", now), reason };
  return turnBack(rotation, step, reason, now);
}

function ended(rotation: ClaimedRotation, state: RotationState, now: Date): RotationProgress {
  const finishedAt = rotation.finishedAt ?? now;
  return { ...rotation, state, step: null, tries: 0, credentials: null, dueAt: null, finishedAt };
}

/** On the way back, and once the old credentials may have ended, there is nothing to do but to go on. */
function isBound({ state }: ClaimedRotation, step: RotationStep): boolean {
  return state !== "running" || step === "promote" || step === "confirm";
}

function credentialsAfter({ credentials }: ClaimedRotation, outcome: StepOutcome): ClaimedRotation["credentials"] {
  return outcome.kind === "done" && outcome.credentials !== undefined ? outcome.credentials : credentials;
}

/** One record per step, the last try's. */
function recorded(rotation: ClaimedRotation, step: RotationStep, outcome: StepOutcome, now: Date): StepRecord[] {
  const last = rotation.steps.at(-1);
  const others = last?.step === step ? rotation.steps.slice(0, -1) : rotation.steps;
  const maybeDone = (last?.step === step && last.maybeDone) || (outcome.kind === "again" && outcome.maybeDone);
  const record: StepRecord = {
    step,
    state: outcome.kind === "done" ? "done" : outcome.kind === "again" ? "running" : "failed",
    at: now.toISOString(),
    tries: rotation.tries,
    detail: outcome.detail ?? null,
    ...(maybeDone === true ? { maybeDone } : {}),
  };
  return [...others, record].slice(-recordsMax);
}
