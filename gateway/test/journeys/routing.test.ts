// Who a message goes out through: numbers that several providers own, numbers and messaging services that only an upstream
// knows, and messages that name no sender. Two more gateways are the upstreams.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Uuid } from "../../src/core/ids.ts";
import { listSenders } from "../../src/store/senders.ts";
import { setSenderService } from "../../src/store/service-pools.ts";
import { replaceUpstreamSenders } from "../../src/store/upstream-senders.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { callsOf } from "../support/twilio-call.ts";
import { accept, addProvider, attemptsOf, chain, receivedTexts, untilHandedOver } from "../support/upstreams.ts";

let gateway: TestGateway;
let one: TestGateway;
let two: TestGateway;
/** A new account of the gateway for each test. */
let account: TestGateway;
let messages = 0;

beforeAll(async () => {
  const options = { dispatch: true };
  [gateway, one, two] = await Promise.all([
    startTestGateway(options),
    startTestGateway(options),
    startTestGateway(options),
  ]);
}, 60_000);
afterAll(() => Promise.all([gateway, one, two].map((each) => each.stop())));
beforeEach(async () => {
  account = { ...gateway, ...(await gateway.addAccount()) };
});

const provider = (name: string, upstream: TestGateway, config?: Record<string, unknown>, credentials?: TestAccount) =>
  addProvider(account, { name, baseUrl: upstream.url, account: credentials ?? upstream, config: config ?? {} });

const broken = (upstream: TestGateway): TestAccount => ({ ...upstream, authToken: "0".repeat(32) });

/** Sends; resolves to the path of the message, what it is from in the end, and where it arrived. */
async function send(form: Readonly<Record<string, string>>) {
  const Body = `routed ${messages++}`;
  const sid = await accept(account, { To: "+12025560001", Body, ...form });
  const { status, from, code } = await untilHandedOver(account, sid);
  const attempts = await attemptsOf(account, sid);
  const path = attempts.map((attempt) => `${attempt.provider} ${attempt.outcome}`);
  return { status, from, code, path, sent: attempts.map((attempt) => attempt.from), Body };
}

async function refusal(form: Readonly<Record<string, string>>): Promise<unknown> {
  const answer = await callsOf(account.url, account)("/Messages.json", {
    form: { To: "+12025560001", Body: "x", ...form },
  });
  return answer.json?.["code"];
}

async function knows(providerId: Uuid, kind: "number" | "messaging_service", address: string): Promise<void> {
  const sender = { sid: address, kind, address, name: address, capabilities: ["sms"] };
  await replaceUpstreamSenders(account.db, { accountSid: account.accountSid, providerId }, [sender], new Date());
}

describe("a number", () => {
  it("of the built-in sandbox that a real provider of the chain owns goes out through that one, and never stays in", async () => {
    const [own] = account.numbers;
    // Both upstreams have the number, as every account here.
    await chain(account, await provider("first", one, { fromNumber: own }, broken(one)), await provider("second", two));
    expect(await send({ From: own })).toMatchObject({
      path: ["first next-provider", "second accepted"],
      from: own,
      sent: [own, own],
    });
  });

  it("that one provider alone owns has no fallback", async () => {
    const first = await provider("first", one, { fromNumber: "+12025550177" }, broken(one));
    await chain(account, first, await provider("second", two));
    const message = await send({ From: "+12025550177" });
    expect(message).toMatchObject({ path: ["first next-provider"], status: "failed", code: 20003 });
  });

  it("that only an upstream's catalogue knows is accepted, and goes out there", async () => {
    const [, number] = two.numbers;
    const first = await provider("first", one);
    const second = await provider("second", two);
    await chain(account, first, second);
    await account.db.query("delete from senders where account_id = $1 and address = $2", [
      account.accountSid.slice(2),
      number,
    ]);
    expect(await refusal({ From: number })).toBe(21606);
    await knows(second, "number", number);
    expect(await send({ From: number })).toMatchObject({ path: ["second accepted"], from: number });
  });
});

