import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../../core/ids.ts";
import { setAccountStatus } from "../../../../store/accounts.ts";

let gateway: TestGateway;
let sibling: Awaited<ReturnType<TestGateway["startSibling"]>>;
const path = "/v1/Messaging/GeoPermissions";
const german = "+4915123456789";
const french = "+33612345678";

beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  sibling = await gateway.startSibling();
});
afterAll(async () => {
  await sibling.stop();
  await gateway.stop();
});

interface Permission {
  readonly country_code: string;
  readonly enabled: boolean;
  readonly error_code?: number;
  readonly error_messages?: readonly string[];
}

/** An account of its own, and its calls. */
async function newAccount(): Promise<TestAccount & { call: Call }> {
  const account = await gateway.addAccount();
  return { ...account, call: callsOf(gateway.url, account) };
}

function patch(call: Call, items: readonly unknown[]) {
  const Permissions = items.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  return call(path, { method: "PATCH", form: { Permissions } });
}

async function set(call: Call, country_code: string, enabled: boolean): Promise<void> {
  const { status, json, text } = await patch(call, [{ country_code, type: "country", enabled }]);
  expect(status, text).toBe(200);
  expect(json).toEqual({
    permissions: [{ country_code, type: "country", enabled, error_code: 0, error_messages: [] }],
  });
}

async function permissions(call: Call, query = ""): Promise<Permission[]> {
  const { status, json, text } = await call(`${path}${query}`);
  expect(status, text).toBe(200);
  return json?.["permissions"] as Permission[];
}

async function send(call: Call, form: Readonly<Record<string, string>>) {
  const { status, json } = await call("/Messages.json", { form: { Body: "x", ...form } });
  return { status, code: json?.["code"], message: json?.["message"], path: `/Messages/${String(json?.["sid"])}.json` };
}

async function ended(call: Call, message: string) {
  for (;;) {
    const { json } = await call(message);
    const status = String(json?.["status"]);
    if (["delivered", "failed", "undelivered"].includes(status)) return [status, json?.["error_code"]];
  }
}

/** Resolves once the sibling refuses messages to this number, too. */
async function refusedThere(account: TestAccount, To: string): Promise<void> {
  const there = callsOf(sibling.url, account);
  for (;;) {
    const { code } = await send(there, { To, From: account.numbers[0] });
    if (code === 21408) return;
    expect(code).toBeUndefined();
  }
}

