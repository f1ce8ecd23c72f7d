// The outcome table, row by row: what follows from what an upstream does with a message. A real gateway is the upstream of
// every row and, with another account, the fallback; where it would not misbehave by itself, a way to it does.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { type FaultyWay, startFaultyWay } from "../support/faulty-way.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { freePort } from "../support/gateway-process.ts";
import {
  accept,
  addProvider,
  attemptsOf,
  chain,
  eventsOf,
  receivedTexts,
  type UpstreamProvider,
  until,
  untilHandedOver,
} from "../support/upstreams.ts";

let gateway: TestGateway;
let upstream: TestGateway;
/** An account at the upstream that takes everything. */
let good: TestAccount;
let way: FaultyWay;
const servers: Server[] = [];
let rows = 0;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startTestGateway({ dispatch: true }), startTestGateway({ dispatch: true })]);
  good = await upstream.addAccount();
  way = await startFaultyWay(upstream.url, "+15005550009");
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await way.close();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await upstream.stop();
});

/** A server of which only this is known: what it answers. */
async function startServer(answer: (method: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(request.method ?? "", response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Row {
  /** Provider `first`; `second` leads to the good account. */
  readonly first: Partial<UpstreamProvider>;
  readonly alone?: boolean;
  readonly to?: string;
}

/** Sends one message through an account of its own, whose chain is `first`, then `second`. */
async function run({ first, alone = false, to = nextRecipient() }: Row) {
  const account = { ...gateway, ...(await gateway.addAccount()) };
  const at = { name: "first", baseUrl: upstream.url, account: upstream, ...first };
  const firstId = await addProvider(account, at);
  const secondId = await addProvider(account, { name: "second", baseUrl: upstream.url, account: good });
  await chain(account, firstId, ...(alone ? [] : [secondId]));
  const body = `outcome ${rows++}`;
  const sid = await accept(account, { To: to, Body: body });
  const end = await untilHandedOver(account, sid);
  const attempts = await attemptsOf(account, sid);
  const health = () =>
    account.db.query("select state, code, checked_by from provider_health where provider_id = $1", [firstId]);
  return {
    end,
    attempts,
    path: attempts.map(({ provider, outcome }) => `${provider} ${outcome}`),
    copies: await copiesOf(body),
    health,
    events: await eventsOf(account, sid),
  };
}

/** What the upstream has accepted it also hands over: waited for, so that a second copy would be seen. */
async function copiesOf(body: string): Promise<number> {
  const [row] = await upstream.db.query<{ count: number }>(
    "select count(*)::int as count from messages where body = $1 and direction <> 'inbound'",
    [body],
  );
  const accepted = row?.count ?? 0;
  await until(async () => ((await receivedTexts(upstream)).get(body) ?? 0) === accepted);
  return accepted;
}

let recipients = 0;
const nextRecipient = () => `+1202557${String(recipients++).padStart(4, "0")}`;

describe.concurrent("the outcome table", { timeout: 40_000 }, () => {
  it("accepted: sent, once", async () => {
    const { end, path, copies } = await run({ first: {} });
    expect(end).toMatchObject({ from: upstream.numbers[0] });
    expect([path, copies]).toEqual([["first accepted"], 1]);
  });

  it("connection refused: again with back-off, then the next provider", async () => {
    const { path, copies, attempts } = await run({ first: { baseUrl: `http://127.0.0.1:${await freePort()}` } });
    expect([path, copies]).toEqual([["first retry", "first retry", "first retry", "second accepted"], 1]);
    expect(attempts.at(-1)).toMatchObject({ from: good.numbers[0] });
  });

  it("no TLS where there should be: the same", async () => {
    const { path, copies } = await run({ first: { baseUrl: upstream.url.replace("http:", "https:") } });
    expect([path.at(0), path.at(-1), copies]).toEqual(["first retry", "second accepted", 1]);
  });

  it("429 with Retry-After: the provider is left alone, and the next one takes the message at once", async () => {
    const to = nextRecipient();
    way.behave(to, "retry");
    const { path, copies, attempts, events } = await run({ first: { baseUrl: way.url }, to });
    expect([path, copies]).toEqual([["first retry", "second accepted"], 1]);
    expect(attempts[0]).toMatchObject({ code: 20429 });
    const reason = expect.stringMatching(/^asked to be left alone until /);
    expect(events.find(({ type }) => type === "message.sent")?.data).toMatchObject({ passedOver: [{ reason }] });
  });

  it("503 of a rate limiter: again, then the next", async () => {
    const baseUrl = await startServer((_, response) => {
      response.writeHead(503, { "content-type": "application/json" });
      response.end(JSON.stringify({ code: 20503, message: "Service unavailable", status: 503 }));
    });
    const { path, copies } = await run({ first: { baseUrl } });
    expect([path.at(0), path.at(-1), copies]).toEqual(["first retry", "second accepted", 1]);
  });

  it("401: the next one now, and the provider is flagged", async () => {
    const account = { ...upstream, authToken: "0".repeat(32) };
    const { path, copies, attempts, health } = await run({ first: { account } });
    expect([path, copies]).toEqual([["first next-provider", "second accepted"], 1]);
    expect(attempts[0]).toMatchObject({ code: 20003 });
    await until(async () => (await health()).length > 0);
    expect(await health()).toEqual([{ state: "rejected", code: 20003, checked_by: "dispatch" }]);
  });

  it("403, suspended: the same", async () => {
    const account = await upstream.addAccount(upstream.accountSid);
    await upstream.db.query("update accounts set status = 'suspended' where id = $1", [uuidOf(account.accountSid)]);
    const { path, copies, attempts, health } = await run({ first: { account } });
    expect([path, copies]).toEqual([["first next-provider", "second accepted"], 1]);
    expect(attempts[0]).toMatchObject({ code: 20005 });
    await until(async () => (await health()).length > 0);
    expect(await health()).toMatchObject([{ state: "rejected" }]);
  });

  it("sender not usable: the next one now, from its own number, and nobody is flagged", async () => {
    const { path, copies, attempts, end, health } = await run({ first: { config: { fromNumber: "+12025550177" } } });
    expect([path, copies]).toEqual([["first next-provider", "second accepted"], 1]);
    expect(attempts[0]).toMatchObject({ code: 21606, from: "+12025550177" });
    expect([end.from, await health()]).toEqual([good.numbers[0], []]);
  });

  it("region not enabled: the next one now", async () => {
    const account = await upstream.addAccount();
    await upstream.db.query("insert into geo_permissions (account_id, disabled_countries) values ($1, '{FR}')", [
      uuidOf(account.accountSid),
    ]);
    const { path, copies, attempts } = await run({ first: { account }, to: "+33612345678" });
    expect([path, copies, attempts[0]?.code]).toEqual([["first next-provider", "second accepted"], 1, 21408]);
  });

  it("the recipient is no mobile: failed with that code, and nobody else is asked", async () => {
    const { path, copies, end } = await run({ first: {}, to: "+15005550009" });
    expect([path, copies]).toEqual([["first refused"], 0]);
    expect(end).toMatchObject({ status: "failed", code: 21614 });
  });

  it("the recipient has opted out there: failed, and the opt-out is not got around", async () => {
    const to = nextRecipient();
    await upstream.db.query(
      `insert into consents (account_id, sender, contact, status, source, consented_at)
       values ($1, $2, $3, 'opt-out', 'test', now())`,
      [uuidOf(upstream.accountSid), upstream.numbers[0], to],
    );
    const { path, copies, end } = await run({ first: {}, to });
    expect([path, copies]).toEqual([["first refused"], 0]);
    expect(end).toMatchObject({ status: "failed", code: 21610 });
  });

  it("no answer, but the provider has it: found and adopted, not sent again", async () => {
    const to = nextRecipient();
    way.behave(to, "takes-then-silent");
    const { path, copies } = await run({ first: { baseUrl: way.url }, to });
    expect([path, copies]).toEqual([["first adopted"], 1]);
  });

  describe("no answer, and the provider cannot be asked", () => {
    const silentAndMute = () =>
      startServer((method, response) => {
        if (method === "POST") return void response.destroy();
        response.writeHead(401, { "content-type": "application/json" });
        response.end(JSON.stringify({ code: 70051, message: "Authorization Error", status: 401 }));
      });

    it("failed by default, with nobody else asked", async () => {
      const { path, copies, end } = await run({ first: { baseUrl: await silentAndMute() } });
      expect([path, copies]).toEqual([["first unknown"], 0]);
      expect(end).toMatchObject({ status: "failed", code: 30410 });
    });

    it("sent again, and in the end by the next provider, if its owner wants that", async () => {
      const { path, copies } = await run({
        first: { baseUrl: await silentAndMute(), config: { onUnknown: "resend" } },
      });
      expect([path.at(0), path.at(-1), copies]).toEqual(["first lost", "second accepted", 1]);
    });
  });

  it("nothing left: failed with the last reason", async () => {
    const account = { ...upstream, authToken: "0".repeat(32) };
    const { path, end, events } = await run({ first: { account }, alone: true });
    expect(path).toEqual(["first next-provider"]);
    expect(end).toMatchObject({ status: "failed", code: 20003 });
    expect(events.at(-1)).toMatchObject({ type: "message.failed", data: { errorCode: 20003 } });
  });
});
