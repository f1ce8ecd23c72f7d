// STOP and START from end to end: what somebody has said is obeyed by whatever would write to them next, whenever it was
// accepted and whichever sender it would go out from.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { clientByBaseUrl } from "../conformance/twilio-client.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { callsOf } from "../support/twilio-call.ts";

let gateway: TestGateway;
let application: CallbackReceiver;

beforeAll(async () => {
  [gateway, application] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
});
afterAll(async () => {
  await gateway.stop();
  await application.close();
});

let made = 0;
function newContact(): string {
  made += 1;
  return `+1202557${String(made).padStart(4, "0")}`;
}

function actsOf(account: TestAccount) {
  const native = (...request: [string, string, unknown?]) =>
    callNative(gateway.url, basic(account.accountSid, account.authToken), request);
  const call = callsOf(gateway.url, account);
  return {
    native,
    async say(from: string, to: string, body: string): Promise<void> {
      expect((await native("POST", "/sandbox/inbound", { from, to, body })).status).toBeLessThan(300);
    },
    async send(form: Record<string, string>): Promise<string> {
      const sent = await call("/Messages.json", { form: { Body: "x", ...form } });
      expect(sent.status, sent.text).toBe(201);
      return String(sent.json?.["sid"]);
    },
    /** The message as it ends. */
    async end(sid: string): Promise<unknown[]> {
      const fetched = async () => (await call(`/Messages/${sid}.json`)).json ?? {};
      await expect.poll(async () => (await fetched())["status"]).toMatch(/^(delivered|failed)$/);
      const { status, error_code: code, from } = await fetched();
      return [status, code, from];
    },
    refused: async (form: Record<string, string>) =>
      (await call("/Messages.json", { form: { Body: "x", ...form } })).json?.["code"],
    /** How many messages a handset has got, replies to keywords aside. */
    async received(handset: string, body: string): Promise<number> {
      const { body: seen } = await native("GET", `/sandbox/handsets/${encodeURIComponent(handset)}`);
      return seen.messages.filter((one: { body: string }) => one.body === body).length;
    },
  };
}

const later = () => ({ ScheduleType: "fixed", SendAt: new Date(Date.now() + 3600_000).toISOString() });

async function makeDue(sid: string): Promise<void> {
  await gateway.db.query("update messages set due_at = now() where id = $1", [uuidOf(sid)]);
}

