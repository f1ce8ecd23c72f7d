// Is acceptance at the machine's limit? Then dispatch steps back: what is accepted waits safely in the queue, a caller does
// not. High means that messages stream in and either the process has no idle moment left or its inserts queue up;
// a busy dispatch without callers is no pressure.

import { performance } from "node:perf_hooks";

const windowMs = 100;
const acceptedPerWindowMin = 50;
const utilizationMin = 0.8;
/** On average; a gateway that keeps up has one or two. */
const pendingMin = 8;
/** A moment in which nothing is accepted may as well be a stall as the end of a burst. */
const lastsMs = 500;

export interface Pressure {
  /** A message was accepted. */
  note(): void;
  /** Was it high within the last half second? */
  high(): boolean;
}

export interface PressureDeps {
  /** Messages that are being written, or wait for it. */
  readonly pending: () => number;
  readonly nowMs: () => number;
  /** The busy share of the event loop since the last call, 0 to 1. */
  readonly utilization: () => number;
}

export function createPressure({ pending, nowMs, utilization }: PressureDeps): Pressure {
  let windowStartMs = nowMs();
  let accepted = 0;
  let pendingSum = 0;
  let highUntilMs = Number.NEGATIVE_INFINITY;
  return {
    note() {
      accepted += 1;
      pendingSum += pending();
    },
    high() {
      const now = nowMs();
      const elapsedMs = now - windowStartMs;
      if (elapsedMs < windowMs) return now < highUntilMs;
      const share = utilization();
      const streaming = accepted > 0 && accepted >= (acceptedPerWindowMin * elapsedMs) / windowMs;
      if (streaming && (share >= utilizationMin || pendingSum >= accepted * pendingMin)) highUntilMs = now + lastsMs;
      windowStartMs = now;
      accepted = 0;
      pendingSum = 0;
      return now < highUntilMs;
    },
  };
}

/** The busy share of this process's event loop since the last call. */
export function eventLoopShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
