// The switches of the sandbox as fault rules, and back: a switch is on when a rule of its effect hits every number. Rules that
// no switch could have made are kept as they are.

import type { paths } from "../../api/generated/api.d.ts";

type Faults = paths["/trunkline/v1/sandbox/faults"]["get"]["responses"][200]["content"]["application/json"];
export type FaultRule = Faults["rules"][number];
export type { Faults };

type Effect = FaultRule["effect"];
export type PresetName = Effect["type"];

const effects: Readonly<Record<PresetName, Effect>> = {
  latency: { type: "latency", ms: 2_000, jitterMs: 0 },
  "rate-limit": { type: "rate-limit" },
  "server-error": { type: "server-error", status: 500 },
  "connection-reset": { type: "connection-reset", when: "before-send" },
  "lost-acknowledgement": { type: "lost-acknowledgement" },
  "failed-recipient": { type: "failed-recipient", errorCode: 21614 },
  undelivered: { type: "undelivered", errorCode: 30003 },
  "no-report": { type: "no-report" },
  "late-report": { type: "late-report", ms: 10_000 },
  "duplicate-report": { type: "duplicate-report", count: 2 },
  "reordered-report": { type: "reordered-report" },
};

export const presetNames = Object.keys(effects) as PresetName[];

/** The switch that made a rule; null: none did. */
export function presetOf({ match, effect }: FaultRule): PresetName | null {
  const everybody = match.to === "*" && match.from === "*" && match.every === undefined && match.times === undefined;
  const preset = effects[effect.type];
  return everybody && sameEffect(preset, effect) ? effect.type : null;
}

function sameEffect(one: Effect, other: Effect): boolean {
  const sorted = (effect: Effect) => JSON.stringify(Object.entries(effect).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
}

/** The share of messages that a switch hits; null: it is off. */
export function shareOf(faults: Faults, name: PresetName): number | null {
  return faults.rules.find((rule) => presetOf(rule) === name)?.match.probability ?? null;
}

/** With one switch set: `share` null turns it off. The other rules keep their places. */
export function withPreset(faults: Faults, name: PresetName, share: number | null): Faults {
  const others = faults.rules.filter((rule) => presetOf(rule) !== name);
  if (share === null) return { ...faults, rules: others };
  // Of each message by itself, so that the same text twice need not fare the same.
  const rule: FaultRule = { match: { to: "*", from: "*", probability: share }, effect: effects[name] };
  return { ...faults, seedBy: "message", rules: [...others, rule] };
}

export function otherRules(faults: Faults): FaultRule[] {
  return faults.rules.filter((rule) => presetOf(rule) === null);
}
