import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { type StoredMessage, storeMessage } from "../../../../test/support/stored-messages.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
let call: Call;
const reports = "https://app.example.com/status";

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const store = (message: StoredMessage = {}) => storeMessage(gateway.db, gateway.accountSid, message);
const rowsOf = (table: "events" | "callbacks" | "media" | "messages", sid: string, column = "message_id") =>
  gateway.db.query(`select * from ${table} where account_id = $1 and ${column} = $2`, [
    uuidOf(gateway.accountSid),
    uuidOf(sid),
  ]);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

describe("update: cancel", () => {
  it("cancels a scheduled message, with its event, callback and audit row", async () => {
    const sid = await store({ status: "scheduled", statusCallback: reports });
    const { status, json } = await call(`/Messages/${sid}.json`, { form: { Status: "canceled" } });
    expect([status, json?.["status"]]).toEqual([200, "canceled"]);
    expect((await rowsOf("events", sid)).map((row) => row["type"])).toEqual(["message.canceled"]);
    const [callback] = await rowsOf("callbacks", sid);
    expect(callback).toMatchObject({ url: reports, state: "pending" });
    expect(callback?.["fields"]).toContainEqual(["MessageStatus", "canceled"]);
    const [audit] = await gateway.db.query("select * from audit where subject = $1", [sid]);
    expect(audit).toMatchObject({ action: "message.canceled", actor: `auth-token ${gateway.accountSid}` });
  });

  it.each(["accepted", "queued", "sending", "sent", "delivered", "canceled", "received"] as const)(
    "refuses to cancel a message that is %s",
    async (status) => {
      const sid = await store({ status });
      const answer = await call(`/Messages/${sid}.json`, { form: { Status: "canceled" } });
      expect(answer.json).toMatchObject({ code: 30409, status: 409, message: "This message cannot be canceled" });
    },
  );

  it("has one winner when dispatch begins at the same time", async () => {
    for (let round = 0; round < 10; round += 1) {
      const sid = await store({ status: "scheduled" });
      const begin = gateway.db.query(
        "update messages set status = 'sending' where account_id = $1 and id = $2 and status = 'scheduled' returning 1",
        [uuidOf(gateway.accountSid), uuidOf(sid)],
      );
      const [begun, answer] = await Promise.all([
        begin,
        call(`/Messages/${sid}.json`, { form: { Status: "canceled" } }),
      ]);
      expect([begun.length, answer.status]).toEqual(answer.status === 200 ? [0, 200] : [1, 409]);
    }
  });
});

