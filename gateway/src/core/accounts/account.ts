// What an account is: a tenant, with the four ids under which the facades know it. `Account` carries opened
// auth tokens: it must never be logged or presented as a whole.

import type { AccountSid, Uuid } from "../ids.ts";

export const accountStatuses = ["active", "suspended", "closed"] as const;
export type AccountStatus = (typeof accountStatuses)[number];

/** The part of an account that authentication and addressing need. */
export interface AccountContext {
  readonly accountSid: AccountSid;
  readonly accountStatus: AccountStatus;
}

export interface Account {
  readonly sid: AccountSid;
  readonly id: Uuid;
  /** Null for a main account. */
  readonly parentSid: AccountSid | null;
  readonly friendlyName: string;
  readonly status: AccountStatus;
  readonly type: "Trial" | "Full";
  /** PingOne's id of it. */
  readonly environmentId: Uuid;
  /** FusionAuth's id of it. */
  readonly tenantId: Uuid;
  /** ZITADEL's id of it: 18 digits. */
  readonly resourceOwner: string;
  /** The primary token: signs callbacks. */
  readonly authToken: string;
  readonly secondaryAuthToken: string | null;
  /** Calls of the Twilio API are taken with a signature only. */
  readonly requiresSignedRequests: boolean;
  /** Ids of providers in the order in which they are tried. */
  readonly fallbackChain: readonly Uuid[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
