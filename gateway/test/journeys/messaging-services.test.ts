// What the settings of a messaging service do to the messages that go through it, in every process; and what becomes of
// its messages when it is deleted.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callNative } from "../support/native-client.ts";
import { basic, type Call, callsOf } from "../support/twilio-call.ts";

let gateway: TestGateway;
let application: CallbackReceiver;
let call: Call;
let service: string;
const to = "+12025550142";

beforeAll(async () => {
  [gateway, application] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
  call = callsOf(gateway.url, gateway);
});
afterAll(async () => {
  await gateway.stop();
  await application.close();
});

/** A service of its own for each test, with the account's second number in its pool. */
beforeEach(async () => {
  await gateway.db.query("update senders set messaging_service_id = null where account_id = $1", [
    uuidOf(gateway.accountSid),
  ]);
  const made = await call("/v1/Services", { form: { FriendlyName: "Codes", StatusCallback: application.url } });
  service = String(made.json?.["sid"]);
  await add(gateway.numbers[1]);
});

async function add(address: string): Promise<void> {
  const [number] = await gateway.db.query<{ sid: string }>(
    "select 'PN' || replace(id::text, '-', '') as sid from senders where account_id = $1 and address = $2",
    [uuidOf(gateway.accountSid), address],
  );
  const added = await call(`/v1/Services/${service}/PhoneNumbers`, { form: { PhoneNumberSid: number?.sid ?? "" } });
  expect(added.status, added.text).toBe(201);
}

const set = (form: Record<string, string>) => call(`/v1/Services/${service}`, { form });

async function send(form: Record<string, string> = {}, through: Call = call): Promise<string> {
  const sent = await through("/Messages.json", { form: { To: to, MessagingServiceSid: service, Body: "x", ...form } });
  expect(sent.status, sent.text).toBe(201);
  return String(sent.json?.["sid"]);
}

/** The last callback of a message: it is final then. */
const ended = (sid: string) =>
  application.next(
    ({ params }) => params["MessageSid"] === sid && /^(delivered|failed)$/.test(params["MessageStatus"] ?? ""),
  );

const fetched = async (sid: string) => (await call(`/Messages/${sid}.json`)).json;

/** Makes a scheduled message due. */
async function makeDue(sid: string): Promise<void> {
  await gateway.db.query("update messages set due_at = now() where account_id = $1 and id = $2", [
    uuidOf(gateway.accountSid),
    uuidOf(sid),
  ]);
}

const later = () => ({ ScheduleType: "fixed", SendAt: new Date(Date.now() + 3600_000).toISOString() });

async function receive(number: string): Promise<string> {
  const authorization = basic(gateway.accountSid, gateway.authToken);
  const inbound = { from: to, to: number, body: "hello" };
  const { status, body } = await callNative(gateway.url, authorization, ["POST", "/sandbox/inbound", inbound]);
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  const { url } = await application.next(({ params }) => params["MessageSid"] === String(body.sid));
  return new URL(url).pathname;
}