describe("a messaging service", () => {
  it("of an upstream is handed over to it, which chooses the sender; nobody else's is accepted", async () => {
    const first = await provider("first", one);
    const second = await provider("second", two);
    await chain(account, first, second);
    expect(await refusal({ MessagingServiceSid: two.serviceSid })).toBe(21701);
    await knows(second, "messaging_service", two.serviceSid);
    const message = await send({ MessagingServiceSid: two.serviceSid });
    expect(message).toMatchObject({ path: ["second accepted"], from: null, sent: [two.serviceSid] });
    await expect.poll(async () => (await receivedTexts(two)).get(message.Body)).toBe(1);
    const [row] = await two.db.query(
      "select messaging_service_id is not null as pooled from messages where body = $1",
      [message.Body],
    );
    expect(row).toEqual({ pooled: true });
  });

  it("that a provider of the chain is set up with needs no catalogue, and is what it sends from by default", async () => {
    await chain(account, await provider("first", one, { messagingServiceSid: one.serviceSid }));
    expect(await send({ MessagingServiceSid: one.serviceSid })).toMatchObject({ sent: [one.serviceSid] });
    expect(await send({})).toMatchObject({ path: ["first accepted"], from: null, sent: [one.serviceSid] });
  });

  it("of the account's own goes out from the first provider of the chain that has one of its senders, then the next", async () => {
    const [, pooled] = account.numbers;
    // The pool has this one number; both providers own it.
    const config = { fromNumber: pooled };
    const first = await provider("first", one, config, broken(one));
    await chain(account, first, await provider("second", two, config));
    const message = await send({ MessagingServiceSid: account.serviceSid });
    expect(message).toMatchObject({ path: ["first next-provider", "second accepted"], sent: [pooled, pooled] });
  });
});

describe("the pool of a messaging service", () => {
  it("takes what its senders' queues have room for, evenly, and refuses the rest only when all are full", async () => {
    const id = account.accountSid.slice(2);
    const [sender] = (await listSenders(account.db, account.accountSid)).filter(
      ({ address }) => address === account.numbers[0],
    );
    await setSenderService(account.db, account.accountSid, sender?.id ?? expect.unreachable(), account.serviceSid);
    // A slot a minute, and room for two each.
    const pace = "update senders set segments_per_second = 1.0 / 60, queue_limit_seconds = 60 where account_id = $1";
    await account.db.query(pace, [id]);
    const form = { MessagingServiceSid: account.serviceSid, Body: "pooled" };
    // To one recipient: whoever chooses by the recipient alone fills one queue.
    for (let n = 0; n < 8; n++) await accept(account, { To: "+12025560003", ...form });
    const rows = () =>
      account.db.query<{ from_address: string | null; error_code: number | null; waits: boolean }>(
        "select from_address, error_code, due_at is not null and status = 'accepted' as waits from messages where account_id = $1",
        [id],
      );
    await expect.poll(async () => (await rows()).filter(({ waits }) => waits)).toEqual([]);
    const failed = (await rows()).filter(({ error_code }) => error_code !== null);
    expect(failed.map(({ error_code }) => error_code)).toEqual([30001, 30001, 30001, 30001]);
    const taken = Map.groupBy(
      (await rows()).filter(({ error_code }) => error_code === null),
      ({ from_address }) => from_address,
    );
    expect(new Map([...taken].map(([from, all]) => [from, all.length]))).toEqual(
      new Map(account.numbers.map((number) => [number, 2])),
    );
  });
});

describe("a message without a sender", () => {
  it("goes down the chain, each provider sending from its own", async () => {
    const [first, second] = [
      await provider("first", one, { fromNumber: one.numbers[1] }, broken(one)),
      await provider("second", two),
    ];
    await chain(account, first, second);
    expect(await send({})).toMatchObject({
      path: ["first next-provider", "second accepted"],
      from: two.numbers[0],
      sent: [one.numbers[1], two.numbers[0]],
    });
  });

  it("is refused where no provider of the chain says what it sends from", async () => {
    expect(await refusal({})).toBe(21603);
  });
});
