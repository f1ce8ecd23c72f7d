// Gauges of the providers that this process has something under way with, or that were not well lately. A provider that
// is well and idle has no series: thousands of accounts may have one each.

import { Gauge, type Registry } from "prom-client";

export interface ProviderGauge {
  readonly providerId: string;
  readonly kind: string;
  readonly state: "closed" | "half-open" | "open" | "resting";
  readonly inFlight: number;
}

const labelNames = ["provider", "kind"] as const;
const levels = { closed: 0, "half-open": 1, resting: 2, open: 3 } as const;

export function createProviderGauges(registers: Registry[]) {
  let sample: () => readonly ProviderGauge[] = () => [];
  new Gauge({
    name: "trunkline_provider_state",
    help: "What this process makes of a provider: 0 takes messages, 1 is being tried again, 2 asked to be left alone, 3 takes nothing.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { providerId, kind, state } of sample()) this.set({ provider: providerId, kind }, levels[state]);
    },
  });
  new Gauge({
    name: "trunkline_provider_in_flight",
    help: "Hand-overs of this process under way at a provider.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { providerId, kind, inFlight } of sample()) this.set({ provider: providerId, kind }, inFlight);
    },
  });
  return {
    collectFrom(source: () => readonly ProviderGauge[]): void {
      sample = source;
    },
  };
}
