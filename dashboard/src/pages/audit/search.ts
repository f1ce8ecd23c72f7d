// What is looked for in the audit log, as it stands in the address: it can be bookmarked and sent to a colleague.

import type { areas } from "../../texts/audit.ts";

export type Area = keyof typeof areas;

export interface AuditSearch {
  /** A kind of actor, or one actor: `access-key 0198…`. */
  readonly who?: string;
  readonly what?: Area;
  /** The id of what was changed. */
  readonly subject?: string;
  readonly since?: "1h" | "24h" | "7d" | "30d";
}

/** Beginnings of actions (with a dot at the end) and whole ones. */
const actionsOf: Readonly<Record<Area, readonly string[]>> = {
  providers: ["provider.", "rotation.", "account.fallback-chain."],
  senders: ["sender.", "messaging-service.", "application."],
  messages: ["message.", "media.", "callback."],
  consent: ["consent.", "consents.", "contact.", "contacts.", "keywords."],
  protection: ["protection.", "safe-list.", "geo-permissions.", "notification-policy.", "notification-settings."],
  access: [
    ...["user.", "admin.", "invitation.", "access-key.", "api-key.", "auth-token.", "client."],
    ...["service-account.", "personal-access-token.", "endpoint-key.", "credential.", "incoming-hook."],
  ],
  account: ["account.", "retention."],
  sandbox: ["sandbox."],
};

const sinceMs = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;

/** From the address, whatever stands there: what makes no sense is left out. */
export function readAuditSearch(given: Readonly<Record<string, unknown>>): AuditSearch {
  const { who, what, subject, since } = given;
  return {
    ...(typeof who === "string" && who !== "" ? { who: who.slice(0, 200) } : {}),
    ...(typeof what === "string" && Object.hasOwn(actionsOf, what) ? { what: what as Area } : {}),
    // The address knows no types: an id of digits alone comes as a number.
    ...(typeof subject === "string" || typeof subject === "number" ? { subject: String(subject).slice(0, 500) } : {}),
    ...(typeof since === "string" && Object.hasOwn(sinceMs, since) ? { since: since as keyof typeof sinceMs } : {}),
  };
}

export interface AuditQuery {
  actor?: string;
  action?: string;
  subject?: string;
  since?: string;
}

/** What the API is asked. */
export function toAuditQuery({ who, what, subject, since }: AuditSearch, nowMs: number): AuditQuery {
  return {
    ...(who === undefined ? {} : { actor: who }),
    ...(what === undefined ? {} : { action: actionsOf[what].join(",") }),
    ...(subject === undefined ? {} : { subject }),
    ...(since === undefined ? {} : { since: new Date(nowMs - sinceMs[since]).toISOString() }),
  };
}
