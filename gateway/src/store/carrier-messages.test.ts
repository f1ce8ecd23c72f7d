import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertBareAccount } from "../../test/support/sandbox.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { adoptCarrierMessage, matchedCarrierMessages } from "./carrier-messages.ts";

let database: TestDatabase;
let accountSid: AccountSid;
beforeAll(async () => {
  database = await testDatabase({ poolSize: 10 });
  accountSid = await insertBareAccount(database.db);
});
afterAll(() => database.close());

async function addProvider(config: object = {}): Promise<Uuid> {
  const id = newUuid();
  await database.db.query(
    "insert into providers (account_id, id, name, kind, config) values ($1, $2, 'upstream', 'twilio', $3)",
    [uuidOf(accountSid), id, JSON.stringify(config)],
  );
  return id;
}

async function openAttempt(providerId: Uuid, outcome: string | null = "unknown") {
  const messageSid = sidOf<MessageSid>("SM", newUuid());
  await database.db.query(
    `insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at, outcome)
     values ($1, $2, 1, $3, '+12025550100', now(), $4)`,
    [uuidOf(accountSid), uuidOf(messageSid), providerId, outcome],
  );
  return { accountSid, messageSid, attempt: 1, providerId };
}

const adopt = (attempt: Awaited<ReturnType<typeof openAttempt>>, carrierMessageId: string) =>
  adoptCarrierMessage(database.db, { ...attempt, carrierMessageId }, new Date());

describe("a provider's message", () => {
  it("settles one attempt, however many ask for it at the same time", async () => {
    const providerId = await addProvider();
    const attempts = await Promise.all(Array.from({ length: 10 }, () => openAttempt(providerId)));
    const adopted = await Promise.all(attempts.map((attempt) => adopt(attempt, "SM1")));
    expect(adopted.filter(Boolean)).toHaveLength(1);
    const rows = await database.db.query(
      "select 1 as one from attempts where provider_id = $1 and outcome = 'adopted' and carrier_message_id = 'SM1'",
      [providerId],
    );
    expect(rows).toHaveLength(1);
  });

  it("does not settle an attempt that is settled, and stays free for another", async () => {
    const providerId = await addProvider();
    expect(await adopt(await openAttempt(providerId, "accepted"), "SM1")).toBe(false);
    expect(await adopt(await openAttempt(providerId, null), "SM1")).toBe(true);
  });

  it("is matched for every other attempt, through whichever provider of that upstream account, and for no other's", async () => {
    const config = { accountSid: "ACupstream" };
    const [one, twin, stranger] = [await addProvider(config), await addProvider(config), await addProvider({})];
    const owner = await openAttempt(one);
    expect(await adopt(owner, "SM1")).toBe(true);
    const matchedFor = async (providerId: Uuid) =>
      matchedCarrierMessages(database.db, await openAttempt(providerId), ["SM1", "SM2"]);
    expect(await matchedFor(one)).toEqual(new Set(["SM1"]));
    expect(await matchedFor(twin)).toEqual(new Set(["SM1"]));
    expect(await matchedFor(stranger)).toEqual(new Set());
    expect(await matchedCarrierMessages(database.db, owner, ["SM1"])).toEqual(new Set());
  });
});
