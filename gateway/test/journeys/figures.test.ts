// The figures of the dashboard's overview agree with the counters of /metrics and with the tables, over a mix of everything:
// two accounts, two kinds of providers, messages that arrive, that do not, that fail at once, that need several tries.

import { afterAll, beforeAll, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { addProvider, chain } from "../support/upstreams.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let other: TestAccount;
beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startTestGateway({ dispatch: true }), startTestGateway({ dispatch: true })]);
  other = await gateway.addAccount();
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

async function call(account: TestAccount, method: string, path: string, body?: unknown) {
  const answer = await callNative(gateway.url, basic(account.accountSid, account.authToken), [method, path, body]);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

async function send(account: TestAccount, to: string, count: number): Promise<void> {
  const message = { to, from: account.numbers[0], body: "Your code is 123456" };
  for (let sent = 0; sent < count; sent++) await call(account, "POST", "/messages", message);
}

type Counts = Record<string, number>;

/** What three sources say of the same: by status (of failures with their code), and hand-overs by kind and outcome. */
interface Figures {
  readonly inbound: number;
  readonly outbound: number;
  readonly ends: Counts;
  readonly attempts: Counts;
}

function added(rows: readonly (readonly [string, number])[]): Counts {
  const counts: Counts = {};
  for (const [key, count] of rows) counts[key] = (counts[key] ?? 0) + count;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

async function ofOverview(accounts: readonly TestAccount[]): Promise<Figures> {
  const all = await Promise.all(
    accounts.map(async (account) => ({
      statistics: await call(account, "GET", "/statistics?range=1h"),
      kinds: new Map<string, string>(
        (await call(account, "GET", "/providers")).providers.map(({ id, kind }: { id: string; kind: string }) => [
          id,
          kind,
        ]),
      ),
    })),
  );
  const outbound = all.flatMap(({ statistics }) => Object.entries(statistics.totals.outbound as Counts));
  return {
    inbound: all.reduce((sum, { statistics }) => sum + statistics.totals.inbound, 0),
    outbound: outbound.reduce((sum, [, count]) => sum + count, 0),
    ends: added([
      ...outbound.filter(([status]) => status === "delivered"),
      ...all.flatMap(({ statistics }) =>
        (statistics.failures as { errorCode: number; count: number }[]).map(
          ({ errorCode, count }) => [String(errorCode), count] as const,
        ),
      ),
    ]),
    attempts: added(
      all.flatMap(({ statistics, kinds }) =>
        (statistics.providers as { providerId: string; outcomes: Counts }[]).flatMap(({ providerId, outcomes }) =>
          Object.entries(outcomes).map(([outcome, count]) => [`${kinds.get(providerId)} ${outcome}`, count] as const),
        ),
      ),
    ),
  };
}

async function ofMetrics(): Promise<Figures> {
  const lines = (await (await fetch(`${gateway.url}/metrics`)).text()).split("\n");
  const read = (name: string) =>
    lines
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .map((line) => ({
        labels: new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value])),
        count: Number(line.split(" ").at(-1)),
      }));
  const accepted = added(
    read("trunkline_messages_accepted_total").map((one) => [one.labels.get("direction") ?? "", one.count]),
  );
  const codes = [...read("trunkline_messages_undelivered_total"), ...read("trunkline_messages_failed_total")];
  return {
    inbound: accepted["inbound"] ?? 0,
    outbound: Object.values(accepted).reduce((sum, count) => sum + count, 0) - (accepted["inbound"] ?? 0),
    ends: added([
      ...read("trunkline_messages_delivered_total").map(({ count }) => ["delivered", count] as const),
      ...codes.map(({ labels, count }) => [labels.get("code") ?? "", count] as const),
    ]),
    attempts: added(
      read("trunkline_attempts_total").map(({ labels, count }) => [
        `${labels.get("kind")} ${labels.get("outcome")}`,
        count,
      ]),
    ),
  };
}

async function ofTables(accounts: readonly TestAccount[]): Promise<Figures> {
  const ids = [accounts.map(({ accountSid }) => uuidOf(accountSid))];
  const messages = await gateway.db.query<{ direction: string; status: string; code: number | null; count: number }>(
    `select direction, status, error_code as code, count(*)::int as count from messages
     where account_id = any($1::uuid[]) group by 1, 2, 3`,
    ids,
  );
  const attempts = await gateway.db.query<{ kind: string; outcome: string; count: number }>(
    `select p.kind, coalesce(a.outcome, 'open') as outcome, count(*)::int as count
     from attempts a join providers p on p.account_id = a.account_id and p.id = a.provider_id
     where a.account_id = any($1::uuid[]) group by 1, 2`,
    ids,
  );
  const sum = (rows: readonly { count: number }[]) => rows.reduce((total, { count }) => total + count, 0);
  const out = messages.filter(({ direction }) => direction !== "inbound");
  return {
    inbound: sum(messages) - sum(out),
    outbound: sum(out),
    ends: added([
      ...out.filter(({ status }) => status === "delivered").map(({ count }) => ["delivered", count] as const),
      ...out
        .filter(({ status }) => status === "failed" || status === "undelivered")
        .map(({ code, count }) => [String(code), count] as const),
    ]),
    attempts: added(attempts.map(({ kind, outcome, count }) => [`${kind} ${outcome}`, count])),
  };
}

it("the overview, /metrics and the tables agree on a mix of messages, failures and providers", async () => {
  const provider = await addProvider(gateway, { name: "upstream", baseUrl: upstream.url, account: upstream });
  await chain(gateway, provider);
  await call(other, "PUT", "/sandbox/faults", {
    rules: [
      { match: { to: "+1202555018*" }, effect: { type: "undelivered", errorCode: 30005 } },
      { match: { to: "+1202555019*" }, effect: { type: "failed-recipient", errorCode: 21614 } },
      { match: { to: "+12025550170", times: 2 }, effect: { type: "rate-limit", retryAfterSeconds: 0 } },
    ],
  });
  await send(other, "+12025550142", 7);
  await send(other, "+15005553003", 2);
  await send(other, "+12025550181", 3);
  await send(other, "+12025550191", 4);
  await send(other, "+12025550170", 1);
  await send(gateway, "+12025550142", 5);
  await call(other, "POST", "/sandbox/inbound", { from: "+12025550142", to: other.numbers[0], body: "Hello" });
  const accounts = [gateway, other];
  const arrived = { delivered: 8, "30003": 2, "30005": 3, "21614": 4 };
  await expect.poll(async () => (await ofTables([other])).ends, { timeout: 15_000 }).toEqual(arrived);
  const handedOver = async () => (await ofTables([gateway])).attempts;
  await expect.poll(handedOver, { timeout: 15_000 }).toEqual({ "twilio accepted": 5 });
  // Those of the upstream may be reported delivered between two looks; then one looks again.
  const agree = async () => {
    const tables = await ofTables(accounts);
    return { tables, overview: await ofOverview(accounts), metrics: await ofMetrics() };
  };
  await expect.poll(agree, { timeout: 20_000, interval: 300 }).toSatisfy(({ tables, overview, metrics }) => {
    expect({ overview, metrics }).toEqual({ overview: tables, metrics: tables });
    return true;
  });
  const { inbound, outbound, attempts } = await ofTables(accounts);
  expect([inbound, outbound]).toEqual([1, 22]);
  expect(attempts["sandbox retry"]).toBe(2);
}, 60_000);
