import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../../core/ids.ts";
import { setAccountStatus } from "../../../../store/accounts.ts";
import { isSafeListed, safeListedAmong } from "../../../../store/safe-list.ts";

let gateway: TestGateway;
let call: Call;
const path = "/v1/SafeList/Numbers";

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const add = (PhoneNumber: string, by: Call = call) => by(path, { form: { PhoneNumber } });
const query = (number: string) => `${path}?PhoneNumber=${encodeURIComponent(number)}`;
const remove = (number: string, by: Call = call) => by(query(number), { method: "DELETE" });
const codeOf = ({ status, json }: { status: number; json: Readonly<Record<string, unknown>> | null }) => [
  status,
  json?.["code"],
];

describe("the safe list", () => {
  it.each(["+18001234567", "+18001239xxx"])("takes %s, gives it back, and lets it go", async (number) => {
    const made = await add(number);
    expect(made.status, made.text).toBe(201);
    expect(made.json).toEqual({ sid: expect.stringMatching(/^GN[0-9a-f]{32}$/), phone_number: number });
    expect((await call(query(number))).json).toEqual(made.json);
    // a plus sign that was not percent-encoded
    expect((await call(`${path}?PhoneNumber=${number}`)).json).toEqual(made.json);
    const again = await add(number);
    expect(again.json).toMatchObject({ code: 60411, message: "Phone Number already exists", status: 400 });
    expect((await remove(number)).status).toBe(204);
    for (const gone of [await call(query(number)), await remove(number)]) {
      expect(gone.json).toMatchObject({
        code: 20404,
        message: "The requested resource /SafeList/Numbers was not found",
        status: 404,
      });
    }
    expect((await add(number)).status).toBe(201);
  });

  it("takes a number once when it is added several times at once", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => add("+12025550199")));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400, 400]);
    const audit = await gateway.db.query("select 1 from audit where account_id = $1 and after ->> 'number' = $2", [
      uuidOf(gateway.accountSid),
      "+12025550199",
    ]);
    expect(audit).toHaveLength(1);
  });

  it.each(["", "8001234567", "+1800", "+1800123xxxx", "abc", "whatsapp:+18001234567"])(
    "refuses %j with 20001",
    async (number) => {
      expect(codeOf(await add(number))).toEqual([400, 20001]);
      expect(codeOf(await call(query(number)))).toEqual([400, 20001]);
      expect(codeOf(await remove(number))).toEqual([400, 20001]);
    },
  );

  it("names the parameter that is missing", async () => {
    const { json } = await call(path, { method: "POST" });
    expect(json).toMatchObject({
      code: 20001,
      message: "Missing required parameter PhoneNumber in the post body",
      status: 400,
    });
  });

  it("says of many numbers at once which are on it, by themselves or by their thousand, account by account", async () => {
    const other = await gateway.addAccount();
    await add("+13015550100");
    await add("+13025551xxx");
    const numbers = ["+13015550100", "+13025551000", "+13025551999", "+13025552000", "+13015550101"];
    const asked = (accountSid: typeof gateway.accountSid) => numbers.map((number) => ({ accountSid, number }));
    expect(await safeListedAmong(gateway.db, asked(gateway.accountSid))).toEqual([true, true, true, false, false]);
    expect(await safeListedAmong(gateway.db, asked(other.accountSid))).toEqual(numbers.map(() => false));
    expect(await isSafeListed(gateway.db, { accountSid: gateway.accountSid, number: "+13025551234" })).toBe(true);
  });

  it("is each account's own, closed to a suspended one, and no viewer's to change", async () => {
    const number = "+13035550100";
    await add(number);
    const [other, child] = [await gateway.addAccount(), await gateway.addAccount(gateway.accountSid)];
    for (const stranger of [other, child].map((account) => callsOf(gateway.url, account))) {
      expect(codeOf(await stranger(query(number)))).toEqual([404, 20404]);
      expect(codeOf(await remove(number, stranger))).toEqual([404, 20404]);
    }
    const authorization = `Bearer ${gateway.viewerKey}`;
    expect((await call(query(number), { authorization })).status).toBe(200);
    expect(codeOf(await call(query(number), { authorization, method: "DELETE" }))).toEqual([403, 20006]);
    expect(codeOf(await call(path, { authorization, form: { PhoneNumber: "+13035550101" } }))).toEqual([403, 20006]);
    const suspended = await gateway.addAccount();
    await setAccountStatus(gateway.db, suspended.accountSid, "suspended");
    expect(codeOf(await callsOf(gateway.url, suspended)(query(number)))).toEqual([403, 20005]);
    expect((await call(query(number))).status).toBe(200);
  });

  it("takes 500 requests a minute of an account", async () => {
    const busy = callsOf(gateway.url, await gateway.addAccount());
    const statuses: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 51 }, () => busy(query("+13035550100"))));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 404)).toHaveLength(500);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });

  it("answers whatever it is asked without a failure of its own", async () => {
    const by = callsOf(gateway.url, await gateway.addAccount());
    const text = fc.oneof(
      fc.stringMatching(/^\+?[0-9xX ]{0,16}$/),
      fc.string({ unit: "binary", maxLength: 30 }).map((each) => each.toWellFormed()),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom("GET", "DELETE", "POST"), async (number, method) => {
        const { status } = method === "POST" ? await add(number, by) : await by(query(number), { method });
        expect([200, 201, 204, 400, 404]).toContain(status);
      }),
      { numRuns: 120 },
    );
  });
});
