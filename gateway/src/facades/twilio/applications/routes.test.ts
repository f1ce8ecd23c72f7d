import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
let account: TestAccount;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  account = await gateway.addAccount();
  call = callsOf(gateway.url, account);
});

type Resource = Readonly<Record<string, unknown>>;

async function make(form: Record<string, string> = {}): Promise<Resource> {
  const { status, json, text } = await call("/Applications.json", { method: "POST", form });
  expect(status, text).toBe(201);
  return json ?? {};
}

const pathOf = (application: Resource) => `/Applications/${String(application["sid"])}.json`;
const everything = {
  FriendlyName: "All of it",
  SmsUrl: "https://e.com/sms",
  SmsMethod: "GET",
  SmsFallbackUrl: "https://e.com/fallback",
  SmsFallbackMethod: "GET",
  SmsStatusCallback: "https://e.com/sms-status",
  MessageStatusCallback: "https://e.com/message-status",
  StatusCallback: "https://e.com/status",
  StatusCallbackMethod: "GET",
  VoiceUrl: "https://e.com/voice",
  VoiceMethod: "GET",
  VoiceFallbackUrl: "https://e.com/voice-fallback",
  VoiceFallbackMethod: "GET",
  VoiceCallerIdLookup: "true",
  PublicApplicationConnectEnabled: "true",
};
const snake = (name: string) => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();
const expected = Object.fromEntries(
  Object.entries(everything).map(([name, value]) => [snake(name), value === "true" ? true : value]),
);

describe("applications", () => {
  it("need nothing to be made, and keep every field that is given", async () => {
    expect(await make()).toMatchObject({ friendly_name: null, sms_url: null, sms_method: "POST" });
    const application = await make(everything);
    expect(application).toMatchObject(expected);
    expect((await call(pathOf(application))).json).toEqual(application);
  });

  it("change field by field; an empty URL clears", async () => {
    const application = await make(everything);
    const changed = await call(pathOf(application), { form: { SmsUrl: "", FriendlyName: "Other" } });
    expect(changed.json).toMatchObject({ ...expected, sms_url: null, friendly_name: "Other" });
  });

  it("are listed newest first, by name, in pages both ways", async () => {
    const made = [
      await make({ FriendlyName: "A" }),
      await make({ FriendlyName: "B" }),
      await make({ FriendlyName: "A" }),
    ];
    const first = (await call("/Applications.json?PageSize=2")).json;
    expect(first).toMatchObject({ applications: [made[2], made[1]], previous_page_uri: null });
    const second = (await call(String(first?.["next_page_uri"]))).json;
    expect(second).toMatchObject({ applications: [made[0]], next_page_uri: null });
    expect((await call(String(second?.["previous_page_uri"]))).json?.["applications"]).toEqual(first?.["applications"]);
    expect((await call("/Applications.json?FriendlyName=A")).json).toMatchObject({ applications: [made[2], made[0]] });
  });

  it("are gone for good once deleted, and numbers that named them are their own again", async () => {
    const application = await make({ SmsUrl: "https://e.com/sms" });
    const numbers = (await call("/IncomingPhoneNumbers.json")).json?.["incoming_phone_numbers"];
    const number = `/IncomingPhoneNumbers/${(numbers as { sid: string }[])[0]?.sid}.json`;
    const named = await call(number, { form: { SmsApplicationSid: String(application["sid"]) } });
    expect(named.json).toMatchObject({ sms_application_sid: application["sid"] });
    expect((await call(pathOf(application), { method: "DELETE" })).status).toBe(204);
    expect((await call(pathOf(application), { method: "DELETE" })).status).toBe(404);
    expect((await call(number)).json).toMatchObject({ sms_application_sid: "" });
  });

  it("leave a trace in the audit log for each change", async () => {
    const application = await make();
    await call(pathOf(application), { form: { FriendlyName: "x" } });
    await call(pathOf(application), { method: "DELETE" });
    const rows = await gateway.db.query<{ action: string }>(
      "select action from audit where account_id = $1 and subject = $2 order by id",
      [uuidOf(account.accountSid), application["sid"]],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "application.created",
      "application.updated",
      "application.deleted",
    ]);
  });

  it("of an account are not there for others, not even its subaccounts", async () => {
    const application = await make();
    for (const other of [await gateway.addAccount(), await gateway.addAccount(account.accountSid)]) {
      const otherCall = callsOf(gateway.url, other);
      const named = `/2010-04-01/Accounts/${account.accountSid}${pathOf(application)}`;
      for (const method of ["GET", "POST", "DELETE"]) {
        expect((await otherCall(pathOf(application), { method })).status).toBe(404);
        expect((await otherCall(named, { method })).status).toBe(404);
      }
      const form = { To: "+15558675310", From: "+12025550100", Body: "x", ApplicationSid: String(application["sid"]) };
      expect((await otherCall("/Messages.json", { form })).json).toMatchObject({ code: 20001 });
    }
    expect((await call(pathOf(application))).json).toEqual(application);
  });

  it("change wholly or not at all, whatever is sent", async () => {
    const application = await make(everything);
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 80 }),
      fc.constantFrom("", "x".repeat(5000), "https://e.com/x", "true", "POST"),
    );
    const form = fc.dictionary(fc.constantFrom(...Object.keys(everything), "ApiVersion"), value, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(form, async (given) => {
        const before = (await call(pathOf(application))).json;
        const wellFormed = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.toWellFormed()]));
        const answer = await call(pathOf(application), { method: "POST", form: wellFormed });
        expect(answer.status, answer.text).toBeLessThan(500);
        expect((await call(pathOf(application))).json).toEqual(answer.status === 200 ? answer.json : before);
      }),
      { numRuns: 60 },
    );
  });
});