describe("STOP", () => {
  it("stops the next scheduled message, which was accepted before; START lets the one after it through", async () => {
    const { say, send, end, received } = actsOf(gateway);
    const contact = newContact();
    const to = {
      To: contact,
      MessagingServiceSid: gateway.serviceSid,
      Body: "reminder",
      StatusCallback: application.url,
    };
    const [before, after] = [await send({ ...to, ...later() }), await send({ ...to, ...later() })];
    await say(contact, gateway.numbers[1], "STOP");
    await makeDue(before);
    expect(await end(before)).toEqual(["failed", 21610, null]);
    const { params } = await application.next(({ params }) => params["MessageSid"] === before);
    expect(params).toMatchObject({ MessageStatus: "failed", ErrorCode: "21610" });
    await say(contact, gateway.numbers[1], "START");
    await makeDue(after);
    expect(await end(after)).toEqual(["delivered", null, gateway.numbers[1]]);
    expect(await received(contact, "reminder")).toBe(1);
  });

  it("with Twilio's SDK: from the number it is refused at once, from another number of the account it is not", async () => {
    const { say } = actsOf(gateway);
    const contact = newContact();
    const client = clientByBaseUrl(gateway.url, gateway);
    await say(contact, gateway.numbers[0], "stop");
    const create = (from: string) => client.messages.create({ to: contact, from, body: "x" });
    await expect(create(gateway.numbers[0])).rejects.toMatchObject({ status: 400, code: 21610 });
    expect((await create(gateway.numbers[1])).status).toBe("queued");
  });

  it("that comes between the 201 and the hand-over is obeyed", async () => {
    const account = await gateway.addAccount();
    const { native, say, send, end, received } = actsOf(account);
    const contact = newContact();
    const limited = { match: { to: contact }, effect: { type: "rate-limit", retryAfterSeconds: 1 } };
    expect((await native("PUT", "/sandbox/faults", { rules: [limited] })).status).toBe(200);
    const sid = await send({ To: contact, From: account.numbers[0], Body: "late" });
    await expect.poll(async () => (await native("GET", `/messages/${sid}`)).body.attempts.length).toBeGreaterThan(0);
    await say(contact, account.numbers[0], "STOP");
    await native("PUT", "/sandbox/faults", { rules: [] });
    expect(await end(sid)).toEqual(["failed", 21610, account.numbers[0]]);
    expect(await received(contact, "late")).toBe(0);
  });

  it("to a toll-free number in a service is for that number; to another number of it, for all of them", async () => {
    const account = await gateway.addAccount();
    const { native, say, send, end, refused } = actsOf(account);
    const tollFree = "+18005550100";
    await native("POST", `/accounts/${account.accountSid}/senders`, {
      ...{ address: tollFree, messagingServiceSid: account.serviceSid },
    });
    const [, pooled] = account.numbers;
    const [one, other] = [newContact(), newContact()];
    await say(one, tollFree, "STOP");
    expect(await refused({ To: one, From: tollFree })).toBe(21610);
    expect(await end(await send({ To: one, From: pooled }))).toEqual(["delivered", null, pooled]);
    await say(other, pooled, "STOP");
    for (const from of [tollFree, pooled]) expect(await refused({ To: other, From: from })).toBe(21610);
    expect(await end(await send({ To: other, MessagingServiceSid: account.serviceSid }))).toEqual([
      "failed",
      21610,
      null,
    ]);
  });

  it("in a language and with a reply of the service's own, and the application is told of the kind of word", async () => {
    const account = await gateway.addAccount();
    const { native, say, refused, received } = actsOf(account);
    const path = `/accounts/${account.accountSid}/messaging-services/${account.serviceSid}/keywords`;
    const settings = { languages: ["fr"], stop: { words: ["ASSEZ"], reply: "C'est noté." } };
    expect((await native("PUT", path, settings)).status).toBe(200);
    await native("PATCH", `/accounts/${account.accountSid}/senders/${encodeURIComponent(account.numbers[0])}`, {
      smsUrl: application.url,
    });
    await gateway.db.query("update messaging_services set inbound_request_url = $2 where id = $1", [
      uuidOf(account.serviceSid),
      application.url,
    ]);
    const contact = newContact();
    await say(contact, account.numbers[1], "Assez");
    const { params } = await application.next(({ params }) => params["From"] === contact);
    expect(params).toMatchObject({ Body: "Assez", OptOutType: "STOP", MessagingServiceSid: account.serviceSid });
    expect(await refused({ To: contact, From: account.numbers[1] })).toBe(21610);
    await expect.poll(() => received(contact, "C'est noté.")).toBe(1);
    // The account's other number is in no service, and has the standard words alone.
    const [another] = [newContact()];
    await say(another, account.numbers[0], "Assez");
    const heard = await application.next(({ params }) => params["From"] === another);
    expect(heard.params).not.toHaveProperty("OptOutType");
    expect(await refused({ To: another, From: account.numbers[0] })).toBeUndefined();
  });
});

describe("messages that name no sender", () => {
  /** An account whose chain is two sandboxes, each with a number of its own. */
  async function chained() {
    const account = await gateway.addAccount();
    const acts = actsOf(account);
    const numbers = ["+12025550110", "+12025550111"] as const;
    const providers: string[] = [];
    for (const fromNumber of numbers) {
      const { status, body } = await acts.native("POST", "/providers", {
        ...{ account: account.accountSid, name: fromNumber, kind: "sandbox", fromNumber },
      });
      expect(status, JSON.stringify(body)).toBe(201);
      providers.push(body.id);
      await acts.native("POST", `/accounts/${account.accountSid}/senders`, {
        address: fromNumber,
        providerId: body.id,
      });
    }
    const chain = await acts.native("PUT", `/accounts/${account.accountSid}/fallback-chain`, { providers });
    expect(chain.status, JSON.stringify(chain.body)).toBe(200);
    return { ...acts, account, numbers };
  }

  it("obey what was said to the sender that they go out from, also to the service that it is in", async () => {
    const { native, say, send, end, account, numbers } = await chained();
    const [one, other] = [newContact(), newContact()];
    expect(await end(await send({ To: one }))).toEqual(["delivered", null, numbers[0]]);
    await say(one, numbers[0], "STOP");
    expect(await end(await send({ To: one }))).toEqual(["failed", 21610, null]);
    await native("PATCH", `/accounts/${account.accountSid}/senders/${encodeURIComponent(numbers[0])}`, {
      messagingServiceSid: account.serviceSid,
    });
    await say(other, account.numbers[1], "STOP");
    expect(await end(await send({ To: other }))).toEqual(["failed", 21610, null]);
  });
});
