// An account that can send and receive on a real database: a sandbox provider, numbers, and the real acceptance.

import { type Clock, systemClock } from "../../src/core/clock.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, sidOf, uuidOf } from "../../src/core/ids.ts";
import { createApplications } from "../../src/services/acceptance/applications.ts";
import { createAcceptance } from "../../src/services/acceptance/create-acceptance.ts";
import { createSenders } from "../../src/services/acceptance/senders.ts";
import { createWriter } from "../../src/services/acceptance/writer.ts";
import type { Acceptance } from "../../src/services/acceptance.ts";
import { createGeoPermissions } from "../../src/services/geo-permissions.ts";
import type { Database } from "../../src/store/database.ts";
import { insertMessagingService, type NewMessagingService } from "../../src/store/messaging-services.ts";
import { insertSender, type NewSender } from "../../src/store/senders.ts";
import { insertBareAccount } from "./sandbox.ts";

export interface MessageAccount {
  readonly accountSid: AccountSid;
  addSender(sender: Partial<NewSender> & { readonly address: string }): Promise<void>;
  addService(service?: Partial<NewMessagingService>): Promise<MessagingServiceSid>;
}

export async function insertMessageAccount(db: Database): Promise<MessageAccount> {
  const accountSid = await insertBareAccount(db);
  const providerId = newUuid();
  await db.query("insert into providers (account_id, id, name, kind) values ($1, $2, 'sandbox', 'sandbox')", [
    uuidOf(accountSid),
    providerId,
  ]);
  await db.query("update accounts set fallback_chain = array[$2::uuid] where id = $1", [
    uuidOf(accountSid),
    providerId,
  ]);
  return {
    accountSid,
    async addSender(sender) {
      const kind = "number" as const;
      await insertSender(db, { id: newUuid(), accountSid, kind, providerId, friendlyName: sender.address, ...sender });
    },
    async addService(service = {}) {
      const sid = sidOf<MessagingServiceSid>("MG", newUuid());
      await insertMessagingService(db, { accountSid, sid, friendlyName: "service", ...service });
      return sid;
    },
  };
}

export function realAcceptance(db: Database, clock: Clock = systemClock): Acceptance {
  return createAcceptance({
    clock,
    senders: createSenders({ db }),
    geoPermissions: createGeoPermissions({ db }),
    applications: createApplications({ db }),
    writer: createWriter({ db, clock, onBatch: () => undefined }),
    onAccepted: () => undefined,
  });
}
