// The official npm client against the gateway: what its users do must work, and fail, as with Twilio.

import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic } from "../support/twilio-call.ts";
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

/** Resolves when the application has been told that the message is delivered. */
const delivered = (sid: string) =>
  application.next(({ params }) => params["MessageSid"] === sid && params["MessageStatus"] === "delivered");

async function sendDelivered(client: TwilioClient, options: { body?: string; mediaUrl?: string[] } = {}) {
  const message = await client.messages.create({
    to,
    from: gateway.numbers[0],
    body: "Hello",
    statusCallback: application.url,
    ...options,
  });
  await delivered(message.sid);
  return message;
}

const ways: readonly (readonly [string, () => TwilioClient])[] = [
  ["its base URL set", () => clientByBaseUrl(gateway.url, gateway)],
  [
    "a custom HTTP client",
    () =>
      clientByHttpClient(gateway.url, {
        sid: gateway.accountSid,
        secret: gateway.authToken,
        accountSid: gateway.accountSid,
      }),
  ],
  ["an API key", () => clientByHttpClient(gateway.url, { ...gateway.apiKey, accountSid: gateway.accountSid })],
];

describe.each(ways)("npm twilio with %s", (_name, clientOf) => {
  it("creates a message and fetches it as delivered", async () => {
    const client = clientOf();
    const message = await sendDelivered(client, { body: "Grüße 😜" });
    expect(message).toMatchObject({ status: "queued", direction: "outbound-api", numSegments: "1", errorCode: null });
    const fetched = await client.messages(message.sid).fetch();
    expect(fetched).toMatchObject({ sid: message.sid, status: "delivered", body: "Grüße 😜", to });
    expect(fetched.dateSent).toBeInstanceOf(Date);
    expect(fetched.dateCreated.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("lists over page borders, by filters", async () => {
    const client = clientOf();
    const recipient = `+1555${String(Math.floor(Math.random() * 9_000_000) + 1_000_000)}`;
    const sids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      sids.unshift((await client.messages.create({ to: recipient, from: gateway.numbers[0], body: "x" })).sid);
    }
    const listed = await client.messages.list({ to: recipient, pageSize: 2 });
    expect(listed.map((message) => message.sid)).toEqual(sids);
    expect(await client.messages.list({ to: recipient, pageSize: 2, limit: 3 })).toHaveLength(3);
    expect(await client.messages.list({ to: recipient, from: gateway.numbers[1] })).toEqual([]);
  });
});

describe("npm twilio", () => {
  let client: TwilioClient;
  beforeAll(() => {
    client = clientByBaseUrl(gateway.url, gateway);
  });

  it("walks pages forwards and back by their URLs", async () => {
    for (let count = 0; count < 5; count += 1)
      await client.messages.create({ to, from: gateway.numbers[0], body: "x" });
    const first = await client.messages.page({ pageSize: 2 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    const back = await third?.previousPage();
    const sids = (page: { instances: { sid: string }[] } | undefined) => page?.instances.map(({ sid }) => sid);
    expect(sids(first)).toHaveLength(2);
    expect(sids(back)).toEqual(sids(second));
    expect(sids(await back?.previousPage())).toEqual(sids(first));
    const again = await client.messages.getPage(
      `${gateway.url}${String(second?.nextPageUrl).replace(gateway.url, "")}`,
    );
    expect(sids(again)).toEqual(sids(third));
  });

  it("filters by the date of sending", async () => {
    const { sid } = await sendDelivered(client);
    const { dateSent } = await client.messages(sid).fetch();
    const found = async (filter: object) => (await client.messages.list(filter)).some((message) => message.sid === sid);
    expect(await found({ dateSent })).toBe(true);
    expect(await found({ dateSentAfter: dateSent, dateSentBefore: dateSent })).toBe(true);
    expect(await found({ dateSentBefore: new Date(dateSent.getTime() - 60_000) })).toBe(false);
    expect(await found({ dateSentAfter: new Date(dateSent.getTime() + 60_000) })).toBe(false);
  });

  it("schedules with a service, and cancels", async () => {
    const sendAt = new Date(Date.now() + 3600_000);
    const scheduled = await client.messages.create({
      to,
      messagingServiceSid: gateway.serviceSid,
      body: "later",
      scheduleType: "fixed",
      sendAt,
    });
    expect(scheduled).toMatchObject({ status: "scheduled", from: null, numSegments: "0" });
    expect(await client.messages(scheduled.sid).update({ status: "canceled" })).toMatchObject({
      status: "canceled",
      sid: scheduled.sid,
    });
    await expect(client.messages(scheduled.sid).update({ status: "canceled" })).rejects.toMatchObject({
      status: 409,
      code: 30409,
      message: "This message cannot be canceled",
    });
  });

  it("redacts and deletes", async () => {
    const { sid } = await sendDelivered(client, { body: "secret" });
    expect((await client.messages(sid).update({ body: "" })).body).toBe("");
    expect(await client.messages(sid).remove()).toBe(true);
    await expect(client.messages(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it("lists, fetches and removes media", async () => {
    const { sid } = await sendDelivered(client, { mediaUrl: ["https://e.com/1.png", "https://e.com/2.png"] });
    expect(sid).toMatch(/^MM/);
    const media = await client.messages(sid).media.list();
    expect(media).toHaveLength(2);
    const [item] = media;
    if (item === undefined) return expect.unreachable();
    expect(await client.messages(sid).media(item.sid).fetch()).toMatchObject({ sid: item.sid, parentSid: sid });
    expect(await client.messages(sid).media(item.sid).remove()).toBe(true);
    expect(await client.messages(sid).media.list()).toHaveLength(1);
  });

  it("gives feedback", async () => {
    const { sid } = await client.messages.create({ to, from: gateway.numbers[0], body: "x", provideFeedback: true });
    const feedback = await client.messages(sid).feedback.create({ outcome: "unconfirmed" });
    expect(feedback).toMatchObject({ messageSid: sid, outcome: "unconfirmed" });
  });

  it("fetches the account and its balance", async () => {
    const account = await client.api.v2010.accounts(gateway.accountSid).fetch();
    expect(account).toMatchObject({ sid: gateway.accountSid, status: "active", authToken: gateway.authToken });
    expect(await client.balance.fetch()).toMatchObject({ accountSid: gateway.accountSid, currency: "USD" });
  });

  it.each([
    [{ to: "", from: "+12025550100", body: "x" }, 400, 21604],
    [{ to: "abc", from: "+12025550100", body: "x" }, 400, 21211],
    [{ to, from: "+12025550199", body: "x" }, 400, 21606],
    [{ to, body: "x" }, 400, 21603],
    [{ to: "+15005550004", from: "+12025550100", body: "x" }, 400, 21610],
    [{ to, from: "+15005550008", body: "x" }, 429, 21611],
  ])("rejects %o with its RestException", async (options, status, code) => {
    const error = await client.messages.create(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(twilio.RestException);
    expect(error).toMatchObject({ status, code, moreInfo: `https://www.twilio.com/docs/errors/${code}` });
  });

  it("rejects a wrong token as Twilio does", async () => {
    const stranger = clientByBaseUrl(gateway.url, { ...gateway, authToken: "0".repeat(32) });
    await expect(stranger.messages.list()).rejects.toMatchObject({ status: 401, code: 20003, message: "Authenticate" });
  });

  it("is called back in order, with signatures that its own validator accepts", async () => {
    const { sid } = await sendDelivered(client);
    const callbacks = application.received.filter(({ params }) => params["MessageSid"] === sid);
    expect(callbacks.map(({ params }) => params["MessageStatus"])).toEqual(["sent", "delivered"]);
    for (const { url, params, headers } of callbacks) {
      const signature = String(headers["x-twilio-signature"]);
      expect(twilio.validateRequest(gateway.authToken, signature, url, { ...params })).toBe(true);
      expect(twilio.validateRequest("0".repeat(32), signature, url, { ...params })).toBe(false);
      expect(params).toMatchObject({ AccountSid: gateway.accountSid, From: gateway.numbers[0], To: to });
    }
    const tokens = callbacks.map(({ headers }) => headers["i-twilio-idempotency-token"]);
    expect(new Set(tokens).size).toBe(2);
  });

  it("is told of an inbound message with a signature that its own validator accepts, and fetches it", async () => {
    const [, number] = gateway.numbers;
    await gateway.db.query("update senders set messaging_service_id = null, sms_url = $2 where address = $1", [
      number,
      application.url,
    ]);
    const response = await fetch(`${gateway.url}/trunkline/v1/sandbox/inbound`, {
      method: "POST",
      headers: {
        authorization: basic(gateway.accountSid, gateway.authToken),
        "content-type": "application/json",
      },
      body: JSON.stringify({ from: to, to: number, body: "Ünïcode & more" }),
    });
    expect(response.ok, await response.text()).toBe(true);
    const { url, params, headers } = await application.next((callback) => callback.params["SmsStatus"] === "received");
    expect(params).toMatchObject({ From: to, To: number, Body: "Ünïcode & more", NumMedia: "0" });
    const signature = String(headers["x-twilio-signature"]);
    expect(twilio.validateRequest(gateway.authToken, signature, url, { ...params })).toBe(true);
    const message = await client.messages(params["MessageSid"] ?? "").fetch();
    expect(message).toMatchObject({ direction: "inbound", status: "received", body: "Ünïcode & more" });
  });
});
