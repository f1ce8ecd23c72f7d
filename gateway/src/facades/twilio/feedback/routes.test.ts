import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { storeMessage } from "../../../../test/support/stored-messages.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

describe("feedback", () => {
  it("stores the outcome of a message that announced it; a second one replaces it", async () => {
    const sid = await storeMessage(gateway.db, gateway.accountSid, { options: { provideFeedback: true } });
    const first = await call(`/Messages/${sid}/Feedback.json`, { method: "POST" });
    expect(first.status).toBe(200);
    expect(first.json).toEqual({
      account_sid: gateway.accountSid,
      date_created: expect.any(String),
      date_updated: expect.any(String),
      message_sid: sid,
      outcome: "confirmed",
      uri: `/2010-04-01/Accounts/${gateway.accountSid}/Messages/${sid}/Feedback.json`,
    });
    const second = await call(`/Messages/${sid}/Feedback.json`, { form: { Outcome: "unconfirmed" } });
    expect(second.json).toMatchObject({ outcome: "unconfirmed", date_created: first.json?.["date_created"] });
  });

  it("refuses an unknown outcome, a message that announced none, and one that does not exist", async () => {
    const sid = await storeMessage(gateway.db, gateway.accountSid, { options: { provideFeedback: true } });
    expect((await call(`/Messages/${sid}/Feedback.json`, { form: { Outcome: "maybe" } })).json?.["code"]).toBe(20001);
    const silent = await storeMessage(gateway.db, gateway.accountSid);
    expect((await call(`/Messages/${silent}/Feedback.json`, { method: "POST" })).status).toBe(400);
    const none = `SM${"0".repeat(32)}`;
    expect((await call(`/Messages/${none}/Feedback.json`, { method: "POST" })).status).toBe(404);
  });
});
