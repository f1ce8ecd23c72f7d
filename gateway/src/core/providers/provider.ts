// A configured way out: which kind of carrier, its settings and credentials. What only one dialect knows is
// kept with it and comes back exactly as given through that dialect.

import type { AccountSid, Uuid } from "../ids.ts";

export type ProviderKind = "sandbox" | "twilio" | "http";

export interface Provider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly kind: ProviderKind;
  readonly name: string;
  /** Made with the account; dialects that have no word for it hide it. */
  readonly builtIn: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dialects: Readonly<Record<string, unknown>>;
  /** 0 is the active provider; null: not in the fallback chain. */
  readonly chainPosition: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A provider with its secrets opened: for carriers only, never logged or presented. */
export interface ProviderWithSecrets extends Provider {
  readonly secrets: Readonly<Record<string, string>>;
}
