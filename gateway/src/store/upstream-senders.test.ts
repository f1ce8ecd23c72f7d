import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertMessageAccount } from "../../test/support/message-account.ts";
import { createSealer } from "../core/credentials/seal.ts";
import { newUuid, type Uuid, uuidOf } from "../core/ids.ts";
import { insertProvider } from "./providers.ts";
import { adoptUpstreamSenders, releaseSenders, replaceUpstreamSenders } from "./upstream-senders.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const sealer = createSealer({ keys: [Buffer.alloc(32, 7)] });

it("parts a provider from its senders: they go to another that names them, alone or among others, or are gone", async () => {
  const { db } = database;
  const { accountSid, addSender } = await insertMessageAccount(db);
  const insert = async (config: object): Promise<Uuid> => {
    const id = newUuid();
    await insertProvider(db, sealer, { accountSid, id, kind: "twilio", name: id, config: { ...config } });
    return id;
  };
  const leaving = await insert({});
  const one = await insert({ fromNumber: "+12025550101" });
  const several = await insert({ fromNumbers: [{ number: "+12025550102", countries: ["US"] }, { number: "22395" }] });
  const numbers = ["+12025550101", "+12025550102", "22395", "+12025550103"];
  for (const address of numbers) await addSender({ address, providerId: leaving });
  expect(await releaseSenders(db, accountSid, leaving)).toEqual(["+12025550103"]);
  const rows = await db.query("select address, provider_id from senders where account_id = $1 order by address", [
    uuidOf(accountSid),
  ]);
  expect(rows).toEqual([
    { address: "+12025550101", provider_id: one },
    { address: "+12025550102", provider_id: several },
    { address: "22395", provider_id: several },
  ]);
});

it("makes what an upstream has senders of the account, once, with one row in the audit log", async () => {
  const { db } = database;
  const { accountSid } = await insertMessageAccount(db);
  const id = newUuid();
  await insertProvider(db, sealer, { accountSid, id, kind: "twilio", name: "Upstream", config: {} });
  const numbers = ["+12025550171", "+12025550172"];
  const listed = numbers.map((address, index) => ({
    ...{ sid: `PN${index}`, kind: "number" as const, address, name: address, capabilities: ["sms"] as const },
  }));
  await replaceUpstreamSenders(db, { accountSid, providerId: id }, listed, new Date(0));
  expect(await adoptUpstreamSenders(db, accountSid, id)).toBe(2);
  expect(await adoptUpstreamSenders(db, accountSid, id)).toBe(0);
  const rows = await db.query("select actor, action, subject, after from audit where account_id = $1", [
    uuidOf(accountSid),
  ]);
  const found = { actor: "synchronisation", action: "provider.senders-found", subject: id };
  expect(rows).toEqual([{ ...found, after: { count: 2, senders: expect.arrayContaining(numbers) } }]);
});