describe("update: redact", () => {
  it("empties the body for good and keeps the media", async () => {
    const sid = await store({ body: "secret", media: ["https://e.com/1.png"] });
    const { status, json } = await call(`/Messages/${sid}.json`, { form: { Body: "" } });
    expect([status, json?.["body"], json?.["num_media"]]).toEqual([200, "", "1"]);
    expect((await call(`/Messages/${sid}.json`)).json?.["body"]).toBe("");
    expect(await rowsOf("media", sid)).toHaveLength(1);
  });

  it("takes the text out of what is still to be sent to the application", async () => {
    const sid = await store({ direction: "inbound", status: "received", body: "secret" });
    await gateway.db.query(
      `insert into callbacks (account_id, id, message_id, kind, url, origin, fields, expires_at)
       values ($1, gen_random_uuid(), $2, 'inbound', $3, '', $4, now())`,
      [
        uuidOf(gateway.accountSid),
        uuidOf(sid),
        reports,
        JSON.stringify([
          ["From", "+1"],
          ["Body", "secret"],
          ["To", "+2"],
        ]),
      ],
    );
    expect((await call(`/Messages/${sid}.json`, { form: { Body: "" } })).status).toBe(200);
    const [callback] = await rowsOf("callbacks", sid);
    expect(callback?.["fields"]).toEqual([
      ["From", "+1"],
      ["Body", ""],
      ["To", "+2"],
    ]);
  });

  it.each(["scheduled", "accepted", "queued", "sending", "sent"] as const)("waits while it is %s", async (status) => {
    const sid = await store({ status, sentAt: daysAgo(0) });
    const answer = await call(`/Messages/${sid}.json`, { form: { Body: "" } });
    expect(answer.json).toMatchObject({ code: 20009, status: 409 });
  });

  it("does not wait for ever for a report", async () => {
    const sid = await store({ status: "sent", sentAt: daysAgo(4) });
    expect((await call(`/Messages/${sid}.json`, { form: { Body: "" } })).status).toBe(200);
  });

  it("cancels and redacts in one request", async () => {
    const sid = await store({ status: "scheduled", body: "secret" });
    const { json } = await call(`/Messages/${sid}.json`, { form: { Body: "", Status: "canceled" } });
    expect(json).toMatchObject({ status: "canceled", body: "" });
  });

  it("does neither when one of them is not possible", async () => {
    const sid = await store({ status: "delivered", body: "kept" });
    expect((await call(`/Messages/${sid}.json`, { form: { Body: "", Status: "canceled" } })).status).toBe(409);
    expect((await call(`/Messages/${sid}.json`)).json?.["body"]).toBe("kept");
  });

  it.each([{ Body: "new" }, { Status: "delivered" }, { Status: "" }])("refuses %o", async (form) => {
    const answer = await call(`/Messages/${await store()}.json`, { form });
    expect(answer.json).toMatchObject({ code: 20001, status: 400 });
  });

  it("changes nothing without parameters", async () => {
    const sid = await store({ body: "kept" });
    const { status, json } = await call(`/Messages/${sid}.json`, { method: "POST" });
    expect([status, json?.["body"]]).toEqual([200, "kept"]);
  });
});

describe("delete", () => {
  it("removes a final message with its media and timeline", async () => {
    const sid = await store({ media: ["https://e.com/1.png"] });
    const { status, text } = await call(`/Messages/${sid}.json`, { method: "DELETE" });
    expect([status, text]).toEqual([204, ""]);
    expect((await call(`/Messages/${sid}.json`)).status).toBe(404);
    expect(await rowsOf("media", sid)).toEqual([]);
    expect(await rowsOf("messages", sid, "id")).toEqual([]);
    expect((await rowsOf("events", sid)).map((row) => row["type"])).toEqual(["message.deleted"]);
    expect((await call(`/Messages/${sid}.json`, { method: "DELETE" })).status).toBe(404);
  });

  it.each(["scheduled", "accepted", "queued", "sending", "sent"] as const)("refuses while it is %s", async (status) => {
    const sid = await store({ status, sentAt: daysAgo(0) });
    const answer = await call(`/Messages/${sid}.json`, { method: "DELETE" });
    expect(answer.json).toMatchObject({
      code: 20009,
      message: "Cannot delete this resource before it is complete",
      status: 409,
    });
    expect((await call(`/Messages/${sid}.json`)).status).toBe(200);
  });
});

describe("another account's message", () => {
  it("does not exist: not to fetch, not to change, not to delete", async () => {
    const other = await gateway.addAccount();
    const sid = await storeMessage(gateway.db, other.accountSid, { body: "theirs", status: "scheduled" });
    for (const options of [{}, { form: { Body: "" } }, { form: { Status: "canceled" } }, { method: "DELETE" }]) {
      const { status, json } = await call(`/Messages/${sid}.json`, options);
      expect([status, json?.["code"]]).toEqual([404, 20404]);
      expect(json?.["message"]).toBe(
        `The requested resource /2010-04-01/Accounts/${gateway.accountSid}/Messages/${sid}.json was not found`,
      );
    }
    expect((await callsOf(gateway.url, other)(`/Messages/${sid}.json`)).json).toMatchObject({ status: "scheduled" });
  });
});
