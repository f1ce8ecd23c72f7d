// Was an attempt handed over to the upstream that its provider leads to now? Where a provider has been moved, or made anew
// under its old id, "the upstream has not got it" says nothing of what went elsewhere: it must not be sent again for that.

import type { CarrierProvider, Handover, LookupResult } from "./carrier.ts";

/** What was known of a provider when a claim began may be used until the claim's lease is over; clocks differ, too. */
const knownForMs = 60_000;

/** `no`: nothing of it can be at the upstream that is there now. `perhaps`: it was handed over about when that changed. */
export function isAtUpstream(
  { upstreamSince }: Pick<CarrierProvider, "upstreamSince">,
  { startedAt }: Pick<Handover, "startedAt">,
): "yes" | "no" | "perhaps" {
  if (upstreamSince == null) return "yes";
  const afterMs = startedAt.getTime() - upstreamSince.getTime();
  return afterMs < 0 ? "no" : afterMs < knownForMs ? "perhaps" : "yes";
}

/** The provider that has it, if anybody, cannot be asked any more. */
export const wentElsewhere: LookupResult = {
  kind: "cannot-tell",
  reason: "the provider leads to another upstream since",
  final: true,
};
