import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount } from "../../test/support/message-account.ts";
import { systemClock } from "../core/clock.ts";
import type { MessagingServiceSid } from "../core/ids.ts";
import { createInbound } from "../services/inbound/inbound.ts";
import { listConsentHistory } from "./consent-lists.ts";
import { isOptedOut, recordConsent } from "./consents.ts";
import type { Queryable } from "./database.ts";
import { deleteMessagingService, lockMessagingService } from "./messaging-services.ts";
import { deleteSender, lockSender, updateSender } from "./sender-changes.ts";
import { setSenderService } from "./service-pools.ts";
import { releaseSenders } from "./upstream-senders.ts";

const number = "+12025550100";
const sibling = "+12025550101";
const handset = "+12025550123";

let database: TestDatabase;
let account: MessageAccount;
let service: MessagingServiceSid;

beforeEach(async () => {
  database = await testDatabase();
  account = await insertMessageAccount(database.db);
  service = await account.addService();
  await account.addSender({ address: number, messagingServiceSid: service });
  await account.addSender({ address: sibling, messagingServiceSid: service });
});

afterEach(() => database.close());

function says(body: string, to = number): Promise<unknown> {
  const wakeCallbacks = () => undefined;
  const inbound = createInbound({ db: database.db, clock: systemClock, onStored: () => undefined, wakeCallbacks });
  const { accountSid } = account;
  return inbound.receive([{ accountSid, from: handset, to, body, mediaUrls: [], providerId: null }]);
}

const optedOut = (...senders: string[]) => isOptedOut(database.db, account.accountSid, senders, handset);

async function lockedSender(tx: Queryable, address = number) {
  const sender = await lockSender(tx, account.accountSid, address);
  if (sender === null) throw new Error(`there is no ${address}`);
  return sender;
}

async function deleteService(tx: Queryable): Promise<void> {
  const locked = await lockMessagingService(tx, account.accountSid, service);
  if (locked !== null) await deleteMessagingService(tx, locked);
}

const ways: Readonly<Record<string, (tx: Queryable) => Promise<unknown>>> = {
  "its service is deleted": deleteService,
  "it is taken out of the pool": async (tx) => {
    await setSenderService(tx, account.accountSid, (await lockedSender(tx)).id, null);
  },
  "it is moved to another service": async (tx) => {
    const other = await account.addService();
    await updateSender(tx, await lockedSender(tx), { messagingServiceSid: other });
  },
  "the account gives it back": async (tx) => deleteSender(tx, await lockedSender(tx)),
  "its provider is removed": async (tx) => {
    const { accountSid, providerId } = await lockedSender(tx);
    await releaseSenders(tx, accountSid, providerId);
  },
};

describe("a STOP to a number of a messaging service", () => {
  for (const [way, free] of Object.entries(ways)) {
    it(`still holds for the number when ${way}, and says how it came`, async () => {
      await says("STOP");
      await database.db.transaction(free);
      expect(await optedOut(number)).toBe(true);
      const asked = { contact: handset, before: null, limit: 10 };
      const said = await listConsentHistory(database.db, account.accountSid, asked);
      const history = said.filter(({ sender }) => sender === number);
      expect(history).toHaveLength(1);
      expect(history[0]).toMatchObject({ status: "opt-out", source: "opt-out-message", via: "keyword" });
      expect(history[0]?.reference).toMatch(/^SM/);
    });
  }

  it("replaces what the number was told before, but not what it was told since", async () => {
    const { accountSid } = account;
    const word = { accountSid, contact: handset, source: "website", status: "opt-in" } as const;
    const origin = { via: "import", actor: null, reference: null } as const;
    const told = (sender: string, consentedAt: Date) =>
      recordConsent(database.db, { ...word, sender, consentedAt }, origin);
    await told(number, new Date(Date.now() - 3_600_000));
    await says("STOP");
    await told(sibling, new Date(Date.now() + 60_000));
    await database.db.transaction(deleteService);
    expect([await optedOut(number), await optedOut(sibling)]).toEqual([true, false]);
  });

  it("is taken back for a freed number by START", async () => {
    await says("STOP");
    await database.db.transaction(deleteService);
    await says("START");
    expect([await optedOut(number), await optedOut(sibling)]).toEqual([false, true]);
  });

  it("that comes while the number is being taken out holds for the number", async () => {
    let coming: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async (tx) => {
      await setSenderService(tx, account.accountSid, (await lockedSender(tx)).id, null);
      coming = says("STOP");
      await expect.poll(waitingForLock).toBe(1);
    });
    await coming;
    expect(await optedOut(number)).toBe(true);
  });
});

async function waitingForLock(): Promise<number> {
  const [row] = await database.db.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row?.waiting ?? 0;
}
