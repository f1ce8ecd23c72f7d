// What comes back from an upstream, with two whole gateways: delivery reports are called in, handsets of the upstream's
// sandbox write to an application of ours, and its answer reaches them.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { type Application, startApplication } from "../support/application.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callNative } from "../support/native-client.ts";
import { basic, callsOf } from "../support/twilio-call.ts";
import { eventually } from "../support/upstream-receiver.ts";

let upstream: TestGateway;
let ours: TestGateway;
let application: Application;
let told: CallbackReceiver;
let provider: string;
const handset = "+12025550166";

beforeAll(async () => {
  [upstream, ours, told] = await Promise.all([
    startTestGateway({ dispatch: true }),
    startTestGateway({ dispatch: true }),
    startCallbackReceiver(),
  ]);
  application = await startApplication((request, response) => {
    const reply = request.fields["Body"] === "ping" ? "<Message>pong</Message>" : "";
    response.writeHead(200, { "content-type": "text/xml" }).end(`<Response>${reply}</Response>`);
  });
  provider = await makeProvider();
});
afterAll(async () => {
  await Promise.all([ours.stop(), application.close(), told.close()]);
  await upstream.stop();
});

const native = async (gateway: TestGateway, method: string, path: string, body?: unknown) => {
  const authorization = basic(gateway.accountSid, gateway.authToken);
  const answer = await callNative(gateway.url, authorization, [method, path, body]);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};

/** The upstream's first number is ours to send from, through a provider that leads there. */
async function makeProvider(): Promise<string> {
  const { url: baseUrl, accountSid, authToken } = upstream;
  const made = await native(ours, "POST", "/providers", { name: "up", kind: "twilio", baseUrl, accountSid, authToken });
  await native(ours, "PUT", `/accounts/${ours.accountSid}/fallback-chain`, { providers: [made.id] });
  await ours.db.query("update senders set provider_id = $2, sms_url = $3 where account_id = $1 and address = $4", [
    uuidOf(ours.accountSid),
    made.id,
    application.origin,
    ours.numbers[0],
  ]);
  return String(made.id);
}

const received = async (): Promise<string[]> => {
  const { messages } = await native(upstream, "GET", `/sandbox/handsets/${encodeURIComponent(handset)}`);
  return (messages as { direction: string; body: string }[])
    .filter(({ direction }) => direction === "received")
    .map(({ body }) => body);
};

const write = (body: string) =>
  native(upstream, "POST", "/sandbox/inbound", { from: handset, to: upstream.numbers[0], body });

describe("an upstream", () => {
  it("reports what became of a message, which its application is told of", async () => {
    const sent = await callsOf(ours.url, ours)("/Messages.json", {
      form: { To: handset, From: ours.numbers[0], Body: "code", StatusCallback: told.url },
    });
    expect(sent.status, sent.text).toBe(201);
    const sid = String(sent.json?.["sid"]);
    const { params } = await told.next(
      ({ params: { MessageSid, MessageStatus } }) => MessageSid === sid && MessageStatus === "delivered",
    );
    expect(params).toMatchObject({ From: ours.numbers[0], To: handset });
    const detail = await native(ours, "GET", `/messages/${sid}`);
    expect(detail.attempts).toHaveLength(1);
    const polls = await ours.db.query("select 1 as x from report_polls where message_id = $1", [uuidOf(sid)]);
    expect(polls.length).toBeLessThanOrEqual(1);
  });

  it("brings what handsets write once its numbers are pointed here, and takes the application's answer back", async () => {
    const pointed = await native(ours, "POST", `/providers/${provider}/inbound`);
    expect(pointed.numbers).toEqual([{ number: upstream.numbers[0], outcome: "pointed", reason: null }]);
    await write("ping");
    await eventually(async () => expect(await received()).toContain("pong"));
    expect(application.requests.map(({ fields }) => fields["Body"])).toEqual(["ping"]);
    expect(application.requests[0]?.fields).toMatchObject({ AccountSid: ours.accountSid, From: handset });
  });

  it("answers STOP itself; we heed it and do not answer again", async () => {
    await write("STOP");
    await eventually(async () => expect(application.requests.at(-1)?.fields["Body"]).toBe("STOP"));
    const refused = await callsOf(ours.url, ours)("/Messages.json", {
      form: { To: handset, From: ours.numbers[0], Body: "again" },
    });
    expect(refused.json).toMatchObject({ code: 21610 });
    await eventually(async () =>
      expect((await received()).filter((body) => body.includes("unsubscribed"))).toHaveLength(1),
    );
    const replies = await ours.db.query("select body from messages where direction = 'outbound-reply'");
    expect(replies).toEqual([{ body: "pong" }]);
  });

  it("is told to come again while the gateway has no database", async () => {
    const giveBack = await ours.cutDatabase();
    const path = `/hooks/twilio/${provider}/inbound`;
    const answer = await fetch(ours.url + path, { method: "POST", body: new URLSearchParams({ MessageSid: "SM1" }) });
    await giveBack();
    expect(answer.status, await answer.text()).toBe(503);
    expect(answer.headers.get("retry-after")).not.toBeNull();
  });
});
