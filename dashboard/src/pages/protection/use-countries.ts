// What is known of each country: whether it is allowed, what went there lately, and when it was switched off. Only the first is
// needed for the list; the others come when they come.

import { useQuery } from "@tanstack/react-query";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { type Continent, continentOf } from "./continents.ts";
import { readSwitchedOff } from "./switched-off.ts";

export interface Country {
  readonly code: string;
  readonly name: string;
  readonly prefix: string;
  readonly continent: Continent;
  readonly enabled: boolean;
  /** In the last seven days; null: not known yet. */
  readonly messages: number | null;
  readonly decisions: number;
  /** When it was switched off lately; null: it was not, or is on. */
  readonly offSince: string | null;
}

const names = new Intl.DisplayNames("en", { type: "region", fallback: "code" });
const recentMs = 30 * 86_400_000;

export const countriesKey = (sid: string) => ["countries", sid];

export function useCountries() {
  const sid = useAccount();
  const mayOperate = useMay("operate");
  const path = { params: { path: { sid } } };
  const enabled = sid !== "";
  const allowed = useQuery({
    queryKey: countriesKey(sid),
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/geo-permissions", path)),
    enabled,
  });
  const usage = useQuery({
    queryKey: ["country-usage", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/geo-permissions/usage", path)),
    enabled,
    staleTime: 60_000,
  });
  const switched = useQuery({
    queryKey: ["audit", sid, "countries"],
    queryFn: () => {
      const since = new Date(Date.now() - recentMs).toISOString();
      // The subject has an index: however much else the account does, its changes are found.
      const query = { action: "geo-permissions.updated", subject: sid, since, limit: 200 };
      return readSwitchedOff((before) => {
        const asked = before === null ? query : { ...query, before };
        return call(api.GET("/trunkline/v1/accounts/{sid}/audit", { params: { path: { sid }, query: asked } }));
      });
    },
    // The audit log is for those who operate; the list does without it.
    enabled: enabled && mayOperate,
  });
  const used = new Map(usage.data?.countries.map((one) => [one.code, one]));
  const countries = allowed.data?.countries
    .map(
      ({ code, prefix, enabled: isOn }): Country => ({
        ...{ code, prefix, enabled: isOn, name: names.of(code) ?? code, continent: continentOf(code) },
        messages: usage.data === undefined ? null : (used.get(code)?.messages ?? 0),
        decisions: used.get(code)?.decisions ?? 0,
        offSince: isOn ? null : (switched.data?.get(code) ?? null),
      }),
    )
    .sort((one, other) => one.name.localeCompare(other.name));
  return { allowed, countries, estimated: usage.data?.estimated === true, usageAway: usage.isError };
}
