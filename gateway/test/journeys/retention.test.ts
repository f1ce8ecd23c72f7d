// What the gateway forgets, seen from outside: messages by age while somebody is reading them, and what a message's sender
// does not want kept.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { dayMs, insertAged, makeMonths } from "../support/aged-messages.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { type Call, callsOf } from "../support/twilio-call.ts";

let gateway: TestGateway;
let application: CallbackReceiver;
let call: Call;

beforeAll(async () => {
  [gateway, application] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
  call = callsOf(gateway.url, gateway);
});
afterAll(async () => {
  await gateway.stop();
  await application.close();
});

const native = (...request: [string, string, unknown?]) =>
  callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), request);

async function send(form: Record<string, string>): Promise<string> {
  const to = { To: "+12025550142", From: gateway.numbers[0], Body: "secret", StatusCallback: application.url };
  const sent = await call("/Messages.json", { form: { ...to, ...form } });
  expect(sent.status, sent.text).toBe(201);
  return String(sent.json?.["sid"]);
}

const ended = (sid: string) =>
  application.next(
    ({ params }) => params["MessageSid"] === sid && /^(delivered|failed|canceled)$/.test(params["MessageStatus"] ?? ""),
  );
const fetched = async (sid: string) => (await call(`/Messages/${sid}.json`)).json;
const rowOf = async (sid: string) =>
  (await gateway.db.query("select body, to_address, options from messages where id = $1", [uuidOf(sid)]))[0];

describe("an account that keeps its messages for a while", () => {
  it("loses them after that, as soon as it says so; who is paging through its list gets to the end all the same", async () => {
    const nowMs = Date.now();
    await makeMonths(gateway.db, nowMs - 200 * dayMs, nowMs);
    for (let day = 10; day <= 180; day += 10) {
      await insertAged(gateway.db, gateway.accountSid, { atMs: nowMs - day * dayMs });
    }
    const first = await call("/Messages.json?PageSize=5");
    expect(first.json?.["messages"]).toHaveLength(5);
    await native("PUT", `/accounts/${gateway.accountSid}/retention`, { messageDays: 65 });
    const months = async () =>
      (
        await gateway.db.query(
          "select 1 from pg_class where relname ~ '^messages_[0-9]{4}_[0-9]{2}$' and relkind = 'r'",
        )
      ).length;
    const count = async () => (await gateway.db.query("select 1 from messages")).length;
    await expect.poll(count).toBe(6);
    // This month and the three around it, and at most two before those.
    await expect.poll(months).toBeLessThanOrEqual(7);
    const next = String(first.json?.["next_page_uri"]);
    const second = await call(next.replace(/^\/2010-04-01\/Accounts\/AC\w+/, ""));
    expect(second.status, second.text).toBe(200);
    expect(second.json?.["messages"]).toHaveLength(1);
    expect(second.json?.["next_page_uri"]).toBeNull();
    await send({});
  });
});

describe("ContentRetention=discard", () => {
  it("sends the text and keeps none of it, nor its media, once it has been handed over", async () => {
    const sid = await send({ ContentRetention: "discard", MediaUrl: "https://example.com/secret.png" });
    await ended(sid);
    // The report may be told before the hand-over's own outcome is stored.
    await expect.poll(async () => (await fetched(sid))?.["body"]).toBe("");
    expect(await fetched(sid)).toMatchObject({ num_media: "1", status: "delivered", to: "+12025550142" });
    expect(await gateway.db.query("select 1 from media where message_id = $1", [uuidOf(sid)])).toEqual([]);
    const handset = await native("GET", `/sandbox/handsets/${encodeURIComponent("+12025550142")}`);
    expect(JSON.stringify(handset.body)).toContain("secret");
  });

  it("keeps nothing of a message that is canceled, or fails before it is sent", async () => {
    const schedule = { ScheduleType: "fixed", SendAt: new Date(Date.now() + 3600_000).toISOString() };
    const pooled = { From: "", MessagingServiceSid: gateway.serviceSid, ContentRetention: "discard" };
    const canceled = await send({ ...pooled, ...schedule });
    expect(await fetched(canceled)).toMatchObject({ body: "secret" });
    await call(`/Messages/${canceled}.json`, { form: { Status: "canceled" } });
    expect(await fetched(canceled)).toMatchObject({ body: "", status: "canceled" });
    await native("PUT", "/consents", { contact: "+12025550143", sender: gateway.serviceSid, status: "opt-out" });
    const refused = await send({ ...pooled, To: "+12025550143" });
    await ended(refused);
    expect(await fetched(refused)).toMatchObject({ body: "", status: "failed", error_code: 21610 });
  });

  it("a message without it keeps its text", async () => {
    const sid = await send({ ContentRetention: "retain" });
    await ended(sid);
    expect(await fetched(sid)).toMatchObject({ body: "secret" });
  });
});

describe("AddressRetention=obfuscate", () => {
  it("masks the recipient when the message is final and has been told of; callbacks still name it", async () => {
    const sid = await send({ AddressRetention: "obfuscate" });
    const { params } = await ended(sid);
    expect(params["To"]).toBe("+12025550142");
    await expect.poll(async () => (await fetched(sid))?.["to"]).toBe("+1202555XXXX");
    const rows = await gateway.db.query("select fields::text as text from callbacks where message_id = $1", [
      uuidOf(sid),
    ]);
    expect(rows.length).toBeGreaterThan(0);
    for (const { text } of rows) expect(text).not.toContain("2025550142");
    const shown = await native("GET", `/messages/${sid}`);
    expect(shown.body).toMatchObject({ to: "+1202555XXXX", body: "secret", status: "delivered" });
    expect(JSON.stringify(shown.body)).not.toContain("2025550142");
    expect(await gateway.db.query("select 1 from address_masking where message_id = $1", [uuidOf(sid)])).toEqual([]);
  });

  it("leaves the recipient their STOP: it is heeded by the next message", async () => {
    const contact = "+12025550144";
    const sid = await send({ AddressRetention: "obfuscate", To: contact });
    await expect.poll(async () => (await rowOf(sid))?.["to_address"]).toBe("+1202555XXXX");
    await native("POST", "/sandbox/inbound", { from: contact, to: gateway.numbers[0], body: "STOP" });
    const form = { To: contact, From: gateway.numbers[0], Body: "x", AddressRetention: "obfuscate" };
    expect((await call("/Messages.json", { form })).json).toMatchObject({ code: 21610 });
  });

  it("waits for a message that is still on its way", async () => {
    const schedule = { ScheduleType: "fixed", SendAt: new Date(Date.now() + 3600_000).toISOString() };
    const sid = await send({
      From: "",
      MessagingServiceSid: gateway.serviceSid,
      AddressRetention: "obfuscate",
      ...schedule,
    });
    expect(await fetched(sid)).toMatchObject({ to: "+12025550142" });
    await call(`/Messages/${sid}.json`, { form: { Status: "canceled" } });
    await expect.poll(async () => (await fetched(sid))?.["to"]).toBe("+1202555XXXX");
  });
});
