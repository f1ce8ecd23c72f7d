// Rotations: new credentials in the place of old ones without a failed message. A stored sequence of steps; what follows
// each is decided here, what each does is in services/rotation.

import type { AccountSid, Uuid } from "../ids.ts";

/** `own-auth-token`: the account's own; the others are a provider's, with its upstream. */
export type RotationKind = "auth-token" | "api-key" | "own-auth-token";
export type RotationState = "running" | "rolling-back" | "done" | "rolled-back" | "failed";

export const rotationSteps = {
  /** Are the present credentials good? */
  check: "check",
  /** Have new ones made. */
  create: "create",
  /** Are those good? */
  probe: "probe",
  /** Send with them. */
  switch: "switch",
  /** Both live: until nobody uses the old ones any more. */
  overlap: "overlap",
  /** The old ones end. From here there is no way back. */
  promote: "promote",
  /** The new ones work, alone. */
  confirm: "confirm",
  /** The old token no longer counts for signatures of what comes in. */
  forget: "forget",
  /** Way back: send with the old ones again. */
  switchBack: "switch-back",
  /** Way back: the new ones end. */
  undo: "undo",
} as const;
export type RotationStep = (typeof rotationSteps)[keyof typeof rotationSteps];

export interface StepRecord {
  readonly step: RotationStep;
  readonly state: "running" | "done" | "failed";
  readonly at: string;
  readonly tries: number;
  /** Null: nothing worth saying. */
  readonly detail: string | null;
  /** A try that failed, and may have been done all the same. */
  readonly maybeDone?: boolean;
}

/** What is being replaced, and what by: parts of a provider's config and secrets. */
export interface RotationCredentials {
  readonly old: Readonly<Record<string, string>>;
  /** Null: not made yet. */
  readonly new: Readonly<Record<string, string>> | null;
}

export interface Rotation {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** Null: the account's own token. */
  readonly providerId: Uuid | null;
  readonly kind: RotationKind;
  readonly state: RotationState;
  readonly step: RotationStep | null;
  readonly steps: readonly StepRecord[];
  readonly tries: number;
  readonly reason: string | null;
  readonly overlapSeconds: number | null;
  readonly startedBy: string;
  readonly rollBackRequested: boolean;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const sequences: Readonly<Record<RotationKind, readonly RotationStep[]>> = {
  "auth-token": ["check", "create", "probe", "switch", "overlap", "promote", "confirm", "forget"],
  "api-key": ["check", "create", "probe", "switch", "overlap", "promote", "confirm"],
  "own-auth-token": ["create", "overlap", "promote"],
};

/** All steps of a rotation, as far as is known: those of the way forward, or those that were taken and the way back. */
export function plannedSteps({ kind, steps, state }: Pick<Rotation, "kind" | "steps" | "state">): RotationStep[] {
  if (state === "running" || state === "done") return [...sequences[kind]];
  return [...new Set(steps.map((record) => record.step))];
}

export function firstStep(kind: RotationKind): RotationStep {
  return sequences[kind][0] ?? "check";
}

/** Null: it was the last. */
export function stepAfter(kind: RotationKind, step: RotationStep): RotationStep | null {
  const sequence = sequences[kind];
  return sequence[sequence.indexOf(step) + 1] ?? null;
}

/** May it still be rolled back, by whoever asks? Once the old credentials may have ended it goes on to the end. */
export function canRollBack({ state, step }: Pick<Rotation, "state" | "step">): boolean {
  return state === "running" && step !== "promote" && step !== "confirm" && step !== "forget";
}

/** Where the way back begins: sending goes back first, if it had been switched. */
export function firstStepBack(kind: RotationKind, step: RotationStep): RotationStep {
  const sequence = sequences[kind];
  const switched = sequence.includes("switch") && sequence.indexOf(step) > sequence.indexOf("switch");
  return switched ? "switch-back" : "undo";
}

export interface StepLimits {
  /** How often a step is tried before the rotation gives it up. */
  readonly triesMax: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** A minute or two: an upstream that is away for longer is not one to change credentials with. */
export const beforePromotion: StepLimits = { triesMax: 8, baseMs: 1000, capMs: 30_000 };
/** After the point of no return, and on the way back: about a day. */
export const mustSucceed: StepLimits = { triesMax: 300, baseMs: 1000, capMs: 300_000 };

/** Exponential, from the number of tries made. */
export function stepBackoffMs({ baseMs, capMs }: StepLimits, tries: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.max(0, tries - 1));
}
