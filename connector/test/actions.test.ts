import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callNative } from "../../gateway/test/support/native-client.ts";
import { basic } from "../../gateway/test/support/twilio-call.ts";
import { type ComponentOnGateway, componentOnGateway, harness, newHandsets } from "./support/component-on-gateway.ts";

interface Message {
  readonly sid: string;
  readonly status: string;
  readonly body: string;
  readonly to: string;
  readonly from: string | null;
  readonly direction: string;
  readonly replayed?: boolean;
}

let on: ComponentOnGateway;
beforeAll(async () => {
  on = await componentOnGateway();
});
afterAll(() => on.stop());

const handset = newHandsets();
const sendTo = (to: string, more: Readonly<Record<string, unknown>> = {}) =>
  on.run<Message>("sendSMS", { to, from: on.gateway.numbers[0], message: "Hello", ...more });

async function until<Value>(look: () => Promise<Value>, enough: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (enough(value)) return value;
    await delay(20);
  }
}

const statusOf = (sid: string) => on.run<Message>("getSMS", { sid });
/** A handset writes to the account. */
async function receive(from: string, body: string): Promise<string> {
  const authorization = basic(on.gateway.accountSid, on.gateway.authToken);
  const message = { from, to: on.gateway.numbers[0], body };
  const { body: received } = await callNative(on.gateway.url, authorization, ["POST", "/sandbox/inbound", message]);
  return received.sid;
}

describe("Send SMS and Get SMS", () => {
  it("send with the three inputs of the public connector, and read the message again in the SDK's field names", async () => {
    const to = handset();
    const sent = await sendTo(to);
    expect(sent).toMatchObject({ to, from: on.gateway.numbers[0], status: "queued", body: "Hello", replayed: false });
    const read = await until(
      () => statusOf(sent.sid),
      ({ status }) => status === "delivered",
    );
    expect(Object.keys(read).sort()).toEqual(
      [
        ...["accountSid", "apiVersion", "body", "dateCreated", "dateSent", "dateUpdated", "direction", "errorCode"],
        ...["errorMessage", "from", "messagingServiceSid", "numMedia", "numSegments", "price", "priceUnit", "sid"],
        ...["status", "subresourceUris", "to", "uri"],
      ].sort(),
    );
  });

  it("work with an API key", async () => {
    const params = { twilioConnection: on.apiKey, to: handset(), from: on.gateway.numbers[0], message: "Hello" };
    expect((await on.run<Message>("sendSMS", params)).status).toBe("queued");
  });

  it("take a national number of the default region", async () => {
    const to = handset();
    const national = `(${to.slice(2, 5)}) ${to.slice(5, 8)}-${to.slice(8)}`;
    expect((await sendTo(national)).to).toBe(to);
  });

  it("let a messaging service choose the sender, also when it is given as From", async () => {
    const byService = await sendTo(handset(), { from: "", messagingServiceSid: on.gateway.serviceSid });
    expect(byService).toMatchObject({ status: "accepted", from: null });
    expect(await sendTo(handset(), { from: on.gateway.serviceSid })).toMatchObject({ status: "accepted" });
  });

  it("send media and a status callback", async () => {
    const media = { mediaUrls: ["https://example.com/a.png", "https://example.com/b.png"], message: "" };
    expect(await sendTo(handset(), media)).toMatchObject({ sid: expect.stringMatching(/^MM/), numMedia: "2" });
  });

  it("send once for one idempotency key, however often the step runs", async () => {
    const to = handset();
    const first = await sendTo(to, { idempotencyKey: `order-${to}` });
    const again = await sendTo(to, { idempotencyKey: `order-${to}` });
    expect(again).toMatchObject({ sid: first.sid, replayed: true });
    expect(await on.run<Message[]>("listMessages", { to })).toHaveLength(1);
    await expect(sendTo(to, { idempotencyKey: `order-${to}`, message: "Other" })).rejects.toThrow("20409");
  });

  it("find the same text within the duplicate window instead of sending it again", async () => {
    const to = handset();
    const first = await sendTo(to);
    expect(await sendTo(to, { duplicateWindowMinutes: "10" })).toMatchObject({ sid: first.sid, replayed: true });
    expect((await sendTo(to, { duplicateWindowMinutes: "10", message: "Other" })).sid).not.toBe(first.sid);
  });

  it("count segments in a dry run and send nothing", async () => {
    const to = handset();
    const preview = await sendTo(to, { message: "я".repeat(71), dryRun: "true" });
    expect(preview).toMatchObject({ dryRun: true, to, encoding: "UCS-2", segments: 2, units: 71 });
    expect(await on.run("listMessages", { to })).toEqual([]);
  });

  it.each([
    ["no recipient", { to: "" }, "To is empty"],
    ["a recipient that is no number", { to: "Bob" }, "To is not a phone number"],
    ["too short a national number", { to: "12345" }, "To is not a phone number"],
    ["no sender", { from: "" }, "The sender is missing"],
    ["a sender that is none", { from: "this is not a sender!" }, "From is none of"],
    ["nothing to send", { message: "" }, "The message is empty"],
    ["too long a text", { message: "a".repeat(1601) }, "1601 characters"],
    ["a wrong service", { messagingServiceSid: "MG1" }, "messaging service SID"],
    ["a media URL that is none", { mediaUrls: ["ftp://example.com/a"] }, "media URL"],
    ["eleven media", { mediaUrls: Array.from({ length: 11 }, () => "https://example.com/a") }, "At most 10"],
    ["a schedule without a service", { sendAt: "2030-01-01T00:00:00Z" }, "needs a messaging service"],
    ["a time that is none", { sendAt: "soon", messagingServiceSid: `MG${"0".repeat(32)}` }, "Send At"],
    ["a validity period out of range", { validityPeriod: "0" }, "1 to 36000"],
    ["a validity period that is no number", { validityPeriod: "soon" }, "Validity Period: "],
    ["a window that is no number", { duplicateWindowMinutes: "soon" }, "Duplicate Window: "],
    ["variables that are no JSON", { contentVariables: "{" }, "Content Variables: the value is not valid JSON"],
    ["variables without a template", { contentVariables: '{"1":"a"}' }, "content template"],
    ["an unknown region", { defaultRegion: "XX" }, "default region"],
    ["an idempotency key with a space", { idempotencyKey: "a b" }, "visible ASCII"],
  ])("refuse %s before anything is sent", async (_case, params, reason) => {
    // Nothing listens there: an error about the connection would mean that something was sent.
    const twilioConnection = on.at("http://127.0.0.1:1");
    await expect(sendTo("+12025550142", { twilioConnection, ...params })).rejects.toThrow(reason);
  });

  it("say in Twilio's words and codes what the server refuses", async () => {
    const refused = sendTo(handset(), { from: "+12025550199" });
    await expect(refused).rejects.toThrow(/21\d{3} \(HTTP 400\).*From/);
    await expect(refused).rejects.toMatchObject({ kind: "refused", status: 400, code: expect.any(Number) });
    await expect(statusOf(`SM${"0".repeat(32)}`)).rejects.toThrow("20404 (HTTP 404)");
    await expect(statusOf("SK0123")).rejects.toThrow("SM or MM and 32");
    await expect(statusOf("../../Accounts")).rejects.toThrow("SM or MM and 32");
  });
});

