// Numbers, short codes and applications by the official npm client, through trunkline/twilio.

import { httpClient } from "trunkline/twilio";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callNative } from "../support/native-client.ts";
import { basic } from "../support/twilio-call.ts";
import type { TwilioClient } from "./twilio-client.ts";

let gateway: TestGateway;
let client: TwilioClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = twilio(gateway.accountSid, gateway.authToken, { httpClient: httpClient(gateway.url) });
  const authorization = basic(gateway.accountSid, gateway.authToken);
  const path = `/accounts/${gateway.accountSid}/senders`;
  await callNative(gateway.url, authorization, ["POST", path, { address: "24680" }]);
});
afterAll(() => gateway.stop());

describe("npm twilio", () => {
  it("buys, finds, changes and gives back numbers", async () => {
    const bought = await client.incomingPhoneNumbers.create({ phoneNumber: "+15005550006", friendlyName: "Mine" });
    expect(bought).toMatchObject({ phoneNumber: "+15005550006", friendlyName: "Mine", origin: "twilio", beta: false });
    expect(bought.capabilities).toMatchObject({ sms: true, mms: true, voice: false });
    expect(bought.dateCreated).toBeInstanceOf(Date);
    const byArea = await client.incomingPhoneNumbers.create({ areaCode: "415" });
    expect(byArea.phoneNumber).toMatch(/^\+1415/);
    const free = await client.incomingPhoneNumbers.tollFree.create({ phoneNumber: "+18005550123" });
    expect((await client.incomingPhoneNumbers.tollFree.list()).map(({ sid }) => sid)).toEqual([free.sid]);
    expect(await client.incomingPhoneNumbers.local.list({ limit: 20 })).toHaveLength(4);
    expect(await client.incomingPhoneNumbers.mobile.list()).toEqual([]);
    const found = await client.incomingPhoneNumbers.list({ phoneNumber: "+1500*", beta: false, origin: "twilio" });
    expect(found.map(({ sid }) => sid)).toEqual([bought.sid]);
    expect(await client.incomingPhoneNumbers.list({ pageSize: 2 })).toHaveLength(5);
    const changed = await client.incomingPhoneNumbers(bought.sid).update({
      smsUrl: "https://e.com/sms",
      voiceUrl: "https://e.com/voice",
      voiceCallerIdLookup: true,
      emergencyStatus: "Active",
    });
    expect(changed).toMatchObject({
      smsUrl: "https://e.com/sms",
      voiceCallerIdLookup: true,
      emergencyStatus: "Active",
    });
    expect(await client.incomingPhoneNumbers(bought.sid).fetch()).toMatchObject({ voiceUrl: "https://e.com/voice" });
    expect(await client.incomingPhoneNumbers(bought.sid).remove()).toBe(true);
    await expect(client.incomingPhoneNumbers(bought.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it.each([
    [{ phoneNumber: "+15005550000" }, 21422],
    [{ phoneNumber: "+15005550001" }, 21421],
    [{ areaCode: "533" }, 21452],
  ])("is refused %o as by Twilio's test credentials", async (wanted, code) => {
    await expect(client.incomingPhoneNumbers.create(wanted)).rejects.toMatchObject({ status: 400, code });
  });

  it("transfers a number to a subaccount", async () => {
    const child = await gateway.addAccount(gateway.accountSid);
    const { sid } = await client.incomingPhoneNumbers.create({ areaCode: "212" });
    const moved = await client.incomingPhoneNumbers(sid).update({ accountSid: child.accountSid });
    expect(moved.accountSid).toBe(child.accountSid);
    const ofChild = client.api.v2010.accounts(child.accountSid).incomingPhoneNumbers(sid);
    expect(await ofChild.fetch()).toMatchObject({ sid });
  });

  it("makes, finds, changes and deletes applications, and gives one to a number", async () => {
    const made = await client.applications.create({
      friendlyName: "Flow",
      smsUrl: "https://e.com/sms",
      smsMethod: "GET",
    });
    expect(made).toMatchObject({ friendlyName: "Flow", smsMethod: "GET", publicApplicationConnectEnabled: false });
    expect((await client.applications.list({ friendlyName: "Flow" })).map(({ sid }) => sid)).toEqual([made.sid]);
    const changed = await client.applications(made.sid).update({ messageStatusCallback: "https://e.com/status" });
    expect(changed.messageStatusCallback).toBe("https://e.com/status");
    const [number] = await client.incomingPhoneNumbers.list({ limit: 1 });
    const named = await client.incomingPhoneNumbers(number?.sid ?? "").update({ smsApplicationSid: made.sid });
    expect(named.smsApplicationSid).toBe(made.sid);
    expect(await client.applications(made.sid).fetch()).toMatchObject({ sid: made.sid });
    expect(await client.applications(made.sid).remove()).toBe(true);
    await expect(client.applications(made.sid).fetch()).rejects.toMatchObject({ code: 20404 });
  });

  it("lists, fetches and changes short codes", async () => {
    const [code] = await client.shortCodes.list({ shortCode: "24680" });
    expect(code).toMatchObject({ shortCode: "24680", smsUrl: null });
    const changed = await client
      .shortCodes(code?.sid ?? "")
      .update({ friendlyName: "Alerts", smsUrl: "https://e.com" });
    expect(changed).toMatchObject({ friendlyName: "Alerts", smsUrl: "https://e.com" });
    expect(await client.shortCodes(code?.sid ?? "").fetch()).toMatchObject({ friendlyName: "Alerts" });
  });

  it("finds no numbers to buy, in any country", async () => {
    expect((await client.availablePhoneNumbers.list()).length).toBeGreaterThan(200);
    expect(await client.availablePhoneNumbers("US").fetch()).toMatchObject({ country: "United States" });
    expect(await client.availablePhoneNumbers("US").local.list({ areaCode: 415 })).toEqual([]);
    expect(await client.availablePhoneNumbers("GB").mobile.list()).toEqual([]);
    expect(await client.availablePhoneNumbers("US").tollFree.list({ limit: 2 })).toEqual([]);
  });
});
