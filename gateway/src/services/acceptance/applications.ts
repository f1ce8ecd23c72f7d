// The applications that messages name: where their status is told. Look-ups are remembered for a second at most.

import { LRUCache } from "lru-cache";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, canonicalSid, isSid } from "../../core/ids.ts";
import { type Application, statusCallbackOfApplication } from "../../core/senders/application.ts";
import { findApplication } from "../../store/applications.ts";
import type { Queryable } from "../../store/database.ts";

export interface Applications {
  /** Null: it has no status callback. Rejects with `invalid-parameter` when the account has no such application. */
  statusCallbackOf(accountSid: AccountSid, applicationSid: string): Promise<string | null>;
}

const rememberedMsMax = 1000;
const rememberedMax = 10_000;

export function createApplications({ db }: { readonly db: Queryable }): Applications {
  const applications = new LRUCache<string, Application>({
    max: rememberedMax,
    ttl: rememberedMsMax,
    // One that is not there is not remembered: it may be made the next moment.
    fetchMethod: async (key) => (await findApplication(db, key.slice(0, 34) as AccountSid, key.slice(35))) ?? undefined,
  });
  return {
    async statusCallbackOf(accountSid, applicationSid) {
      const sid = isSid(applicationSid, "AP") ? canonicalSid(applicationSid) : null;
      const application = sid === null ? undefined : await applications.fetch(`${accountSid} ${sid}`);
      if (application !== undefined) return statusCallbackOfApplication(application);
      throw new GatewayError("invalid-parameter", "Invalid ApplicationSid: the account has no such application.", {
        values: { parameter: "ApplicationSid" },
      });
    },
  };
}