describe("geo permissions", () => {
  it("are on for every country until one is switched off, and carry its calling code", async () => {
    const { call } = await newAccount();
    const all = await permissions(call);
    expect(all.length).toBeGreaterThan(240);
    expect(all.every(({ enabled }) => enabled)).toBe(true);
    expect(all.map(({ country_code }) => country_code)).toEqual(all.map(({ country_code }) => country_code).toSorted());
    await set(call, "IN", false);
    expect(await permissions(call, "?CountryCode=IN,PK,US")).toEqual([
      { country_code: "IN", type: "country", enabled: false, prefix: "+91", message: "" },
      { country_code: "PK", type: "country", enabled: true, prefix: "+92", message: "" },
      { country_code: "US", type: "country", enabled: true, prefix: "+1", message: "" },
    ]);
    await set(call, "IN", true);
    expect(await permissions(call, "?CountryCode=in")).toMatchObject([{ country_code: "IN", enabled: true }]);
    const { json } = await call(`${path}?CountryCode=IN,ZZ`);
    expect(json).toMatchObject({ code: 20001, status: 400 });
  });

  it("answer item by item; those that are good hold, in their order, with one audit row", async () => {
    const { call, accountSid } = await newAccount();
    const { status, json } = await patch(call, [
      { country_code: "FR", type: "country", enabled: false },
      { country_code: "ZZ", type: "country", enabled: false },
      { country_code: "DE", type: "continent", enabled: "no" },
      { country_code: "GB", enabled: "False" },
      { country_code: "IT", enabled: false },
      { country_code: "IT", enabled: true },
    ]);
    expect(status).toBe(200);
    const answers = json?.["permissions"] as Permission[];
    expect(answers.map(({ error_code, error_messages }) => [error_code, ...(error_messages ?? [])])).toEqual([
      [0],
      [20001, "Invalid country_code"],
      [20001, "Invalid type", "Invalid enabled"],
      [0],
      [0],
      [0],
    ]);
    const off = (await permissions(call)).filter(({ enabled }) => !enabled);
    expect(off.map(({ country_code }) => country_code)).toEqual(["FR", "GB"]);
    const audit = await gateway.db.query("select before, after from audit where account_id = $1 and action = $2", [
      uuidOf(accountSid),
      "geo-permissions.updated",
    ]);
    expect(audit).toEqual([{ before: { disabledCountries: [] }, after: { disabledCountries: ["FR", "GB"] } }]);
  });

  it.each([[[]], [["x"]], [["[]"]], [["null"]], [Array.from({ length: 301 }, () => "{}")]])(
    "refuse what is no list of objects as a whole",
    async (items) => {
      const { call } = await newAccount();
      const good = { country_code: "FR", enabled: false };
      const given = items.length === 0 ? [] : [good, ...items];
      expect((await patch(call, given)).json).toMatchObject({ code: 20001, status: 400 });
      expect((await permissions(call, "?CountryCode=FR"))[0]?.enabled).toBe(true);
    },
  );

  it("lose no change when several come at once", async () => {
    const { call } = await newAccount();
    const codes = ["FR", "DE", "GB", "IT", "ES", "PT", "NL", "BE"];
    await Promise.all(codes.map((code) => set(call, code, false)));
    const off = (await permissions(call)).filter(({ enabled }) => !enabled);
    expect(off.map(({ country_code }) => country_code)).toEqual(codes.toSorted());
  });

  it("stop messages from a number at once, here and within a second in another process, and let them through again", async () => {
    const account = await newAccount();
    const { call, numbers } = account;
    const there = callsOf(sibling.url, account);
    const form = { To: german, From: numbers[0] };
    expect([(await send(call, form)).status, (await send(there, form)).status]).toEqual([201, 201]);
    await set(call, "DE", false);
    expect(await send(call, form)).toMatchObject({
      status: 400,
      code: 21408,
      message: `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${german}`,
    });
    expect((await send(call, { ...form, To: french })).status).toBe(201);
    await refusedThere(account, german);
    await set(call, "DE", true);
    expect((await send(call, form)).status).toBe(201);
  });

  it("tell countries of one calling code apart", async () => {
    const { call, numbers } = await newAccount();
    await set(call, "CA", false);
    expect((await send(call, { To: "+14165550100", From: numbers[0] })).code).toBe(21408);
    expect((await send(call, { To: "+12025550142", From: numbers[0] })).status).toBe(201);
  });

  it("fail messages of a messaging service, and those accepted before, when they are handed over", async () => {
    const account = await newAccount();
    const { call, serviceSid, accountSid } = account;
    await set(call, "DE", false);
    await refusedThere(account, german);
    const refused = await send(call, { To: german, MessagingServiceSid: serviceSid });
    expect(refused.status).toBe(201);
    expect(await ended(call, refused.path)).toEqual(["failed", 21408]);
    const allowed = await send(call, { To: french, MessagingServiceSid: serviceSid });
    expect(await ended(call, allowed.path)).toEqual(["delivered", null]);
    const SendAt = new Date(Date.now() + 3600_000).toISOString();
    const later = await send(call, { To: french, MessagingServiceSid: serviceSid, ScheduleType: "fixed", SendAt });
    await set(call, "FR", false);
    await refusedThere(account, french);
    await gateway.db.query("update messages set due_at = now() where account_id = $1 and status = 'scheduled'", [
      uuidOf(accountSid),
    ]);
    expect(await ended(call, later.path)).toEqual(["failed", 21408]);
  });

  it("leave numbers on the safe list alone, in both ways; consent does not", async () => {
    const { call, numbers, serviceSid } = await newAccount();
    await set(call, "DE", false);
    await call("/v1/SafeList/Numbers", { form: { PhoneNumber: `${german.slice(0, -3)}xxx` } });
    const direct = await send(call, { To: german, From: numbers[0] });
    const pooled = await send(call, { To: german, MessagingServiceSid: serviceSid });
    for (const sent of [direct, pooled]) expect(await ended(call, sent.path)).toEqual(["delivered", null]);
    expect((await send(call, { To: "+4915123450000", From: numbers[0] })).code).toBe(21408);
    const correlation_id = "0".repeat(32);
    const consent = { contact_id: german, sender_id: numbers[0], status: "opt-out", source: "website", correlation_id };
    await call("/v1/Consents/Bulk", { form: { Items: JSON.stringify(consent) } });
    expect((await send(call, { To: german, From: numbers[0] })).code).toBe(21610);
  });

  it("are each account's own, closed to a suspended one, and no viewer's to change", async () => {
    const account = await newAccount();
    const child = await gateway.addAccount(account.accountSid);
    await set(account.call, "DE", false);
    const childCall = callsOf(gateway.url, child);
    expect((await permissions(childCall, "?CountryCode=DE"))[0]?.enabled).toBe(true);
    expect((await send(childCall, { To: german, From: child.numbers[0] })).status).toBe(201);
    const authorization = `Bearer ${account.viewerKey}`;
    const Permissions = JSON.stringify({ country_code: "DE", enabled: true });
    expect((await account.call(path, { authorization })).status).toBe(200);
    expect((await account.call(path, { authorization, method: "PATCH", form: { Permissions } })).status).toBe(403);
    const suspended = await newAccount();
    await setAccountStatus(gateway.db, suspended.accountSid, "suspended");
    const refused = await patch(suspended.call, [Permissions]);
    expect(refused.json).toMatchObject({ code: 20005, status: 403 });
    expect((await permissions(account.call, "?CountryCode=DE"))[0]?.enabled).toBe(false);
  });

  it("answer whatever they are asked without a failure of their own, and keep countries only", async () => {
    const { call, accountSid } = await newAccount();
    const key = fc.constantFrom("country_code", "type", "enabled", "__proto__");
    const value = fc.oneof(fc.constantFrom("DE", "de", "country", true, false, "\u0000"), fc.jsonValue());
    const item = fc.oneof(
      fc.dictionary(key, value).map((each) => JSON.stringify(each)),
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed().replaceAll("\0", "")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 4 }), fc.string({ maxLength: 12 }), async (items, code) => {
        expect([200, 400]).toContain((await patch(call, items)).status);
        expect([200, 400]).toContain((await call(`${path}?CountryCode=${encodeURIComponent(code)}`)).status);
      }),
      { numRuns: 60 },
    );
    const [row] = await gateway.db.query("select disabled_countries from geo_permissions where account_id = $1", [
      uuidOf(accountSid),
    ]);
    expect(["", "DE"]).toContain(String(row?.["disabled_countries"] ?? ""));
  });
});
