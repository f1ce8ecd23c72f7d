import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../core/ids.ts";
import { findSenderByAddress } from "../../../store/senders.ts";

let gateway: TestGateway;
let call: Call;
let account: TestAccount;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());
/** Each test has an account of its own, with the numbers +12025550100 and +12025550101. */
beforeEach(async () => {
  account = await gateway.addAccount();
  call = callsOf(gateway.url, account);
});

type Resource = Readonly<Record<string, unknown>>;

async function listed(query = "", collection = ""): Promise<string[]> {
  return numbersIn((await call(`/IncomingPhoneNumbers${collection}.json${query}`)).json);
}

function numbersIn(page: Resource | null): string[] {
  expect(page).toHaveProperty("incoming_phone_numbers");
  return ((page?.["incoming_phone_numbers"] ?? []) as Resource[]).map((number) => String(number["phone_number"]));
}

async function buy(phoneNumber: string, form: Record<string, string> = {}): Promise<Resource> {
  const { status, json, text } = await call("/IncomingPhoneNumbers.json", {
    form: { PhoneNumber: phoneNumber, ...form },
  });
  expect(status, text).toBe(201);
  return json ?? {};
}

const pathOf = (number: Resource) => `/IncomingPhoneNumbers/${String(number["sid"])}.json`;

async function ownNumber(): Promise<Resource> {
  const sender = await findSenderByAddress(gateway.db, account.accountSid, account.numbers[0]);
  return (await call(`/IncomingPhoneNumbers/${sender?.sid}.json`)).json ?? {};
}

describe("the list of numbers", () => {
  it("is newest first, and pages lead on and back", async () => {
    const more = ["+12025550110", "+12025550111", "+12025550112"];
    for (const number of more) await buy(number);
    const everything = [...more.toReversed(), account.numbers[1], account.numbers[0]];
    expect(await listed()).toEqual(everything);
    const first = (await call("/IncomingPhoneNumbers.json?PageSize=2")).json;
    const second = (await call(String(first?.["next_page_uri"]))).json;
    expect(numbersIn(second)).toEqual(everything.slice(2, 4));
    const back = (await call(String(second?.["previous_page_uri"]))).json;
    expect(back?.["incoming_phone_numbers"]).toEqual(first?.["incoming_phone_numbers"]);
  });

  it.each([
    ["%2B12025550100", ["+12025550100"]],
    ["+12025550100", ["+12025550100"]],
    ["%2B1202*", ["+12025550101", "+12025550100"]],
    ["%2B1*0101", ["+12025550101"]],
    ["202****0100", ["+12025550100"]],
    ["5550101", ["+12025550101"]],
    ["(202)%20555-0101", ["+12025550101"]],
    ["%2B12025550102", []],
    ["%25", []],
    ["_", []],
    ["%5C", []],
  ])("finds by PhoneNumber=%s", async (pattern, numbers) => {
    expect(await listed(`?PhoneNumber=${pattern}`)).toEqual(numbers);
  });

  it("finds by FriendlyName, Origin and Beta, and echoes them", async () => {
    await buy("+12025550120", { FriendlyName: "Front desk" });
    expect(await listed("?FriendlyName=Front%20desk")).toEqual(["+12025550120"]);
    expect(await listed("?FriendlyName=Front")).toEqual([]);
    expect(await listed("?Origin=hosted")).toEqual([]);
    expect(await listed("?Origin=twilio&Beta=false")).toHaveLength(3);
    const { json } = await call("/IncomingPhoneNumbers.json?FriendlyName=Front%20desk&Beta=true&PageSize=1");
    expect(json?.["first_page_uri"]).toMatch(/\?Beta=true&FriendlyName=Front%20desk&PageSize=1&Page=0$/);
    for (const query of ["?Origin=moon", "?Beta=perhaps", "?PageSize=0"]) {
      expect((await call(`/IncomingPhoneNumbers.json${query}`)).json).toMatchObject({ code: 20001 });
    }
  });

  it("has sub-lists by type, with pages over what is left out", async () => {
    for (const number of ["+18005550100", "+447400123456", "+12025550130", "+18335550101"]) await buy(number);
    expect(await listed("", "/TollFree")).toEqual(["+18335550101", "+18005550100"]);
    expect(await listed("", "/Mobile")).toEqual(["+447400123456"]);
    expect(await listed("", "/Local")).toEqual(["+12025550130", "+12025550101", "+12025550100"]);
    const first = (await call("/IncomingPhoneNumbers/TollFree.json?PageSize=1")).json;
    const second = (await call(String(first?.["next_page_uri"]))).json;
    expect(second).toMatchObject({
      incoming_phone_numbers: [{ phone_number: "+18005550100", type: "toll-free" }],
      next_page_uri: null,
    });
    expect((await call(String(second?.["previous_page_uri"]))).json?.["incoming_phone_numbers"]).toEqual(
      first?.["incoming_phone_numbers"],
    );
    const wrong = await call("/IncomingPhoneNumbers/TollFree.json", { form: { PhoneNumber: "+12025550140" } });
    expect(wrong).toMatchObject({ status: 400, json: { code: 21421 } });
    const none = await call("/IncomingPhoneNumbers/Local.json", { form: { AreaCode: "202" } });
    expect(none).toMatchObject({ status: 400, json: { code: 20001 } });
  });
});

