// The session for components, and what the gateway says of it.

import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, call } from "./client.ts";
import { session } from "./session.ts";

export function useStoredSession() {
  return useSyncExternalStore(session.subscribe, session.get);
}

/** Who is signed in, and which accounts they reach. */
export function useWhoAmI() {
  const { credential } = useStoredSession();
  return useQuery({
    queryKey: ["session", credential],
    queryFn: () => call(api.GET("/trunkline/v1/session")),
    enabled: credential !== null,
    staleTime: 60_000,
  });
}

/** The account that is looked at: its SID is part of every key. Empty until the gateway has said who is signed in. */
export function useAccount(): string {
  const { account } = useStoredSession();
  const { data } = useWhoAmI();
  return account ?? data?.accountSid ?? "";
}

export type Ability = "send" | "operate" | "own";

/** May the person do this? The gateway decides; this only spares them buttons that would be refused. */
export function useMay(ability: Ability): boolean {
  const role = useWhoAmI().data?.role;
  if (role === "owner") return true;
  if (ability === "own") return false;
  return role === "operator" || (ability === "send" && role === "sender");
}
