import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertMessageAccount } from "../../test/support/message-account.ts";
import type { Consent, ConsentOrigin } from "../core/consent/consent.ts";
import { type AccountSid, newUuid, sidOf } from "../core/ids.ts";
import { isOptedOut, optedOutAmong, optOutsOf, recordConsent } from "./consents.ts";

const accountSid = sidOf<AccountSid>("AC", newUuid());
const other = sidOf<AccountSid>("AC", newUuid());
const sender = "+12025550100";
const contact = "+12025550123";

const origin: ConsentOrigin = { via: "keyword", actor: null, reference: "SM1" };

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});

afterEach(() => database.close());

const word = (status: Consent["status"], at: string, rest: Partial<Consent> = {}): Consent => ({
  accountSid,
  sender,
  contact,
  status,
  source: "website",
  consentedAt: new Date(at),
  ...rest,
});

describe("the consent store", () => {
  it("keeps the newest word; the same word again and an older one change neither it nor the history", async () => {
    const { db } = database;
    expect(await recordConsent(db, word("opt-out", "2026-03-01"), origin)).toBe(true);
    expect(await recordConsent(db, word("opt-out", "2026-04-01"), origin)).toBe(false);
    expect(await recordConsent(db, word("opt-in", "2026-02-01"), origin)).toBe(false);
    expect(await isOptedOut(db, accountSid, [sender], contact)).toBe(true);
    expect(await recordConsent(db, word("opt-in", "2026-05-01"), origin)).toBe(true);
    expect(await isOptedOut(db, accountSid, [sender], contact)).toBe(false);
    const history = await db.query("select status, via, actor, reference from consent_history order by id");
    const how = { via: "keyword", actor: null, reference: "SM1" };
    expect(history).toEqual([
      { status: "opt-out", ...how },
      { status: "opt-in", ...how },
    ]);
  });

  it("answers for many pairs at once, in their order, and never for another account", async () => {
    const { db } = database;
    await recordConsent(db, word("opt-out", "2026-03-01", { sender: "MG1" }), origin);
    await recordConsent(db, word("opt-out", "2026-03-01", { contact: "+12025550177" }), origin);
    const pairs = [
      { accountSid, sender, contact },
      { accountSid, sender: "MG1", contact },
      { accountSid: other, sender: "MG1", contact },
      { accountSid, sender, contact: "+12025550177" },
      { accountSid, sender: 'a "quoted", {sender}', contact },
    ];
    expect(await optedOutAmong(db, pairs)).toEqual([false, true, false, true, false]);
    expect(await optedOutAmong(db, [])).toEqual([]);
    expect(await isOptedOut(db, accountSid, [sender, "MG1"], contact)).toBe(true);
  });

  it("tells dispatch of an opted-out service's numbers too, as long as they are in it", async () => {
    const { db } = database;
    const account = await insertMessageAccount(db);
    const service = await account.addService();
    await account.addSender({ address: "+12025550101", messagingServiceSid: service });
    await account.addSender({ address: "+12025550102" });
    await recordConsent(
      db,
      { ...word("opt-out", "2026-03-01"), accountSid: account.accountSid, sender: service },
      origin,
    );
    const asked = [
      { accountSid: account.accountSid, contact },
      { accountSid: other, contact },
    ];
    expect(await optOutsOf(db, asked)).toEqual([new Set([service, "+12025550101"]), new Set()]);
    await db.query("update senders set messaging_service_id = null");
    expect(await optOutsOf(db, asked)).toEqual([new Set([service]), new Set()]);
  });
});
