// Which providers share an upstream account, and with it its credentials.

import type { ProviderWithSecrets } from "../providers/provider.ts";

type Named = Pick<ProviderWithSecrets, "kind" | "config">;

/** Two providers of one account of one upstream: what ends for one ends for the other. */
export function isSameUpstream(one: Named, other: Named): boolean {
  return (
    one.kind === "twilio" &&
    other.kind === "twilio" &&
    one.config["accountSid"] === other.config["accountSid"] &&
    originOf(one.config["baseUrl"]) === originOf(other.config["baseUrl"])
  );
}

function originOf(baseUrl: unknown): string | null {
  return typeof baseUrl === "string" ? (URL.parse(baseUrl)?.href.replace(/\/+$/, "") ?? baseUrl) : null;
}
