import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Application, type ReceivedRequest, startApplication } from "../../gateway/test/support/application.ts";
import { callNative } from "../../gateway/test/support/native-client.ts";
import { basic } from "../../gateway/test/support/twilio-call.ts";
import { type ComponentOnGateway, componentOnGateway } from "./support/component-on-gateway.ts";
import { connectionWith, emptyTwiml, type Payload, payloadOf, receive } from "./support/webhook-payload.ts";

describe("the webhook of a running gateway", () => {
  let on: ComponentOnGateway;
  let app: Application;
  beforeAll(async () => {
    on = await componentOnGateway();
    app = await startApplication((_, response) => response.end(emptyTwiml));
  });
  afterAll(async () => {
    await app.close();
    await on.stop();
  });

  const payloadFrom = ({ path, headers, body }: ReceivedRequest): Payload => ({
    ...payloadOf({ url: app.origin + path, body, contentType: headers["content-type"] ?? "" }),
    headers,
  });
  /** The first request that `matches`, past or to come. */
  async function requestWhere(matches: (request: ReceivedRequest) => boolean): Promise<ReceivedRequest> {
    for (let count = 1; ; count++) {
      const found = (await app.received(count)).find(matches);
      if (found !== undefined) return found;
    }
  }
  async function setInbound(fields: Readonly<Record<string, string>>): Promise<void> {
    const list = "/Accounts/$TWILIO_ACCOUNT_SID/IncomingPhoneNumbers";
    const numbers = await on.run<{ incoming_phone_numbers: { sid: string; phone_number: string }[] }>("rawRequest", {
      url: `${list}.json`,
      method: "GET",
    });
    const own = numbers.incoming_phone_numbers.find(({ phone_number }) => phone_number === on.gateway.numbers[0]);
    await on.run("rawRequest", { url: `${list}/${own?.sid}.json`, method: "POST", data: fields });
  }
  const write = (from: string, body: string) => {
    const message = { from, to: on.gateway.numbers[0], body, mediaUrls: ["https://example.com/a.png"] };
    const authorization = basic(on.gateway.accountSid, on.gateway.authToken);
    return callNative(on.gateway.url, authorization, ["POST", "/sandbox/inbound", message]);
  };

  it("is taken for status updates, told apart by status, with the idempotency token", async () => {
    const sent = await on.run<{ sid: string }>("sendSMS", {
      to: "+12025553000",
      from: on.gateway.numbers[0],
      message: "Hello",
      statusCallback: `${app.origin}/status?tenant=7&name=J%C3%BCrgen`,
    });
    const request = await requestWhere(({ fields }) => fields["MessageStatus"] === "delivered");
    const received = await receive(payloadFrom(request), { twilioConnection: on.connection }, "webhookBranching");
    expect(received).toMatchObject({
      branch: "Status Update",
      response: { statusCode: 200, contentType: "text/xml", body: emptyTwiml },
      payload: {
        body: { data: { MessageSid: sent.sid, MessageStatus: "delivered" } },
        twilio: {
          kind: "status",
          messageSid: sent.sid,
          status: "delivered",
          idempotencyToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      },
    });
    const byKey = { twilioConnection: on.apiKey };
    expect((await receive(payloadFrom(request), byKey)).payload.twilio).toMatchObject({ kind: "status" });
    const wrong = { twilioConnection: connectionWith("0".repeat(32)) };
    await expect(receive(payloadFrom(request), wrong)).rejects.toThrow("The webhook was refused");
  });

  it.each(["POST", "GET"])("is taken for messages that come in by %s", async (SmsMethod) => {
    await setInbound({ SmsUrl: `${app.origin}/in?m=${SmsMethod}`, SmsMethod });
    await write("+12025553001", `Grüße & 😜 = ${SmsMethod}`);
    const request = await requestWhere(({ fields }) => fields["Body"]?.endsWith(SmsMethod) === true);
    expect(request.method).toBe(SmsMethod);
    const received = await receive(payloadFrom(request), { twilioConnection: on.connection }, "webhookBranching");
    expect(received).toMatchObject({
      branch: "Inbound Message",
      payload: {
        twilio: {
          kind: "inbound",
          from: "+12025553001",
          to: on.gateway.numbers[0],
          body: `Grüße & 😜 = ${SmsMethod}`,
          media: [{ url: "https://example.com/a.png" }],
        },
      },
    });
  });

  it("is taken with the new token while the old one still signs", async () => {
    const { secondaryAuthToken } = await on.run<{ secondaryAuthToken: string }>("rotateCredential", {
      operation: "create",
    });
    await on.run("sendSMS", {
      to: "+12025553002",
      from: on.gateway.numbers[0],
      message: "Hello",
      statusCallback: `${app.origin}/rotating`,
    });
    const request = await requestWhere(({ path }) => path === "/rotating");
    const withNew = { twilioConnection: connectionWith(secondaryAuthToken) };
    expect((await receive(payloadFrom(request), withNew)).payload.twilio).toMatchObject({ kind: "status" });
  });
});
