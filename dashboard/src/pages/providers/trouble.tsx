// Providers of the chain that are not well: a banner that says which, why, and who sends meanwhile; and beside a provider
// since when it takes nothing, and when it is tried again.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, call } from "../../api/client.ts";
import type { Provider } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { providers as t } from "../../texts/providers.ts";
import { formatTime } from "../../ui/format.ts";
import { Notice } from "../../ui/state.tsx";
import { type States, type Trouble, troublesOf } from "./troubles.ts";
import { chainOf, useProviders } from "./use-chain.ts";

const refreshMs = 5_000;
const none: States = new Map();

/** Empty until it is known. */
export function useStates(): States {
  const account = useAccount();
  const { data } = useQuery({
    queryKey: ["provider-states", account],
    queryFn: () => call(api.GET("/trunkline/v1/provider-states")),
    enabled: account !== "",
    refetchInterval: refreshMs,
    select: ({ states }): States => new Map(states.map((state) => [state.providerId, state])),
  });
  return data ?? none;
}

export function TroubleBanner() {
  const states = useStates();
  const chain = chainOf(useProviders().data?.providers ?? []);
  const { troubles, sender } = troublesOf(chain, states);
  if (troubles.length === 0) return null;
  return (
    <Notice tone={sender === null ? "bad" : "warn"}>
      {troubles.map((trouble) => (
        <TroubleLine key={trouble.provider.id} trouble={trouble} />
      ))}
      <p>{senderWords(sender)}</p>
    </Notice>
  );
}

function TroubleLine({ trouble: { provider, found, dispatch, reason } }: { readonly trouble: Trouble }) {
  const state = found === null ? t.states[dispatch?.state === "half-open" ? "half-open" : "open"] : t.health[found];
  return (
    <p>
      <strong>{fill(t.trouble, { name: provider.name, state })}</strong> {reason}{" "}
      <Link to="/providers/$id" params={{ id: provider.id }}>
        {t.look}
      </Link>
    </p>
  );
}

function senderWords(sender: Provider | null): string {
  if (sender === null) return t.nobody;
  return fill(sender.kind === "sandbox" ? t.takenBySandbox : t.taken, { name: sender.name });
}

/** Nothing while the provider is in use. */
export function DispatchNote({ id }: { readonly id: string }) {
  const dispatch = useStates().get(id);
  if (dispatch === undefined || dispatch.state === "closed") return null;
  const { state, since, until } = dispatch;
  const words = t.states[state === "resting" ? "resting" : "open"];
  return (
    <span className="small dispatch-note">
      {since === null ? words : fill(t.since, { state: words, time: formatTime(since) })}
      {"; "}
      {until === null ? t.triedWithNext : fill(t.triedAt, { time: formatTime(until) })}
    </span>
  );
}
