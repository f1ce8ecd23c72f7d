// The breaker of one provider: opens when message after message comes to nothing, lets a few through after a while, and
// closes with the first that is taken. Pure but for its own state: time and chance are given. A ready-made breaker wraps
// the call; here the question comes earlier, when a batch is planned, so that a message goes elsewhere without an attempt.

export interface BreakerSettings {
  /** So many messages in a row: one that fails again and again says something about itself, not about the provider. */
  readonly openAfterMessages: number;
  /** How long it stays open the first time; twice as long each time after that. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Hand-overs at once while it is half open. */
  readonly probes: number;
}

export const defaultBreakerSettings: BreakerSettings = { openAfterMessages: 5, baseMs: 1000, capMs: 30_000, probes: 3 };

export type BreakerState = "closed" | "open" | "half-open";

/** What a hand-over got with its leave to begin. */
export interface Leave {
  readonly phase: number;
  readonly probe: boolean;
}

export interface Failure {
  readonly nowMs: number;
  /** Names the message. */
  readonly message: string;
  readonly reason: string;
  /** In [0, 1). */
  readonly random: number;
}

export interface Breaker {
  state(nowMs: number): BreakerState;
  /** Since when it has not been closed, and why; null while it is closed. */
  trouble(): { readonly sinceMs: number; readonly reason: string } | null;
  /** When it may be asked again; `nowMs` while half open. */
  openUntilMs(): number;
  /** Would enter() give a leave? */
  mayEnter(nowMs: number): boolean;
  /** Null: not now. A leave is given back by one of the next three. */
  enter(nowMs: number): Leave | null;
  succeeded(leave: Leave): void;
  failed(leave: Leave, failure: Failure): void;
  /** It came to nothing that says anything about the provider. */
  abandoned(leave: Leave): void;
  /** Nothing to remember: a new one would behave alike. */
  isFresh(): boolean;
}

export function createBreaker(settings: BreakerSettings): Breaker {
  /** Rises with each change of state: what began before a change says nothing about what came after. */
  let phase = 0;
  let failing = new Set<string>();
  let trouble: { readonly sinceMs: number; reason: string } | null = null;
  let untilMs = 0;
  let rounds = 0;
  let probesUnderWay = 0;

  function state(nowMs: number): BreakerState {
    if (trouble === null) return "closed";
    return nowMs < untilMs ? "open" : "half-open";
  }

  function change(): void {
    phase += 1;
    failing = new Set();
    probesUnderWay = 0;
  }

  function open({ nowMs, reason, random }: Failure): void {
    change();
    trouble = { sinceMs: trouble?.sinceMs ?? nowMs, reason };
    const fullMs = Math.min(settings.capMs, settings.baseMs * 2 ** rounds);
    // With jitter above half of it, so that several processes do not come back as one.
    untilMs = nowMs + fullMs / 2 + (fullMs / 2) * random;
    rounds += 1;
  }

  function mayEnter(nowMs: number): boolean {
    return trouble === null || (nowMs >= untilMs && probesUnderWay < settings.probes);
  }

  return {
    state,
    mayEnter,
    trouble: () => trouble,
    openUntilMs: () => untilMs,
    enter(nowMs) {
      if (!mayEnter(nowMs)) return null;
      const probe = trouble !== null;
      if (probe) probesUnderWay += 1;
      return { phase, probe };
    },
    succeeded(leave) {
      if (leave.phase !== phase) return;
      failing.clear();
      if (trouble === null) return;
      change();
      trouble = null;
      rounds = 0;
    },
    failed(leave, failure) {
      if (leave.phase !== phase) return;
      failing.add(failure.message);
      if (trouble !== null || failing.size >= settings.openAfterMessages) open(failure);
    },
    abandoned(leave) {
      if (leave.phase === phase && leave.probe) probesUnderWay -= 1;
    },
    isFresh: () => trouble === null && failing.size === 0,
  };
}