describe("buying a number", () => {
  it("gives it to the account, ready to send and to be changed", async () => {
    const number = await buy("+1 (202) 555-0150", { SmsUrl: "https://e.com/sms", SmsMethod: "get" });
    expect(number).toMatchObject({
      phone_number: "+12025550150",
      friendly_name: "(202) 555-0150",
      sms_url: "https://e.com/sms",
      sms_method: "GET",
      account_sid: account.accountSid,
      capabilities: { sms: true, mms: true, voice: false, fax: false },
    });
    expect((await call(pathOf(number))).json).toEqual(number);
    const sent = await call("/Messages.json", { form: { From: "+12025550150", To: "+15558675310", Body: "x" } });
    expect(sent.status, sent.text).toBe(201);
  });

  it("lets one send at once who had just been refused for it", async () => {
    const form = { From: "+12025550151", To: "+15558675310", Body: "x" };
    expect((await call("/Messages.json", { form })).json).toMatchObject({ code: 21606 });
    await buy("+12025550151");
    expect((await call("/Messages.json", { form })).status).toBe(201);
  });

  it.each([
    [{ PhoneNumber: "+15005550000" }, 21422],
    [{ PhoneNumber: "+15005550001" }, 21421],
    [{ PhoneNumber: "12345" }, 21421],
    [{ PhoneNumber: "+12025550100" }, 21422],
    [{ AreaCode: "533" }, 21452],
    [{ AreaCode: "5" }, 21452],
    [{ AreaCode: "800" }, 21452],
    [{}, 20001],
    [{ PhoneNumber: "+12025550160", SmsUrl: "ftp://e.com" }, 20001],
    [{ PhoneNumber: "+12025550160", FriendlyName: "x".repeat(65) }, 20002],
    [{ PhoneNumber: "+12025550160", SmsApplicationSid: `AP${"0".repeat(32)}` }, 20001],
    [{ PhoneNumber: "+12025550160", TrunkSid: "x" }, 20001],
  ])("is refused for %o with %i, and nothing is bought", async (form, code) => {
    const refused = await call("/IncomingPhoneNumbers.json", { form: form as Record<string, string> });
    expect(refused).toMatchObject({ status: 400, json: { code, status: 400 } });
    expect(await listed()).toHaveLength(2);
  });

  it("takes the magic numbers that succeed, and any area code", async () => {
    expect(await buy("+15005550006")).toMatchObject({ phone_number: "+15005550006" });
    for (const [areaCode, form] of [
      ["500", /^\+1500555\d{4}$/],
      ["415", /^\+1415555\d{4}$/],
    ] as const) {
      const { json } = await call("/IncomingPhoneNumbers.json", { form: { AreaCode: areaCode } });
      expect(json?.["phone_number"]).toMatch(form);
    }
  });

  it("gives a number once, however many ask at a time", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call("/IncomingPhoneNumbers.json", { form: { PhoneNumber: "+12025550170" } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(400)]);
    expect(await listed("?PhoneNumber=%2B12025550170")).toHaveLength(1);
  });
});