describe("List SMS messages", () => {
  it("gives an array with the connection alone, newest first", async () => {
    const to = handset();
    const first = await sendTo(to);
    const second = await sendTo(to);
    const messages = await on.run<Message[]>("listMessages", {});
    const sids = messages.map(({ sid }) => sid);
    expect(sids.indexOf(second.sid)).toBeLessThan(sids.indexOf(first.sid));
  });

  it("filters, limits, and reads as many pages as it takes", async () => {
    const to = handset();
    const sent: string[] = [];
    for (let i = 0; i < 7; i++) sent.unshift((await sendTo(to, { message: `Message ${i}` })).sid);
    await until(
      () => on.run<Message[]>("listMessages", { to, status: "delivered" }),
      (list) => list.length === 7,
    );
    const sids = async (params: object) =>
      (await on.run<Message[]>("listMessages", { to, ...params })).map(({ sid }) => sid);
    expect(await sids({ limit: "all", pageSize: "2" })).toEqual(sent);
    expect(await sids({ limit: "3", pageSize: "2" })).toEqual(sent.slice(0, 3));
    expect(await sids({ direction: "inbound" })).toEqual([]);
    expect(await sids({ direction: "outbound", limit: "2" })).toEqual(sent.slice(0, 2));
    expect(await sids({ dateSentAfter: "2020-01-01" })).toEqual(sent);
    expect(await sids({ dateSentBefore: "2020-01-01" })).toEqual([]);
  });

  it("pages with Search SMS Messages without a gap or a repetition", async () => {
    const to = handset();
    const sent: string[] = [];
    for (let i = 0; i < 5; i++) sent.unshift((await sendTo(to, { message: `Message ${i}` })).sid);
    const seen: string[] = [];
    let pageToken: string | null = "";
    for (; pageToken !== null; ) {
      const page: { messages: Message[]; nextPageToken: string | null } = await on.run("searchMessages", {
        to,
        pageSize: "2",
        pageToken,
      });
      seen.push(...page.messages.map(({ sid }) => sid));
      pageToken = page.nextPageToken;
    }
    expect(seen).toEqual(sent);
  });

  it.each([
    [{ limit: "0" }, "limit"],
    [{ limit: "few" }, "Limit"],
    [{ pageSize: "1001" }, "page size"],
    [{ dateSent: "yesterday" }, "date"],
    [{ direction: "sideways" }, "Direction"],
  ])("refuses %j", async (params, reason) => {
    await expect(on.run("listMessages", params)).rejects.toThrow(reason);
  });
});

