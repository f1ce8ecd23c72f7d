import { expect, it } from "vitest";
import type { Provider, ProviderDispatchState } from "../../api/generated/api.d.ts";
import { troubleOf, troublesOf } from "./troubles.ts";

const healthy = { state: "ok", code: null, reason: null, warnings: [], since: null, checkedAt: null } as const;
const providerOf = (id: string, health: object | null = healthy) =>
  ({ id, name: id, kind: "twilio", health }) as unknown as Provider;
const stateOf = (providerId: string, state: ProviderDispatchState["state"]): ProviderDispatchState => ({
  ...{ providerId, state, since: "2026-01-01T00:00:00.000Z", until: null, inFlight: 0 },
  reason: "circuit open since 2026-01-01T00:00:00.000Z: connection refused",
});
const statesOf = (...states: ProviderDispatchState[]) => new Map(states.map((state) => [state.providerId, state]));

it("a provider that its check finds well is not, while hand-overs to it fail", () => {
  const states = statesOf(stateOf("a", "open"));
  expect(troubleOf(providerOf("a"), states)).toMatchObject({ found: null, reason: "connection refused" });
  expect(troubleOf(providerOf("a"), statesOf(stateOf("a", "closed")))).toBeNull();
  expect(troubleOf(providerOf("a"), statesOf(stateOf("a", "resting")))).toBeNull();
});

it("what a check found is told before what hand-overs say", () => {
  const refused = providerOf("a", { ...healthy, state: "rejected", reason: "Authenticate" });
  expect(troubleOf(refused, statesOf(stateOf("a", "half-open")))).toMatchObject({
    ...{ found: "rejected", reason: "Authenticate", dispatch: { state: "half-open" } },
  });
  expect(troubleOf(providerOf("a", { ...healthy, state: "unchecked" }), new Map())).toBeNull();
});

it("the first of the chain that is well sends meanwhile, if there is one", () => {
  const chain = [providerOf("a"), providerOf("b", { ...healthy, state: "unreachable" }), providerOf("c", null)];
  const { troubles, sender } = troublesOf(chain, statesOf(stateOf("a", "open")));
  expect([troubles.map(({ provider }) => provider.id), sender?.id]).toEqual([["a", "b"], "c"]);
  expect(troublesOf(chain.slice(0, 2), statesOf(stateOf("a", "open"))).sender).toBeNull();
});