const everything = {
  FriendlyName: "All of it",
  ApiVersion: "2008-08-01",
  SmsUrl: "https://e.com/sms",
  SmsMethod: "GET",
  SmsFallbackUrl: "https://e.com/fallback",
  SmsFallbackMethod: "GET",
  StatusCallback: "https://e.com/status",
  StatusCallbackMethod: "GET",
  VoiceUrl: "https://e.com/voice",
  VoiceMethod: "GET",
  VoiceFallbackUrl: "https://e.com/voice-fallback",
  VoiceFallbackMethod: "GET",
  VoiceApplicationSid: `AP${"1".repeat(32)}`,
  VoiceCallerIdLookup: "true",
  VoiceReceiveMode: "fax",
  TrunkSid: `TK${"2".repeat(32)}`,
  EmergencyStatus: "Active",
  EmergencyAddressSid: `AD${"3".repeat(32)}`,
  IdentitySid: `RI${"4".repeat(32)}`,
  AddressSid: `AD${"5".repeat(32)}`,
  BundleSid: `BU${"6".repeat(32)}`,
};

const snake = (name: string) => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();

describe("changing a number", () => {
  it("keeps every field, and leaves alone what is not given", async () => {
    const number = await ownNumber();
    const changed = await call(pathOf(number), { form: everything });
    const expected = Object.fromEntries(
      Object.entries(everything).map(([name, value]) => [snake(name), value === "true" ? true : value]),
    );
    expect(changed.json, changed.text).toMatchObject(expected);
    const again = await call(pathOf(number), { form: { FriendlyName: "Other" } });
    expect(again.json).toMatchObject({ ...expected, friendly_name: "Other" });
    expect((await call(pathOf(number))).json).toEqual(again.json);
  });

  it("clears what is given empty", async () => {
    const number = await ownNumber();
    await call(pathOf(number), { form: everything });
    const urls = ["SmsUrl", "SmsFallbackUrl", "StatusCallback", "VoiceUrl", "TrunkSid", "VoiceApplicationSid"];
    const { json } = await call(pathOf(number), { form: Object.fromEntries(urls.map((name) => [name, ""])) });
    expect(json).toMatchObject({
      ...{ sms_url: "", sms_fallback_url: "", status_callback: "", voice_url: null, trunk_sid: null },
      voice_application_sid: "",
    });
  });

  it("leaves a trace in the audit log for each change", async () => {
    const number = await buy("+12025550180");
    await call(pathOf(number), { form: { FriendlyName: "Audited" } });
    await call(pathOf(number), { method: "DELETE" });
    const rows = await gateway.db.query<{ action: string; actor: string }>(
      "select action, actor from audit where account_id = $1 and subject = $2 order by id",
      [uuidOf(account.accountSid), number["sid"]],
    );
    expect(rows.map(({ action }) => action)).toEqual(["sender.created", "sender.updated", "sender.deleted"]);
    expect(rows[0]?.actor).toBe(`auth-token ${account.accountSid}`);
  });

  it("changes nothing when one of the values is wrong, and never fails", async () => {
    const number = await ownNumber();
    const names = [...Object.keys(everything), "SmsApplicationSid", "AccountSid", "PhoneNumber"];
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.constantFrom("", "x".repeat(5000), "https://e.com/x", "true", "GET", `AP${"f".repeat(32)}`, "\ud83d\ude1c"),
    );
    const form = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(form, async (given) => {
        const before = (await call(pathOf(number))).json;
        const wellFormed = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.toWellFormed()]));
        const answer = await call(pathOf(number), { form: wellFormed });
        expect(answer.status, answer.text).toBeLessThan(500);
        if (answer.status !== 200) expect((await call(pathOf(number))).json).toEqual(before);
        else expect((await call(pathOf(number))).json).toEqual(answer.json);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a number that is given to another account", () => {
  it("goes to a subaccount and back, out of its pool, with its URLs", async () => {
    const child = await gateway.addAccount(account.accountSid);
    const number = await buy("+12025550190", { SmsUrl: "https://e.com/sms" });
    await call(`/v1/Services/${account.serviceSid}/PhoneNumbers`, { form: { PhoneNumberSid: String(number["sid"]) } });
    const moved = await call(pathOf(number), { form: { AccountSid: child.accountSid, FriendlyName: "Moved" } });
    expect(moved, moved.text).toMatchObject({
      status: 200,
      json: { account_sid: child.accountSid, sid: number["sid"], sms_url: "https://e.com/sms", friendly_name: "Moved" },
    });
    expect((await call(pathOf(number))).status).toBe(404);
    const ofChild = callsOf(gateway.url, child);
    expect((await ofChild(pathOf(number))).json).toMatchObject({ phone_number: "+12025550190" });
    const pool = await call(`/v1/Services/${account.serviceSid}/PhoneNumbers`);
    expect(pool.json?.["phone_numbers"]).toHaveLength(1);
    // The child cannot give it away; its parent can.
    const own = await ofChild(pathOf(number), { form: { AccountSid: account.accountSid } });
    expect(own).toMatchObject({ status: 400, json: { code: 20001 } });
    const childPath = `/2010-04-01/Accounts/${child.accountSid}${pathOf(number)}`;
    const returned = await call(childPath, { form: { AccountSid: account.accountSid } });
    expect(returned.json).toMatchObject({ account_sid: account.accountSid });
  });

  it("stays where it is when the other has it, is a stranger, or is suspended", async () => {
    const [child, stranger, suspended] = await Promise.all([
      gateway.addAccount(account.accountSid),
      gateway.addAccount(),
      gateway.addAccount(account.accountSid),
    ]);
    const number = await ownNumber();
    const give = (accountSid: string) => call(pathOf(number), { form: { AccountSid: accountSid, FriendlyName: "x" } });
    expect((await give(child.accountSid)).json).toMatchObject({ code: 21422 });
    expect((await give(stranger.accountSid)).json).toMatchObject({ code: 20001 });
    expect((await give("AC1")).json).toMatchObject({ code: 20001 });
    await gateway.db.query("update accounts set status = 'suspended' where id = $1", [uuidOf(suspended.accountSid)]);
    expect((await give(suspended.accountSid)).json).toMatchObject({ code: 20001 });
    expect((await call(pathOf(number))).json).toEqual(number);
  });
});

