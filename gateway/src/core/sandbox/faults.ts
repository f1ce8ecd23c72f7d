// Decides which faults a hand-over meets. Apart from `every` and `times`, which count in this process, a decision is
// a pure function of the seed, the rule, the message (its content or its SID) and the attempt: never of timing.
//
// Effects fall into slots (latency; the answer to the hand-over; the fate of the report; its lateness, copies and
// order). Each slot is filled by the first rule that matches; rules for a slot that is filled already, and rules about
// reports of a hand-over that was not taken, are neither applied nor counted.

import type { FaultDocument, FaultEffect, FaultRule } from "./fault-rules.ts";
import { seededFraction } from "./seeded.ts";

/** The hand-over that is judged. */
export interface FaultSubject {
  readonly messageSid: string;
  readonly attempt: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
}

type EffectOf<Type extends FaultEffect["type"]> = Extract<FaultEffect, { readonly type: Type }>;
/** An effect on the answer to a hand-over. */
export type AnswerFault = EffectOf<
  "rate-limit" | "server-error" | "connection-reset" | "lost-acknowledgement" | "failed-recipient"
>;

export interface HandoverFaults {
  /** How long to wait before answering. */
  readonly latencyMs: number;
  readonly answer: AnswerFault | null;
}

export interface ReportFaults {
  readonly fate: EffectOf<"undelivered" | "no-report"> | null;
  readonly lateMs: number;
  /** How often each report is given: 1 without a fault. */
  readonly copies: number;
  readonly reordered: boolean;
}

/** The rules of one account in force, with their counters. */
export interface FaultInjector {
  /** Asked once per hand-over, before anything is taken. */
  onHandover(subject: FaultSubject): HandoverFaults;
  /** Asked once per hand-over that was taken. */
  onReports(subject: FaultSubject): ReportFaults;
  /** A repeatable number in [0, 1) for this hand-over and purpose. */
  fraction(subject: FaultSubject, purpose: string): number;
}

type Slot = "latency" | "answer" | "fate" | "lateness" | "copies" | "order";
const slotOf: Readonly<Record<FaultEffect["type"], Slot>> = {
  latency: "latency",
  "rate-limit": "answer",
  "server-error": "answer",
  "connection-reset": "answer",
  "lost-acknowledgement": "answer",
  "failed-recipient": "answer",
  undelivered: "fate",
  "no-report": "fate",
  "late-report": "lateness",
  "duplicate-report": "copies",
  "reordered-report": "order",
};
const handoverSlots: ReadonlySet<Slot> = new Set(["latency", "answer"]);

interface LiveRule {
  readonly slot: Slot;
  readonly effect: FaultEffect;
  readonly applies: (subject: FaultSubject) => boolean;
}

export function createFaultInjector(document: FaultDocument): FaultInjector {
  const fraction = (subject: FaultSubject, purpose: string): number =>
    document.seedBy === "message"
      ? seededFraction(document.seed, purpose, subject.messageSid, subject.attempt)
      : seededFraction(document.seed, purpose, subject.to, subject.from, subject.body, subject.attempt);
  const rules = document.rules.map((rule) => liveRule(rule, fraction));
  const aboutHandover = rules.filter((rule) => handoverSlots.has(rule.slot));
  const aboutReports = rules.filter((rule) => !handoverSlots.has(rule.slot));

  return {
    fraction,
    onHandover(subject) {
      let latencyMs = 0;
      let answer: AnswerFault | null = null;
      for (const effect of effectsFor(aboutHandover, subject)) {
        if (effect.type === "latency") latencyMs = jittered(effect, fraction(subject, "latency"));
        else if (isAnswerFault(effect)) answer = effect;
      }
      return { latencyMs, answer };
    },
    onReports(subject) {
      let faults: ReportFaults = noReportFaults;
      for (const effect of effectsFor(aboutReports, subject)) faults = withReportEffect(faults, effect);
      return faults;
    },
  };
}

const noReportFaults: ReportFaults = { fate: null, lateMs: 0, copies: 1, reordered: false };

function withReportEffect(faults: ReportFaults, effect: FaultEffect): ReportFaults {
  switch (effect.type) {
    case "undelivered":
    case "no-report":
      return { ...faults, fate: effect };
    case "late-report":
      return { ...faults, lateMs: effect.ms };
    case "duplicate-report":
      return { ...faults, copies: effect.count };
    case "reordered-report":
      return { ...faults, reordered: true };
    default:
      return faults;
  }
}

function isAnswerFault(effect: FaultEffect): effect is AnswerFault {
  return slotOf[effect.type] === "answer";
}

/** The first applicable effect of each slot, in the order of the rules. */
function effectsFor(rules: readonly LiveRule[], subject: FaultSubject): FaultEffect[] {
  const effects: FaultEffect[] = [];
  const filled = new Set<Slot>();
  for (const rule of rules) {
    if (filled.has(rule.slot) || !rule.applies(subject)) continue;
    filled.add(rule.slot);
    effects.push(rule.effect);
  }
  return effects;
}

function liveRule(rule: FaultRule, fraction: (subject: FaultSubject, purpose: string) => number): LiveRule {
  const { to, from, probability, every = 1, times = Number.POSITIVE_INFINITY } = rule.match;
  // The rule's own text, not its place, so that adding another rule leaves its decisions alone.
  const purpose = JSON.stringify(rule);
  let chosen = 0;
  let applied = 0;
  return {
    slot: slotOf[rule.effect.type],
    effect: rule.effect,
    applies(subject) {
      if (!matchesPattern(to, subject.to) || !matchesPattern(from, subject.from)) return false;
      if (probability < 1 && fraction(subject, purpose) >= probability) return false;
      chosen += 1;
      if (chosen % every !== 0 || applied >= times) return false;
      applied += 1;
      return true;
    },
  };
}

/** `*` matches all, `abc*` what begins with abc, anything else only itself. */
function matchesPattern(pattern: string, address: string): boolean {
  return pattern.endsWith("*") ? address.startsWith(pattern.slice(0, -1)) : address === pattern;
}

function jittered(effect: EffectOf<"latency">, fraction: number): number {
  return Math.max(0, Math.round(effect.ms + effect.jitterMs * (2 * fraction - 1)));
}
