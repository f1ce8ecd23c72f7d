import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { firstUuidAt, newUuid } from "../../../core/ids.ts";

let gateway: TestGateway;
let other: TestAccount;
const call = (account: TestAccount, path: string) =>
  callNative(gateway.url, basic(account.accountSid, account.authToken), ["GET", path]);

beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  other = await gateway.addAccount();
}, 60_000);
afterAll(() => gateway?.stop());

async function send(to: string): Promise<void> {
  const body = { to, from: gateway.numbers[0], body: "Hello" };
  const authorization = basic(gateway.accountSid, gateway.authToken);
  expect((await callNative(gateway.url, authorization, ["POST", "/messages", body])).status).toBe(201);
}

/** Every value of one counter of /metrics, by its labels. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const values = text.split("\n").filter((line) => line.startsWith(name));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("the statistics of an account", () => {
  it("agree with /metrics, message by message, failure by failure", async () => {
    for (let index = 0; index < 5; index++) await send("+12025550142");
    await send("+15005553003");
    // A report may come before the outcome of its hand-over is stored, and that before it is counted: all are waited for.
    const counted = async () => {
      const { totals, queue } = (await call(gateway, "/statistics?range=15m")).body;
      return [totals.outbound, queue.messages, await metric("trunkline_attempts_total{")];
    };
    await expect.poll(counted).toEqual([{ delivered: 5, undelivered: 1 }, 0, 6]);
    const { body } = await call(gateway, "/statistics?range=15m");
    expect(await metric("trunkline_messages_accepted_total{")).toBe(6);
    expect(await metric("trunkline_messages_delivered_total")).toBe(5);
    expect(await metric('trunkline_messages_undelivered_total{code="30003"')).toBe(1);
    expect(body.failures).toEqual([{ errorCode: 30003, title: "Unreachable destination handset", count: 1 }]);
    expect(body.queue).toEqual({ messages: 0, more: false, oldestDueSeconds: 0 });
    expect(body.latencyMs.p50).toBeLessThanOrEqual(body.latencyMs.p95);
    const [sandbox] = body.providers;
    expect(sandbox.outcomes).toEqual({ accepted: await metric("trunkline_attempts_total{") });
    expect(body.buckets.length * body.bucketSeconds).toBe(15 * 60);
  });

  it("are the account's own", async () => {
    const { body } = await call(other, "/statistics?range=15m");
    expect(body.totals).toEqual({ inbound: 0, outbound: {} });
    expect([body.failures, body.providers, body.latencyMs]).toEqual([[], [], null]);
  });

  it("of more messages in a bucket than are looked at are an estimate that says so", async () => {
    // 6000 messages over the ten minutes of a bucket of the last month: ten for each second.
    const account = await gateway.addAccount();
    const bucketMs = 43_200_000;
    const fromMs = Math.floor(Date.now() / bucketMs) * bucketMs - bucketMs;
    const ids = Array.from({ length: 6000 }, (_none, index) => {
      return firstUuidAt(fromMs + index * (bucketMs / 6000)).slice(0, 13) + newUuid().slice(13);
    });
    await gateway.db.query("select create_partitions($1::timestamptz, now())", [new Date(fromMs)]);
    await gateway.db.query(
      `insert into messages (account_id, id, direction, status, to_address, body, num_segments, num_media, created_at,
         updated_at) select $1::uuid, id, 'outbound-api', 'delivered', '+12025550142', '', 1, 0, now(), now()
       from unnest($2::uuid[]) as id`,
      [account.accountSid.slice(2), ids],
    );
    const { body } = await call(account, "/statistics?range=30d");
    const busy = body.buckets.filter((bucket: { estimated: boolean }) => bucket.estimated);
    expect(busy).toHaveLength(1);
    expect(busy[0].outbound.delivered).toBeGreaterThan(5_900);
    expect(busy[0].outbound.delivered).toBeLessThan(6_100);
  });

  it.each(["1y", "", "15m&x=1"])("refuse the range %s", async (range) => {
    expect((await call(gateway, `/statistics?range=${range}`)).status).toBe(400);
  });
});
