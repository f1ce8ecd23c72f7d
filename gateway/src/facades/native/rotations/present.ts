// Rotations as the native API shows them: every step with its state, no credentials.

import type { z } from "zod";
import { plannedSteps, type Rotation } from "../../../core/rotation/rotation.ts";
import type { rotation } from "./schema.ts";

export function presentRotation(stored: Rotation): z.output<typeof rotation> {
  return {
    id: stored.id,
    accountSid: stored.accountSid,
    providerId: stored.providerId,
    kind: stored.kind,
    state: stored.state,
    step: stored.step,
    steps: stepsOf(stored),
    reason: stored.reason,
    startedBy: stored.startedBy,
    nextAt: stored.dueAt?.toISOString() ?? null,
    createdAt: stored.createdAt.toISOString(),
    finishedAt: stored.finishedAt?.toISOString() ?? null,
  };
}

function stepsOf(stored: Rotation): z.output<typeof rotation>["steps"] {
  const records = new Map(stored.steps.map((record) => [record.step, record]));
  const present = stored.step === null ? [] : [stored.step];
  return [...new Set([...plannedSteps(stored), ...present])].map((step) => {
    const record = records.get(step);
    if (record === undefined) {
      return { step, state: step === stored.step ? "running" : "pending", at: null, tries: 0, detail: null };
    }
    const { state, at, tries, detail } = record;
    return { step, state, at, tries, detail };
  });
}
