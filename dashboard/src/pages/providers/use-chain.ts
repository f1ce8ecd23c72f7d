// The account's providers, and the change of their order. A change is shown at once, and taken back when it fails; it is not
// made over the head of somebody else who changed the chain meanwhile.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, api, call } from "../../api/client.ts";
import type { Provider } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { providers as t } from "../../texts/providers.ts";
import { say, sayFailure } from "../../ui/toast.tsx";

const refreshMs = 10_000;

const load = () => call(api.GET("/trunkline/v1/providers"));

export function useProviders() {
  const account = useAccount();
  return useQuery({
    queryKey: ["providers", account],
    queryFn: load,
    enabled: account !== "",
    refetchInterval: refreshMs,
  });
}

export function chainOf(providers: readonly Provider[]): Provider[] {
  return providers
    .filter(({ chainPosition }) => chainPosition !== null)
    .sort((one, other) => (one.chainPosition ?? 0) - (other.chainPosition ?? 0));
}

interface ChainChange {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export function useSetChain() {
  const account = useAccount();
  const client = useQueryClient();
  const queryKey = ["providers", account];
  return useMutation({
    mutationFn: async ({ before, after }: ChainChange) => {
      const path = { sid: account };
      const body = { providers: [...after], expected: [...before] };
      try {
        await call(api.PUT("/trunkline/v1/accounts/{sid}/fallback-chain", { params: { path }, body }));
      } catch (thrown) {
        throw thrown instanceof ApiError && thrown.status === 409 ? new Error(t.changedMeanwhile) : thrown;
      }
    },
    onMutate: async ({ after }) => {
      await client.cancelQueries({ queryKey });
      client.setQueryData<{ providers: Provider[] }>(
        queryKey,
        (old) => old && { providers: reordered(old.providers, after) },
      );
    },
    onSuccess: () => say(t.saved),
    onError: sayFailure,
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

function reordered(providers: readonly Provider[], order: readonly string[]): Provider[] {
  return providers.map((provider) => {
    const at = order.indexOf(provider.id);
    return { ...provider, chainPosition: at < 0 ? null : at };
  });
}
