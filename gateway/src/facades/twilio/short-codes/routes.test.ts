import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { callNative } from "../../../../test/support/native-client.ts";
import { basic, type Call, callsOf } from "../../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
  const authorization = basic(gateway.accountSid, gateway.authToken);
  for (const address of ["24680", "13579"]) {
    await callNative(gateway.url, authorization, ["POST", `/accounts/${gateway.accountSid}/senders`, { address }]);
  }
});
afterAll(() => gateway.stop());

const listed = async (query = "") =>
  ((await call(`/SMS/ShortCodes.json${query}`)).json?.["short_codes"] ?? []) as { short_code: string; sid: string }[];

describe("short codes", () => {
  it("are listed newest first, and found by code and name", async () => {
    const codes = async (query = "") => (await listed(query)).map((each) => each.short_code);
    expect(await codes()).toEqual(["13579", "24680"]);
    expect(await codes("?ShortCode=24680")).toEqual(["24680"]);
    expect(await codes("?FriendlyName=13579")).toEqual(["13579"]);
    expect(await codes("?ShortCode=2468")).toEqual([]);
    expect(await codes("?PageSize=1")).toEqual(["13579"]);
  });

  it("are fetched and changed, but neither made nor deleted here", async () => {
    const [code] = await listed();
    const path = `/SMS/ShortCodes/${code?.sid}.json`;
    const form = { FriendlyName: "Alerts", SmsUrl: "https://e.com/sms", SmsMethod: "GET", ApiVersion: "2010-04-01" };
    const changed = await call(path, { form });
    expect(changed.json).toMatchObject({ friendly_name: "Alerts", sms_url: "https://e.com/sms", sms_method: "GET" });
    expect((await call(path)).json).toEqual(changed.json);
    expect((await call(path, { form: { SmsUrl: "nowhere" } })).json).toMatchObject({ code: 20001 });
    expect((await call(path, { method: "DELETE" })).json).toMatchObject({ code: 20004 });
    expect((await call("/SMS/ShortCodes.json", { form })).json).toMatchObject({ code: 20004 });
    const stranger = callsOf(gateway.url, await gateway.addAccount());
    expect((await stranger(path)).status).toBe(404);
    expect((await stranger(path, { form })).status).toBe(404);
  });
});

describe("numbers to be had", () => {
  it("are none, in every country that there is", async () => {
    const { json } = await call("/AvailablePhoneNumbers.json");
    expect(((json?.["countries"] ?? []) as unknown[]).length).toBeGreaterThan(200);
    expect((await call("/AvailablePhoneNumbers/DK.json")).json).toMatchObject({
      country: "Denmark",
      country_code: "DK",
    });
    const none = await call("/AvailablePhoneNumbers/US/TollFree.json?AreaCode=800");
    expect(none.json).toEqual({
      available_phone_numbers: [],
      uri: `/2010-04-01/Accounts/${gateway.accountSid}/AvailablePhoneNumbers/US/TollFree.json`,
    });
    for (const path of ["/AvailablePhoneNumbers/XX.json", "/AvailablePhoneNumbers/XX/Local.json"]) {
      expect((await call(path)).status).toBe(404);
    }
  });
});
