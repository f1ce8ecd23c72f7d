// What well-known programs call when somebody connects their Twilio account: the sequences of calls, and what is read of
// each answer. None of them sends before these work.

import { httpClient } from "trunkline/twilio";
import twilio from "twilio";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, type Call, callsOf } from "../support/twilio-call.ts";

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

const hook = "https://flows.example.com/c/t/1/receive";
const first = (page: Awaited<ReturnType<Call>>, key: string) =>
  ((page.json?.[key] ?? []) as Readonly<Record<string, string>>[])[0] ?? {};

describe("RapidPro", () => {
  it("claims a number: account, numbers, short codes, an application, the number's application", async () => {
    const fetched = await call(".json");
    expect(fetched.json).toMatchObject({ auth_token: account.authToken, status: "active", type: "Full" });
    const numbers = await call("/IncomingPhoneNumbers.json?PageSize=1000");
    expect(numbers).toMatchObject({ status: 200, json: { page_size: 1000, next_page_uri: null } });
    expect(await call("/SMS/ShortCodes.json?PageSize=1000")).toMatchObject({ status: 200, json: { short_codes: [] } });
    const made = await call("/Applications.json", {
      form: {
        FriendlyName: "flows.example.com/1",
        SmsUrl: hook,
        SmsMethod: "POST",
        VoiceUrl: hook,
        VoiceFallbackUrl: hook,
        VoiceFallbackMethod: "GET",
        StatusCallback: hook,
        StatusCallbackMethod: "POST",
      },
    });
    expect(made.status).toBe(201);
    const sid = String(made.json?.["sid"]);
    const number = first(numbers, "incoming_phone_numbers");
    const claimed = await call(`/IncomingPhoneNumbers/${number["sid"]}.json`, {
      form: { VoiceApplicationSid: sid, SmsApplicationSid: sid },
    });
    expect(claimed.json).toMatchObject({ sms_application_sid: sid, voice_application_sid: sid });
    // Releasing the channel.
    const released = await call(`/IncomingPhoneNumbers/${number["sid"]}.json`, {
      form: { VoiceApplicationSid: "", SmsApplicationSid: "" },
    });
    expect(released.json).toMatchObject({ sms_application_sid: "", voice_application_sid: "" });
    expect((await call(`/Applications/${sid}.json`, { method: "DELETE" })).status).toBe(204);
  });

  it("claims a messaging service: its fetch", async () => {
    const service = await call(`/v1/Services/${account.serviceSid}`);
    expect(service).toMatchObject({ status: 200, json: { sid: account.serviceSid, account_sid: account.accountSid } });
  });
});

describe("Chatwoot", () => {
  it("connects a number: messages as a check, the number by its digits, its webhook", async () => {
    const ruby = { "x-twilio-client": "ruby-5.32.0", accept: "application/json" };
    expect((await call("/Messages.json?PageSize=1", { headers: ruby })).status).toBe(200);
    const [number] = account.numbers;
    const found = await call(`/IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(number)}`, { headers: ruby });
    const { sid } = first(found, "incoming_phone_numbers");
    const changed = await call(`/IncomingPhoneNumbers/${sid}.json`, {
      headers: ruby,
      form: { SmsUrl: hook, SmsMethod: "POST" },
    });
    expect(changed.json).toMatchObject({ phone_number: number, sms_url: hook, sms_method: "POST" });
  });

  it("connects a messaging service: its webhook", async () => {
    const changed = await call(`/v1/Services/${account.serviceSid}`, {
      form: { InboundMethod: "POST", InboundRequestUrl: hook, UseInboundWebhookOnNumber: "false" },
    });
    expect(changed.json).toMatchObject({
      ...{ inbound_method: "POST", inbound_request_url: hook, use_inbound_webhook_on_number: false },
    });
  });
});

describe("twilio-cli", () => {
  it("logs in: the account with its token, a key; then works with the key", async () => {
    // The prompt takes a token of 32 characters only.
    expect(account.authToken).toHaveLength(32);
    const client = twilio(account.accountSid, account.authToken, { httpClient: httpClient(gateway.url) });
    expect(await client.api.accounts(account.accountSid).fetch()).toMatchObject({ friendlyName: "Test" });
    const key = await client.newKeys.create({ friendlyName: "twilio-cli for somebody on their-machine" });
    expect(key.sid).toMatch(/^SK/);
    const profile = twilio(key.sid, key.secret, {
      accountSid: account.accountSid,
      httpClient: httpClient(gateway.url),
    });
    const numbers = await profile.incomingPhoneNumbers.list();
    expect(numbers.map(({ phoneNumber, friendlyName }) => [phoneNumber, friendlyName])).toEqual(
      [...account.numbers].reverse().map((number) => [number, expect.any(String)]),
    );
    // `twilio phone-numbers:update … --sms-url`
    const updated = await profile.incomingPhoneNumbers(numbers[0]?.sid ?? "").update({ smsUrl: hook });
    expect(updated.smsUrl).toBe(hook);
  });
});

describe("an exporter of balances", () => {
  it("reads a number and a currency", async () => {
    const { json } = await call("/Balance.json");
    expect(json).toMatchObject({ account_sid: account.accountSid, currency: "USD" });
    expect(Number.isFinite(Number.parseFloat(String(json?.["balance"])))).toBe(true);
  });
});

describe("a setup script", () => {
  it("fetches the account and lists numbers, page by page", async () => {
    const client = twilio(account.accountSid, account.authToken, { httpClient: httpClient(gateway.url) });
    expect((await client.api.accounts(account.accountSid).fetch()).status).toBe("active");
    expect(await client.incomingPhoneNumbers.list({ limit: 20 })).toHaveLength(2);
  });

  it("is told by a clear 401 that the token is wrong, on the first call that any of them makes", async () => {
    const authorization = basic(account.accountSid, "0".repeat(32));
    for (const path of [".json", "/IncomingPhoneNumbers.json", "/SMS/ShortCodes.json", "/Balance.json"]) {
      expect(await call(path, { authorization })).toMatchObject({ status: 401, json: { code: 20003 } });
    }
  });
});
