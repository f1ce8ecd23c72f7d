// A provider's health, in words and colour.

import type { Provider } from "../../api/generated/api.d.ts";
import { providers as t } from "../../texts/providers.ts";
import type { Tone } from "../../ui/state.tsx";
import { useStates } from "./trouble.tsx";
import { troubleOf } from "./troubles.ts";

type State = NonNullable<Provider["health"]>["state"];

const tones: Readonly<Record<State, Tone | "">> = {
  ...{ ok: "good", rejected: "bad", unreachable: "bad", misconfigured: "bad", unchecked: "" },
};

export function HealthBadge({ provider }: { readonly provider: Provider }) {
  const trouble = troubleOf(provider, useStates());
  // A check that found nothing does not make well what takes nothing.
  if (trouble !== null && trouble.found === null && trouble.dispatch !== null) {
    return <span className="badge bad">{t.states[trouble.dispatch.state === "open" ? "open" : "half-open"]}</span>;
  }
  if (provider.health === null) return <span className="badge good">{t.health.none}</span>;
  const { state, warnings } = provider.health;
  const tone = state === "ok" && warnings.length > 0 ? "warn" : tones[state];
  return <span className={`badge ${tone}`}>{t.health[state]}</span>;
}

/** What a provider sends from when a message does not say. */
export function senderOf({ config }: Provider): string {
  const sender = config["messagingServiceSid"] ?? config["fromNumber"];
  return typeof sender === "string" ? sender : t.noSender;
}
