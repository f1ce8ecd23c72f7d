// One queue for all: thousands of messages for a provider that is dead or slow stand in front, and those of the others must
// not wait behind them.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSealer } from "../../src/core/credentials/seal.ts";
import { type AccountSid, newUuid, uuidOf } from "../../src/core/ids.ts";
import { completeAccount, makeAccount } from "../../src/services/bootstrap/make-account.ts";
import { setFallbackChain } from "../../src/store/accounts.ts";
import { insertProvider } from "../../src/store/providers.ts";
import { ownNumber, startMessagePath, type TestPath } from "../support/message-path.ts";

const inFront = 20_000;
const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });

let path: TestPath;
beforeEach(async () => {
  path = await startMessagePath({ dispatch: false });
});
afterEach(() => path.stop());

/** An account whose one provider is there, with messages that have been due for minutes. */
async function crowd(baseUrl: string): Promise<AccountSid> {
  const account = completeAccount({ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] });
  const id = newUuid();
  await path.db.transaction(async (tx) => {
    await makeAccount({ tx, sealer }, account);
    await insertProvider(tx, sealer, {
      ...{ accountSid: account.sid, id, kind: "twilio", name: "upstream" },
      config: { baseUrl, accountSid: account.sid, fromNumber: "+12025550177" },
      secrets: { authToken: "secret" },
    });
    await setFallbackChain(tx, account.sid, [id]);
    await tx.query(
      `insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
         created_at, updated_at, due_at, expires_at)
       select $1, (left(uuid_at(now())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, 'outbound-api',
         'queued', '+12025550177', '+12025550142', 'x', 1, 0, now(), now(), now() - interval '5 minutes', now() + interval '4 hours'
       from generate_series(1, ${inFront})`,
      [uuidOf(account.sid)],
    );
  });
  return account.sid;
}

/** How many of them nobody has looked at yet. */
async function untouched(accountSid: AccountSid): Promise<number> {
  const rows = await path.db.query("select 1 as one from messages where account_id = $1 and claim = 0", [
    uuidOf(accountSid),
  ]);
  return rows.length;
}

async function attemptsOf(accountSid: AccountSid): Promise<number> {
  return (await path.db.query("select 1 as one from attempts where account_id = $1", [uuidOf(accountSid)])).length;
}

it("messages of others do not wait behind those of a dead provider, and few of these are tried", {
  timeout: 60_000,
}, async () => {
  const crowded = await crowd("http://127.0.0.1:1");
  const { message } = await path.acceptance.accept(path.accountSid, {
    to: "+12025550142",
    from: ownNumber,
    body: "hi",
  });
  await path.another();
  await path.until(message.sid, (row) => row.status === "delivered");
  expect(await untouched(crowded)).toBeGreaterThan(inFront / 4);
  await expect.poll(() => untouched(crowded), { interval: 100, timeout: 40_000 }).toBe(0);
  expect(await attemptsOf(crowded)).toBeLessThan(inFront / 20);
});

it("a slow provider has its share of the hand-overs under way, and leaves the others theirs", {
  timeout: 60_000,
}, async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  try {
    const crowded = await crowd(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    await path.another();
    await expect.poll(() => attemptsOf(crowded), { interval: 20, timeout: 20_000 }).toBeGreaterThan(100);
    const { message } = await path.acceptance.accept(path.accountSid, {
      to: "+12025550142",
      from: ownNumber,
      body: "hi",
    });
    await path.until(message.sid, (row) => row.status === "delivered");
    const open = "select 1 as one from attempts where account_id = $1 and outcome is null";
    expect((await path.db.query(open, [uuidOf(crowded)])).length).toBeLessThanOrEqual(200);
  } finally {
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
});
