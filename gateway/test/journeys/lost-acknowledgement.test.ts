// Answers that get lost: the upstream has the message, the gateway cannot know. It asks before it sends again, and matches
// each of the upstream's messages once, also when many look alike. The upstream's own record is the judge.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultyWay, startFaultyWay } from "../support/faulty-way.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { accept, addProvider, attemptsOf, chain, receivedTexts, until, untilHandedOver } from "../support/upstreams.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let way: FaultyWay;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startTestGateway({ dispatch: true }), startTestGateway({ dispatch: true })]);
  way = await startFaultyWay(upstream.url, "+15005550009");
  const provider = await addProvider(gateway, { name: "upstream", baseUrl: way.url, account: upstream });
  await chain(gateway, provider);
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await way.close();
  await upstream.stop();
});

/** Sends to recipients of whom every answer is lost; resolves to the outcomes of all attempts. */
async function sendAll(
  messages: readonly { readonly To: string; readonly Body: string }[],
): Promise<(string | null)[]> {
  for (const { To } of messages) way.behave(To, "takes-then-silent");
  const sids = await Promise.all(messages.map((message) => accept(gateway, message)));
  await Promise.all(sids.map((sid) => untilHandedOver(gateway, sid)));
  const attempts = await Promise.all(sids.map((sid) => attemptsOf(gateway, sid)));
  return attempts.flatMap((all) => all.map(({ outcome }) => outcome));
}

/** What the upstream has accepted it also hands over: waited for, so that a second copy would be seen. */
async function copiesOf(text: string): Promise<number> {
  const count = "select count(*)::int as count from messages where body = $1 and direction <> 'inbound'";
  const [row] = await upstream.db.query<{ count: number }>(count, [text]);
  await until(async () => ((await receivedTexts(upstream)).get(text) ?? 0) === (row?.count ?? 0));
  return row?.count ?? 0;
}

describe("a lost acknowledgement", { timeout: 60_000 }, () => {
  it("never doubles: each of a hundred messages is found and adopted", async () => {
    const messages = Array.from({ length: 100 }, (_, n) => ({ To: `+1202558${1000 + n}`, Body: `lost ${n}` }));
    expect(new Set(await sendAll(messages))).toEqual(new Set(["adopted"]));
    expect(await Promise.all(messages.map(({ Body }) => copiesOf(Body)))).toEqual(messages.map(() => 1));
  });

  it("never makes one message of several that are the same: each is matched with another", async () => {
    const same = { To: "+12025590000", Body: "Your code is 4711" };
    expect(await sendAll(Array.from({ length: 8 }, () => same))).toEqual(Array.from({ length: 8 }, () => "adopted"));
    expect(await copiesOf(same.Body)).toBe(8);
    const ids = await gateway.db.query<{ ids: number }>(
      `select count(distinct a.carrier_message_id)::int as ids
       from attempts a join messages m on m.account_id = a.account_id and m.id = a.message_id where m.body = $1`,
      [same.Body],
    );
    expect(ids).toEqual([{ ids: 8 }]);
  });
});
