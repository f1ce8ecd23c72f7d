import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative, type NativeAnswer } from "../../../../test/support/native-client.ts";

let gateway: TestGateway;
let other: TestAccount;
beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
}, 60_000);
afterAll(() => gateway?.stop());

const call = (method: string, path: string, body?: unknown, account: TestAccount = gateway): Promise<NativeAnswer> =>
  callNative(gateway.url, basic(account.accountSid, account.authToken), [
    method,
    `/accounts/${gateway.accountSid}${path}`,
    body,
  ]);

it("keeps a safe list of numbers and thousands, in pages, with an audit row for each change", async () => {
  for (const number of ["+12025550142", "+12025550xxx", "+12025550199"]) {
    expect(await call("POST", "/safe-list", { number })).toMatchObject({ status: 201, body: { number } });
  }
  expect((await call("POST", "/safe-list", { number: "+12025550142" })).status).toBe(400);
  expect(await call("POST", "/safe-list", { number: "hello" })).toMatchObject({
    status: 400,
    body: { error: { details: [{ field: "number" }] } },
  });
  const first = await call("GET", "/safe-list?limit=2");
  const rest = await call("GET", `/safe-list?limit=2&after=${encodeURIComponent(first.body.next)}`);
  const numbers = [...first.body.entries, ...rest.body.entries].map(({ number }: { number: string }) => number);
  expect([numbers.toSorted(), rest.body.next]).toEqual([["+12025550142", "+12025550199", "+12025550xxx"], null]);
  expect((await call("DELETE", `/safe-list/${encodeURIComponent("+12025550xxx")}`)).status).toBe(204);
  expect((await call("DELETE", `/safe-list/${encodeURIComponent("+12025550xxx")}`)).status).toBe(404);
  expect((await call("GET", "/safe-list", undefined, other)).status).toBe(404);
  const audit = await gateway.db.query("select action from audit where action like 'safe-list.%' order by id");
  expect(audit.map(({ action }) => action)).toEqual([...Array(3).fill("safe-list.added"), "safe-list.removed"]);
});

it("forbids and allows countries, all changes or none", async () => {
  const off = { changes: [{ code: "DE", enabled: false }] };
  const enabled = ({ body }: NativeAnswer, wanted: string) =>
    body.countries.find(({ code }: { code: string }) => code === wanted)?.enabled;
  const changed = await call("PATCH", "/geo-permissions", off);
  expect([enabled(changed, "DE"), enabled(changed, "FR")]).toEqual([false, true]);
  const mixed = [
    { code: "FR", enabled: false },
    { code: "ZZ", enabled: false },
  ];
  expect(await call("PATCH", "/geo-permissions", { changes: mixed })).toMatchObject({
    status: 400,
    body: { error: { details: [{ field: "changes.1.code" }] } },
  });
  expect(enabled(await call("GET", "/geo-permissions"), "FR")).toBe(true);
  expect((await call("PATCH", "/geo-permissions", off, other)).status).toBe(404);
});

it("tells which countries the last seven days' messages went to, whatever came in, and of no other account's", async () => {
  const account = await gateway.addAccount();
  const use = async (of: TestAccount = account) =>
    (
      await callNative(gateway.url, basic(of.accountSid, of.authToken), [
        ...(["GET", `/accounts/${of.accountSid}/geo-permissions/usage`] as const),
      ])
    ).body;
  const [from] = account.numbers;
  const recipients = [
    "+4915123456789",
    "+33612345678",
    "+33612345679",
    "+447781100123",
    "+447400123456",
    "+14165550123",
  ];
  for (const to of recipients) {
    const message = { from, to, body: "Hello" };
    const asked = ["POST", "/messages", message] as const;
    expect((await callNative(gateway.url, basic(account.accountSid, account.authToken), asked)).status).toBe(201);
  }
  const inbound = { from: "+12025550142", to: from, body: "Hi" };
  await callNative(gateway.url, basic(account.accountSid, account.authToken), ["POST", "/sandbox/inbound", inbound]);
  const { countries, estimated } = await use();
  expect(estimated).toBe(false);
  const told = countries.map(({ code, messages }: { code: string; messages: number }) => `${code} ${messages}`);
  // Guernsey and the United Kingdom, Canada and the United States share their calling codes.
  expect(told).toEqual(["CA 1", "DE 1", "FR 2", "GB 1", "GG 1"]);
  expect((await use(other)).countries).toEqual([]);
  expect((await call("GET", "/geo-permissions/usage", undefined, other)).status).toBe(404);
});
