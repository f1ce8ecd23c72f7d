// Twilio's official Node client and messaging services: every operation it has for them, and what a newcomer does with
// one, from its making to a delivered message.

import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { clientByBaseUrl, clientByHttpClient, type TwilioClient } from "./twilio-client.ts";

let gateway: TestGateway;
let application: CallbackReceiver;
const to = "+15558675310";

beforeAll(async () => {
  [gateway, application] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
});
afterAll(async () => {
  await gateway.stop();
  await application.close();
});

const ways: readonly (readonly [string, () => TwilioClient])[] = [
  ["its base URL set", () => clientByBaseUrl(gateway.url, gateway)],
  [
    "a custom HTTP client and an API key",
    () => clientByHttpClient(gateway.url, { ...gateway.apiKey, accountSid: gateway.accountSid }),
  ],
];

describe.each(ways)("npm twilio with %s", (_name, clientOf) => {
  it("creates, fetches, updates and removes a service", async () => {
    const { services } = clientOf().messaging.v1;
    const made = await services.create({
      friendlyName: "Codes",
      validityPeriod: 600,
      stickySender: false,
      inboundMethod: "GET",
      statusCallback: "https://app.example.com/status",
      usecase: "verification",
    });
    expect(made).toMatchObject({
      friendlyName: "Codes",
      validityPeriod: 600,
      stickySender: false,
      smartEncoding: true,
    });
    expect(made.dateCreated).toBeInstanceOf(Date);
    expect(made.url).toBe(`${gateway.url}/v1/Services/${made.sid}`);
    expect((await services(made.sid).fetch()).toJSON()).toEqual(made.toJSON());
    expect(await services(made.sid).update({ smartEncoding: false })).toMatchObject({
      smartEncoding: false,
      usecase: "verification",
    });
    expect(await services(made.sid).remove()).toBe(true);
    const error = await services(made.sid)
      .fetch()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(twilio.RestException);
    expect(error).toMatchObject({ status: 404, code: 20404 });
  });

  it("lists services over page borders, and pages back", async () => {
    const { services } = clientOf().messaging.v1;
    for (const friendlyName of ["a", "b", "c"]) await services.create({ friendlyName });
    const all = await services.list();
    expect(all.length).toBeGreaterThan(3);
    expect((await services.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(all.map(({ sid }) => sid));
    const first = await services.page({ pageSize: 2 });
    const second = await first.nextPage();
    expect((await second?.previousPage())?.instances.map(({ sid }) => sid)).toEqual(
      first.instances.map(({ sid }) => sid),
    );
    expect((await clientOf().messaging.v1.usecases.fetch()).usecases.length).toBeGreaterThan(4);
  });

  it("adds numbers and names, lists and removes them", async () => {
    const client = clientOf();
    const { sid } = await client.messaging.v1.services.create({ friendlyName: "Pool" });
    const service = client.messaging.v1.services(sid);
    const [number] = await gateway.db.query<{ sid: string }>(
      "select 'PN' || replace(id::text, '-', '') as sid from senders where address = $1",
      [gateway.numbers[0]],
    );
    const phoneNumberSid = number?.sid ?? "";
    expect(await service.phoneNumbers.create({ phoneNumberSid })).toMatchObject({
      sid: phoneNumberSid,
      serviceSid: sid,
      phoneNumber: gateway.numbers[0],
      countryCode: "US",
    });
    await expect(service.phoneNumbers.create({ phoneNumberSid })).rejects.toMatchObject({ status: 409, code: 21710 });
    expect(await service.phoneNumbers.list()).toHaveLength(1);
    expect(await service.phoneNumbers(phoneNumberSid).remove()).toBe(true);
    const name = await service.alphaSenders.create({ alphaSender: "Acme" });
    expect(await service.alphaSenders(name.sid).fetch()).toMatchObject({ alphaSender: "Acme", capabilities: ["SMS"] });
    const french = await service.destinationAlphaSenders.create({ alphaSender: "Acme", isoCountryCode: "FR" });
    const found = await service.destinationAlphaSenders.list({ isoCountryCode: "FR" });
    expect(found.map((entry) => entry.sid)).toEqual([french.sid]);
    expect(await service.alphaSenders(name.sid).remove()).toBe(true);
    expect(await service.shortCodes.list()).toEqual([]);
    expect(await service.channelSenders.list()).toEqual([]);
  });
});

describe("a newcomer with npm twilio", () => {
  it("makes a service, adds a number, schedules and cancels a message, and gets one delivered", async () => {
    const client = clientByHttpClient(gateway.url, {
      sid: gateway.accountSid,
      secret: gateway.authToken,
      accountSid: gateway.accountSid,
    });
    const service = await client.messaging.v1.services.create({
      friendlyName: "First service",
      statusCallback: application.url,
    });
    // Too early: it has nobody to send from. That must not be remembered when a number has come.
    const early = client.messages.create({ to, messagingServiceSid: service.sid, body: "too early" });
    await expect(early).rejects.toMatchObject({ status: 400, code: 21704 });
    const [number] = await gateway.db.query<{ sid: string }>(
      "select 'PN' || replace(id::text, '-', '') as sid from senders where address = $1",
      [gateway.numbers[0]],
    );
    await client.messaging.v1.services(service.sid).phoneNumbers.create({ phoneNumberSid: number?.sid ?? "" });

    const scheduled = await client.messages.create({
      to,
      messagingServiceSid: service.sid,
      body: "later",
      scheduleType: "fixed",
      sendAt: new Date(Date.now() + 3600_000),
    });
    expect(scheduled).toMatchObject({ status: "scheduled", messagingServiceSid: service.sid });
    expect((await client.messages(scheduled.sid).update({ status: "canceled" })).status).toBe("canceled");
    await application.next(({ params }) => params["MessageSid"] === scheduled.sid);

    const { sid } = await client.messages.create({ to, messagingServiceSid: service.sid, body: "now" });
    await application.next(({ params }) => params["MessageSid"] === sid && params["MessageStatus"] === "delivered");
    const told = application.received.filter(({ params }) => params["MessageSid"] === sid);
    expect(told.map(({ params }) => params["MessageStatus"])).toEqual(["queued", "sent", "delivered"]);
    for (const { url, params, headers } of told) {
      expect(params).toMatchObject({ MessagingServiceSid: service.sid, From: gateway.numbers[0], To: to });
      const signature = String(headers["x-twilio-signature"]);
      expect(twilio.validateRequest(gateway.authToken, signature, url, { ...params })).toBe(true);
    }
    expect(await client.messages(sid).fetch()).toMatchObject({ status: "delivered", from: gateway.numbers[0] });
  });
});