describe("giving a number back", () => {
  it("takes it from the account and from its pool, for good", async () => {
    const number = await buy("+12025550195");
    await call(`/v1/Services/${account.serviceSid}/PhoneNumbers`, { form: { PhoneNumberSid: String(number["sid"]) } });
    expect((await call(pathOf(number), { method: "DELETE" })).status).toBe(204);
    expect((await call(pathOf(number), { method: "DELETE" })).status).toBe(404);
    expect((await call(pathOf(number))).json).toMatchObject({ code: 20404 });
    expect((await call(`/v1/Services/${account.serviceSid}/PhoneNumbers`)).json?.["phone_numbers"]).toHaveLength(1);
    expect(await listed()).not.toContain("+12025550195");
  });
});

describe("numbers of others", () => {
  it("are not there for another account, nor for a subaccount; viewers change nothing", async () => {
    const number = await ownNumber();
    const [stranger, child] = await Promise.all([gateway.addAccount(), gateway.addAccount(account.accountSid)]);
    for (const other of [stranger, child]) {
      const otherCall = callsOf(gateway.url, other);
      for (const method of ["GET", "POST", "DELETE"]) {
        expect((await otherCall(pathOf(number), { method })).status).toBe(404);
        const named = `/2010-04-01/Accounts/${account.accountSid}${pathOf(number)}`;
        expect((await otherCall(named, { method })).status).toBe(404);
      }
    }
    const bearer = `Bearer ${account.viewerKey}`;
    expect((await call(pathOf(number), { authorization: bearer })).status).toBe(200);
    for (const method of ["POST", "DELETE"]) {
      expect((await call(pathOf(number), { method, authorization: bearer })).json).toMatchObject({ code: 20006 });
    }
    expect(
      (await call("/IncomingPhoneNumbers.json", { form: { AreaCode: "415" }, authorization: bearer })).json,
    ).toMatchObject({ code: 20006 });
  });

  it("cannot be reached by a suspended account; only read by its parent", async () => {
    const child = await gateway.addAccount(account.accountSid);
    const sender = await findSenderByAddress(gateway.db, child.accountSid, child.numbers[0]);
    const path = `/2010-04-01/Accounts/${child.accountSid}/IncomingPhoneNumbers/${sender?.sid}.json`;
    await gateway.db.query("update accounts set status = 'suspended' where id = $1", [uuidOf(child.accountSid)]);
    const authorization = basic(child.accountSid, child.authToken);
    expect((await call(path, { authorization })).json).toMatchObject({ code: 20005 });
    expect((await call(path)).status).toBe(200);
    expect((await call(path, { form: { FriendlyName: "x" } })).json).toMatchObject({ code: 20005 });
  });
});
