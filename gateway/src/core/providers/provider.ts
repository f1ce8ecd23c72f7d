// A configured way out: which kind of carrier, its settings and credentials. What only one dialect knows is
// kept with it and comes back exactly as given through that dialect.

import type { AccountSid, Uuid } from "../ids.ts";

export type ProviderKind = "sandbox" | "twilio" | "http";

export interface Provider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** 18 digits: the same provider's name in dialects that have no UUIDs. */
  readonly number: string;
  readonly kind: ProviderKind;
  readonly name: string;
  /** Made with the account; dialects that have no word for it hide it. */
  readonly builtIn: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dialects: Readonly<Record<string, unknown>>;
  /** Which secrets are stored. */
  readonly secretNames: readonly string[];
  /** 0 is the active provider; null: not in the fallback chain. */
  readonly chainPosition: number | null;
  /** Rises with every change of any provider. */
  readonly sequence: bigint;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Since when it leads to the upstream that it leads to now; null: always. */
  readonly upstreamSince: Date | null;
}

/** A provider with its secrets opened: for carriers only, never logged or presented. */
export interface ProviderWithSecrets extends Provider {
  readonly secrets: Readonly<Record<string, string>>;
}

/** What has to be known of a provider to take its reports: also of one that is deleted. */
export type ReportingProvider = Pick<ProviderWithSecrets, "accountSid" | "id" | "kind" | "name" | "config" | "secrets">;

export type ProviderState = "ok" | "rejected" | "unreachable" | "misconfigured";

/** What the last check of a provider's credentials said. */
export interface ProviderHealth {
  readonly state: ProviderState;
  /** The upstream's own code; null: it gave none. */
  readonly code: number | null;
  readonly reason: string | null;
  /** What works, but should not be so. */
  readonly warnings: readonly string[];
  readonly upstream: {
    readonly friendlyName?: string | null;
    readonly status?: string | null;
    readonly type?: string | null;
  };
  /** Since when the state is what it is. */
  readonly since: Date;
  readonly checkedAt: Date;
  readonly checkedBy: "save" | "schedule" | "request" | "dispatch";
}

/** Something that a provider's upstream account has to send from, by the last synchronisation. */
export interface UpstreamSenderRecord {
  readonly sid: string;
  readonly kind: "number" | "short_code" | "messaging_service";
  readonly address: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly syncedAt: Date;
}