describe("the settings of a messaging service", () => {
  it("smart encoding: replaces look-alikes, or leaves the text alone", async () => {
    const fancy = "“It’s here” – now";
    const on = await send({ Body: fancy });
    await ended(on);
    expect(await fetched(on)).toMatchObject({ body: `"It's here" - now`, num_segments: "1", from: gateway.numbers[1] });
    await set({ SmartEncoding: "false" });
    const bodyOfNext = async () => {
      const off = await send({ Body: fancy });
      await ended(off);
      return (await fetched(off))?.["body"];
    };
    await expect.poll(bodyOfNext).toBe(fancy);
  });

  it("validity period: how long a message may wait", async () => {
    await set({ ValidityPeriod: "600" });
    const validityOfNext = async () => {
      const sid = await send(later());
      const [row] = await gateway.db.query(
        "select extract(epoch from expires_at - due_at)::int as s from messages where id = $1",
        [uuidOf(sid)],
      );
      return row?.["s"];
    };
    await expect.poll(validityOfNext).toBe(600);
  });

  it("sticky sender: a recipient keeps theirs, until it is switched off", async () => {
    await add(gateway.numbers[0]);
    const senderOfNext = async () => {
      const sid = await send();
      await ended(sid);
      return (await fetched(sid))?.["from"];
    };
    const first = await senderOfNext();
    for (let count = 0; count < 6; count += 1) expect(await senderOfNext()).toBe(first);
    await set({ StickySender: "false" });
    await expect.poll(senderOfNext).not.toBe(first);
  });

  it("inbound: the service's URL, or the number's when it says so", async () => {
    const origin = new URL(application.url).origin;
    await gateway.db.query("update senders set sms_url = $2 where address = $1", [
      gateway.numbers[1],
      `${origin}/of-the-number`,
    ]);
    await set({ InboundRequestUrl: `${origin}/of-the-service` });
    expect(await receive(gateway.numbers[1])).toBe("/of-the-service");
    await set({ UseInboundWebhookOnNumber: "true" });
    expect(await receive(gateway.numbers[1])).toBe("/of-the-number");
  });

  it("hold in every process soon after they were changed", async () => {
    const sibling = await gateway.startSibling();
    try {
      const there = callsOf(sibling.url, gateway);
      await send({}, there);
      await set({ StatusCallback: "" });
      const callbackOfNext = async () => {
        const sid = await send(later(), there);
        const [row] = await gateway.db.query("select status_callback from messages where id = $1", [uuidOf(sid)]);
        return row?.["status_callback"];
      };
      await expect.poll(callbackOfNext).toBeNull();
    } finally {
      await sibling.stop();
    }
  });

  it("an alphanumeric id for one country is used there, and nowhere else", async () => {
    await call(`/v1/Services/${service}/DestinationAlphaSenders`, {
      form: { AlphaSender: "Bonjour", IsoCountryCode: "FR" },
    });
    const fromOf = async (recipient: string) => {
      const sid = await send({ To: recipient });
      await ended(sid);
      return (await fetched(sid))?.["from"];
    };
    await expect.poll(() => fromOf("+33612345678")).toBe("Bonjour");
    expect(await fromOf("+4915123456789")).toBe(gateway.numbers[1]);
  });
});

describe("a messaging service that is deleted", () => {
  it("still sends what it accepted, from the pool that it had", async () => {
    const scheduled = await send(later());
    expect((await call(`/v1/Services/${service}`, { method: "DELETE" })).status).toBe(204);
    await makeDue(scheduled);
    expect((await ended(scheduled)).params).toMatchObject({
      MessageStatus: "delivered",
      From: gateway.numbers[1],
      MessagingServiceSid: service,
    });
  });

  it("lets a scheduled message be canceled all the same", async () => {
    const scheduled = await send(later());
    await call(`/v1/Services/${service}`, { method: "DELETE" });
    const canceled = await call(`/Messages/${scheduled}.json`, { form: { Status: "canceled" } });
    expect(canceled.json).toMatchObject({ status: "canceled" });
  });

  it("gives its number back to itself: inbound messages go to the number's own URL", async () => {
    const origin = new URL(application.url).origin;
    await set({ InboundRequestUrl: `${origin}/of-the-service` });
    await gateway.db.query("update senders set sms_url = $2 where address = $1", [gateway.numbers[1], `${origin}/own`]);
    await call(`/v1/Services/${service}`, { method: "DELETE" });
    expect(await receive(gateway.numbers[1])).toBe("/own");
  });
});

describe("a pool", () => {
  it("that has been emptied fails its messages with 21703, and sends again when a number comes", async () => {
    const waiting = await send(later());
    await gateway.db.query("update senders set messaging_service_id = null where account_id = $1", [
      uuidOf(gateway.accountSid),
    ]);
    const form = { To: to, MessagingServiceSid: service, Body: "x" };
    await expect.poll(async () => (await call("/Messages.json", { form })).json?.["code"]).toBe(21704);
    await makeDue(waiting);
    expect((await ended(waiting)).params).toMatchObject({ MessageStatus: "failed", ErrorCode: "21703" });
    await add(gateway.numbers[1]);
    expect((await ended(await send())).params).toMatchObject({ MessageStatus: "delivered" });
  });
});