describe("Cancel, Redact and Delete SMS", () => {
  const sendAt = () => new Date(Date.now() + 3_600_000).toISOString();

  it("cancel a scheduled message, and a cancelled one again", async () => {
    const { sid } = await sendTo(handset(), { from: "", messagingServiceSid: on.gateway.serviceSid, sendAt: sendAt() });
    expect(await on.run("cancelMessage", { sid })).toMatchObject({ sid, status: "canceled" });
    expect(await on.run("cancelMessage", { sid })).toMatchObject({ sid, status: "canceled" });
  });

  it("cancel nothing that is under way", async () => {
    const { sid } = await sendTo(handset());
    await until(
      () => statusOf(sid),
      ({ status }) => status === "delivered",
    );
    await expect(on.run("cancelMessage", { sid })).rejects.toThrow("The message is delivered");
  });

  it("redact and delete a finished message, and say when there is none to delete", async () => {
    const { sid } = await sendTo(handset());
    await until(
      () => statusOf(sid),
      ({ status }) => status === "delivered",
    );
    expect(await on.run("redactMessage", { sid })).toMatchObject({ sid, body: "" });
    expect(await on.run("deleteMessage", { sid })).toEqual({ sid, deleted: true });
    expect(await on.run("deleteMessage", { sid })).toEqual({ sid, deleted: false });
  });
});

describe("Wait For Delivery", () => {
  const wait = (sid: string, params: object = {}) =>
    harness.action("waitForDelivery", { twilioConnection: on.connection, sid, intervalSeconds: "0.05", ...params });

  it("takes the branch of what became of the message", async () => {
    const delivered = await sendTo(handset());
    expect(await wait(delivered.sid)).toMatchObject({ branch: "Delivered", data: { outcome: "delivered" } });
    const failed = await sendTo("+15005553003");
    expect(await wait(failed.sid)).toMatchObject({ branch: "Failed", data: { message: { errorCode: 30003 } } });
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const scheduled = await sendTo(handset(), { from: "", messagingServiceSid: on.gateway.serviceSid, sendAt });
    expect(await wait(scheduled.sid, { timeoutSeconds: "1" })).toMatchObject({
      branch: "Timed Out",
      data: { message: { status: "scheduled" } },
    });
  });

  it("refuses a message that came in, and timeouts that no flow can wait for", async () => {
    const sid = await receive(handset(), "Hello");
    await expect(wait(sid)).rejects.toThrow("came in");
    await expect(wait(sid, { timeoutSeconds: "900" })).rejects.toThrow("1 to 840");
    await expect(wait(sid, { intervalSeconds: "-1" })).rejects.toThrow("interval");
    await expect(wait(sid, { until: "never" })).rejects.toThrow("Wait Until");
  });
});

describe("pickers", () => {
  const pick = async (key: string, params: object = {}) => {
    const { result } = await harness.dataSource(key, { connection: on.connection, ...params });
    return result as { key: string; label: string }[];
  };

  it("offer the newest messages, with or without their text", async () => {
    const to = handset();
    const { sid } = await sendTo(to, { message: `A secret text of more than forty characters` });
    const [newest] = await pick("selectMessage");
    expect(newest).toMatchObject({ key: sid, label: expect.stringContaining(`→ ${to} "A secret text`) });
    const [hidden] = await pick("selectMessage", { hideBody: "true" });
    expect(hidden?.label).toMatch(/→ \+\d+$/);
  });

  it("offer phone numbers and messaging services", async () => {
    expect((await pick("selectPhoneNumber")).map(({ key }) => key).sort()).toEqual([...on.gateway.numbers]);
    expect(await pick("selectMessagingService")).toEqual([{ key: on.gateway.serviceSid, label: "Pool" }]);
  });
});
