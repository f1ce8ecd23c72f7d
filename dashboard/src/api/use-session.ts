// The session for components, and what the gateway says of it.

import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { ApiError, api, call } from "./client.ts";
import type { Session } from "./generated/api.d.ts";
import { session } from "./session.ts";

type Role = Session["role"];

export function useStoredSession() {
  return useSyncExternalStore(session.subscribe, session.get);
}

async function askWho() {
  const ask = () => call(api.GET("/trunkline/v1/session"));
  try {
    return await ask();
  } catch (thrown) {
    if (session.get().account === null || !(thrown instanceof ApiError) || thrown.status !== 404) throw thrown;
    // The account that was looked at is theirs no more.
    session.choose(null);
    return await ask();
  }
}

/** Who is signed in, and which accounts they reach. */
export function useWhoAmI() {
  const { credential } = useStoredSession();
  return useQuery({
    // Without the credential: new tokens of the same person must not empty the page. It is cleared when a sign-in ends.
    queryKey: ["session"],
    queryFn: askWho,
    enabled: credential !== null,
    staleTime: 60_000,
    // A role may change, or end, while one looks.
    refetchInterval: 30_000,
    refetchOnWindowFocus: "always",
  });
}

/** The account that is looked at: its SID is part of every key. Empty until the gateway has said who is signed in. */
export function useAccount(): string {
  const { account } = useStoredSession();
  const { data } = useWhoAmI();
  return account ?? data?.accountSid ?? "";
}

/** What the caller is in the account that is looked at; undefined: not known yet. */
export function useRole(): Role | undefined {
  const account = useAccount();
  const { data } = useWhoAmI();
  return data?.accounts.find(({ sid }) => sid === account)?.role ?? data?.role;
}

export type Ability = "send" | "operate" | "own";

/** May the person do this? The gateway decides; this only spares them buttons that would be refused. */
export function useMay(ability: Ability): boolean {
  const role = useRole();
  if (role === "owner") return true;
  if (ability === "own") return false;
  return role === "operator" || (ability === "send" && role === "sender");
}
