// What this process keeps of one provider, and what the outcomes of its hand-overs say of it.

import type { Logger } from "pino";
import type { HandoverOutcome } from "../../carriers/carrier.ts";
import type { Clock } from "../../core/clock.ts";
import { type Breaker, type BreakerSettings, type BreakerState, createBreaker } from "../../core/dispatch/breaker.ts";
import { createWaitingLine, type WaitingLine } from "../../core/dispatch/waiting-line.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import type { ProviderKind } from "../../core/providers/provider.ts";

/** What must be known of a provider to judge it. */
export interface JudgedProvider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly kind: ProviderKind;
  readonly config: Readonly<Record<string, unknown>>;
  /** Another one: it has been changed, and what was known of it counts no more. */
  readonly sequence: bigint;
}

export interface ProviderStateView {
  readonly accountSid: AccountSid;
  readonly providerId: Uuid;
  readonly kind: ProviderKind;
  /** `resting`: it asked to be left alone for a while (Retry-After). */
  readonly state: BreakerState | "resting";
  /** Since when it has not been well; null while it is. */
  readonly since: Date | null;
  /** When it is given something again at the earliest; null: at once. */
  readonly until: Date | null;
  readonly reason: string | null;
  /** Hand-overs under way. */
  readonly inFlight: number;
}

export interface EntryDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** The provider refuses the credentials. At most once a minute for each provider. */
  readonly onRejected: (provider: JudgedProvider, errorCode: number, reason: string) => void;
  /** It could not be reached, or gave no answer. At most once a minute for each provider. */
  readonly onUnreachable: (provider: JudgedProvider) => void;
  readonly onChange: (kind: ProviderKind, state: "open" | "closed") => void;
}

/** By default, as the carriers have it. The sandbox is bounded by its share alone: its hand-overs are batched writes. */
const inFlightMax: Readonly<Record<ProviderKind, number>> = {
  sandbox: Number.MAX_SAFE_INTEGER,
  twilio: 200,
  http: 100,
};
/** A provider that asks to be left alone for longer is asked again all the same. */
const pauseMsMax = 900_000;
export const flagEveryMs = 60_000;
/** A sender's own queue at the provider is full: that says nothing about the provider. */
const senderQueueFullCode = 21611;
const unavailableCode = 20503;

export interface Entry {
  provider: JudgedProvider;
  breaker: Breaker;
  line: WaitingLine;
  inFlight: number;
  retries: number;
  pausedUntilMs: number;
  pauseReason: string;
  flaggedAtMs: number;
  unreachableAtMs: number;
  /** When it was last not well, or busy. */
  usedAtMs: number;
  busySinceMs: number;
  /** Who waits for places: first come, first served. */
  awaiting: { readonly places: number; readonly resolve: () => void }[];
  staying: number;
  /** As it was last told of. */
  isOpen: boolean;
  wasOpen: boolean;
}

export function newEntry(provider: JudgedProvider, settings: BreakerSettings, nowMs: number): Entry {
  return {
    provider,
    breaker: createBreaker(settings),
    line: createWaitingLine(),
    ...{ inFlight: 0, retries: 0, pausedUntilMs: 0, pauseReason: "", flaggedAtMs: Number.NEGATIVE_INFINITY },
    ...{
      unreachableAtMs: Number.NEGATIVE_INFINITY,
      usedAtMs: nowMs,
      busySinceMs: nowMs,
      awaiting: [],
      staying: 0,
      isOpen: false,
      wasOpen: false,
    },
  };
}

export function ownMaximum({ kind, config }: JudgedProvider): number {
  const configured = config["maxInFlight"];
  return typeof configured === "number" ? configured : inFlightMax[kind];
}

/** Why this outcome speaks against the provider; null: it speaks for it. */
export function failureOf(outcome: HandoverOutcome): string | "neutral" | null {
  switch (outcome.kind) {
    case "accepted":
    case "refused":
      return null;
    case "next-provider":
      return outcome.rejected === true ? outcome.reason : null;
    case "retry":
      return outcome.errorCode === senderQueueFullCode ? "neutral" : outcome.reason;
    case "unknown":
      return outcome.reason;
  }
}

/** What an outcome asks for beyond counting: a pause for all messages of the provider, a flag for its owner, a check. */
export function heed({ clock, onRejected, onUnreachable }: EntryDeps, entry: Entry, outcome: HandoverOutcome): void {
  const nowMs = clock.nowMs();
  if (outcome.kind === "retry" && outcome.retryAfterMs !== undefined && outcome.errorCode !== senderQueueFullCode) {
    entry.pausedUntilMs = Math.max(entry.pausedUntilMs, nowMs + Math.min(outcome.retryAfterMs, pauseMsMax));
    entry.pauseReason = outcome.reason;
  }
  if (outcome.kind === "next-provider" && outcome.rejected === true && nowMs - entry.flaggedAtMs >= flagEveryMs) {
    entry.flaggedAtMs = nowMs;
    onRejected(entry.provider, outcome.errorCode, outcome.reason);
  }
  if (isUnreachable(outcome) && nowMs - entry.unreachableAtMs >= flagEveryMs) {
    entry.unreachableAtMs = nowMs;
    onUnreachable(entry.provider);
  }
}

function isUnreachable(outcome: HandoverOutcome): boolean {
  return outcome.kind === "unknown" || (outcome.kind === "retry" && outcome.errorCode === unavailableCode);
}

/** A breaker that has opened or closed is told of. */
export function tell({ log, onChange }: EntryDeps, entry: Entry): void {
  const { accountSid, id, kind } = entry.provider;
  const trouble = entry.breaker.trouble();
  const isOpen = trouble !== null;
  if (isOpen === entry.isOpen) return;
  entry.isOpen = isOpen;
  entry.wasOpen = true;
  const line = { accountSid, providerId: id };
  if (trouble !== null) log.warn({ ...line, reason: trouble.reason }, "a provider takes nothing: its circuit is open");
  else log.info(line, "a provider takes messages again: its circuit is closed");
  onChange(kind, isOpen ? "open" : "closed");
}

export function reasonOf({ breaker, pausedUntilMs, pauseReason }: Entry, nowMs: number): string {
  const trouble = breaker.trouble();
  if (trouble !== null) return `circuit open since ${new Date(trouble.sinceMs).toISOString()}: ${trouble.reason}`;
  if (nowMs < pausedUntilMs)
    return `asked to be left alone until ${new Date(pausedUntilMs).toISOString()}: ${pauseReason}`;
  return "";
}

export function viewOf(entry: Entry, nowMs: number): ProviderStateView {
  const { provider, breaker, inFlight, pausedUntilMs } = entry;
  const trouble = breaker.trouble();
  const state = breaker.state(nowMs);
  const reason = reasonOf(entry, nowMs);
  const untilMs = Math.max(pausedUntilMs, trouble === null ? 0 : breaker.openUntilMs());
  return {
    accountSid: provider.accountSid,
    providerId: provider.id,
    kind: provider.kind,
    state: state === "closed" && nowMs < pausedUntilMs ? "resting" : state,
    since: trouble === null ? null : new Date(trouble.sinceMs),
    until: untilMs > nowMs ? new Date(untilMs) : null,
    reason: reason === "" ? null : reason,
    inFlight,
  };
}
