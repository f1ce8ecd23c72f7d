// What is wrong with providers, from their checks and from how hand-overs to them go, and who sends meanwhile. Pure.

import type { Provider, ProviderDispatchState } from "../../api/generated/api.d.ts";

export type States = ReadonlyMap<string, ProviderDispatchState>;
type Bad = "rejected" | "unreachable" | "misconfigured";

export interface Trouble {
  readonly provider: Provider;
  /** What its check found; null: nothing, but hand-overs fail. */
  readonly found: Bad | null;
  readonly dispatch: ProviderDispatchState | null;
  readonly reason: string | null;
}

const bad: ReadonlySet<string> = new Set<Bad>(["rejected", "unreachable", "misconfigured"]);

/** Null: it is well. One that asked for a rest is. */
export function troubleOf(provider: Provider, states: States): Trouble | null {
  const { health } = provider;
  const state = states.get(provider.id);
  const dispatch = state !== undefined && (state.state === "open" || state.state === "half-open") ? state : null;
  const found = health !== null && bad.has(health.state) ? (health.state as Bad) : null;
  if (found === null && dispatch === null) return null;
  return { provider, found, dispatch, reason: (found === null ? null : health?.reason) ?? reasonIn(dispatch) };
}

/** The reason without when, which stands beside it. */
function reasonIn(dispatch: ProviderDispatchState | null): string | null {
  return dispatch?.reason?.replace(/^circuit open since \S+: /, "") ?? null;
}

/** `chain`: in its order. `sender`: the first that is well; null: none is. */
export function troublesOf(
  chain: readonly Provider[],
  states: States,
): { readonly troubles: readonly Trouble[]; readonly sender: Provider | null } {
  const judged = chain.map((provider) => ({ provider, trouble: troubleOf(provider, states) }));
  return {
    troubles: judged.flatMap(({ trouble }) => (trouble === null ? [] : [trouble])),
    sender: judged.find(({ trouble }) => trouble === null)?.provider ?? null,
  };
}
