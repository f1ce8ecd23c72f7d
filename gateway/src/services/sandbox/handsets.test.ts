import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount } from "../../../test/support/message-account.ts";
import { systemClock } from "../../core/clock.ts";
import { uuidOf } from "../../core/ids.ts";
import { listHandsetEntries } from "../../store/sandbox.ts";
import { createInbound } from "../inbound/inbound.ts";
import { createSandboxHandsets, type SandboxHandsets } from "./handsets.ts";

const number = "+12025550100";
const handset = "+12025550123";

let database: TestDatabase;
let account: MessageAccount;
let handsets: SandboxHandsets;
let told: number;

beforeEach(async () => {
  database = await testDatabase();
  account = await insertMessageAccount(database.db);
  await account.addSender({ address: number, smsUrl: "https://app.example.com/sms" });
  told = 0;
  const inbound = createInbound({
    db: database.db,
    clock: systemClock,
    onStored: () => told++,
    wakeCallbacks: () => told++,
  });
  handsets = createSandboxHandsets({ inbound, clock: systemClock });
});

afterEach(() => database.close());

const send = (body: string) =>
  handsets.send({ accountSid: account.accountSid, from: handset, to: number, body, mediaUrls: [] });

const history = () =>
  listHandsetEntries(database.db, account.accountSid, handset, { limit: 10, before: null, undelivered: true });

it("what a handset sends is in the gateway and in the handset's history, or, when that fails, in neither", async () => {
  await database.db.query("alter table sandbox_messages add constraint no_pears check (body <> 'pear')");
  await expect(send("pear")).rejects.toThrow("no_pears");
  const kept = await database.db.query(
    `select id from messages where account_id = $1
     union all select id from callbacks where account_id = $1 union all select id from events where account_id = $1`,
    [uuidOf(account.accountSid)],
  );
  expect([kept, await history(), told]).toEqual([[], [], 0]);

  const message = await send("apple");
  expect(await history()).toMatchObject([{ direction: "from-handset", body: "apple", messageSid: message.sid }]);
  expect(told).toBe(2);
});

it("the history has the text as the gateway stored it", async () => {
  expect((await send("a\0b")).body).toBe("ab");
  expect((await history()).map((entry) => entry.body)).toEqual(["ab"]);
});
