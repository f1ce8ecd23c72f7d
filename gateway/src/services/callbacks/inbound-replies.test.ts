import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startApplication } from "../../../test/support/application.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount, realAcceptance } from "../../../test/support/message-account.ts";
import { silentLog } from "../../../test/support/sandbox.ts";
import { createEgress } from "../../carriers/egress.ts";
import { retryForMs } from "../../core/callbacks/retries.ts";
import { systemClock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import { newUuid, sidOf, uuidOf } from "../../core/ids.ts";
import { insertCallbacks, listCallbacks, replayCallback } from "../../store/callbacks.ts";
import { recordConsent } from "../../store/consents.ts";
import { dropOldIdempotencyKeys } from "../../store/idempotency.ts";
import type { Acceptance } from "../acceptance.ts";
import type { InboundReplies } from "./attempt.ts";
import { createCallbackSender } from "./callback-sender.ts";
import { createInboundReplies } from "./inbound-replies.ts";

const number = "+12025550100";
const handset = "+12025550123";

let database: TestDatabase;
let account: MessageAccount;

beforeEach(async () => {
  database = await testDatabase();
  account = await insertMessageAccount(database.db);
  await account.addSender({ address: number });
});

afterEach(() => database.close());

function onReply(acceptance: Acceptance = realAcceptance(database.db)) {
  return createInboundReplies({ db: database.db, clock: systemClock, log: silentLog, acceptance });
}

function asked(...messages: InboundReplies["messages"]): InboundReplies {
  const { accountSid } = account;
  return { accountSid, callbackId: newUuid(), messageSid: sidOf("SM", newUuid()), from: handset, to: number, messages };
}

async function sent(): Promise<{ to: string; from: string; body: string; direction: string }[]> {
  return database.db.query(
    `select to_address as to, from_address as from, body, direction from messages where account_id = $1 order by id`,
    [uuidOf(account.accountSid)],
  );
}

describe("replies to an inbound message", () => {
  it("go from the receiving number to who wrote, unless the verb says otherwise", async () => {
    await account.addSender({ address: "+12025550111" });
    const note = await onReply()(
      asked({ body: "one", mediaUrls: [] }, { body: "two", mediaUrls: [], to: "+12025550177", from: "+12025550111" }),
    );
    expect(note).toBeNull();
    expect(await sent()).toEqual([
      { from: number, to: handset, body: "one", direction: "outbound-reply" },
      { from: "+12025550111", to: "+12025550177", body: "two", direction: "outbound-reply" },
    ]);
  });

  it("are sent once, though the callback is delivered again and the application answers otherwise", async () => {
    const first = asked({ body: "one", mediaUrls: [] }, { body: "two", mediaUrls: [] });
    const crashing: Acceptance = {
      accept: (sid, request, options) =>
        request.body === "two"
          ? Promise.reject(new GatewayError("database-unavailable", "away"))
          : realAcceptance(database.db).accept(sid, request, options),
    };
    await expect(onReply(crashing)(first)).rejects.toThrow("away");
    const again = { ...first, messages: [{ body: "changed", mediaUrls: [] }, ...first.messages.slice(1)] };
    expect(await onReply()(again)).toBeNull();
    expect(await onReply()(first)).toBeNull();
    expect((await sent()).map((message) => message.body)).toEqual(["one", "two"]);
  });

  it("are sent once, though the callback is delivered again at the end of its retries", async () => {
    const first = asked({ body: "one", mediaUrls: [] });
    await onReply()(first);
    let nowMs = Date.now() + retryForMs;
    const clock = { nowMs: () => nowMs };
    await dropOldIdempotencyKeys(database.db, new Date(nowMs), 10);
    expect(await onReply(realAcceptance(database.db, clock))(first)).toBeNull();
    expect(await sent()).toHaveLength(1);
    nowMs += 3_600_000 + 1;
    expect(await dropOldIdempotencyKeys(database.db, new Date(nowMs), 10)).toBe(1);
  });

  it("to somebody who has opted out fail with 21610, and one that is refused takes no other with it", async () => {
    const { accountSid } = account;
    await recordConsent(
      database.db,
      {
        accountSid,
        sender: number,
        contact: handset,
        status: "opt-out",
        source: "opt-out-message",
        consentedAt: new Date(),
      },
      { via: "keyword", actor: null, reference: null },
    );
    const note = await onReply()(
      asked(
        { body: "no", mediaUrls: [] },
        { body: "x".repeat(1601), mediaUrls: [], to: "+12025550177" },
        { body: "yes", mediaUrls: [], to: "+12025550177" },
      ),
    );
    expect(note).toBe("21610 the recipient has opted out; reply refused: body-too-long");
    expect((await sent()).map((message) => message.body)).toEqual(["yes"]);
  });

  it("stop with 14107 when two machines answer each other, and go on to everybody else", async () => {
    const reply = onReply();
    for (let index = 0; index < 20; index++) {
      expect(await reply(asked({ body: `beep ${index}`, mediaUrls: [] }))).toBeNull();
    }
    const stopped = asked({ body: "beep 21", mediaUrls: [], statusCallback: "https://app.example.com/status" });
    for (let again = 0; again < 2; again++) expect(await reply(stopped)).toMatch(/^14107 /);
    const failed = await database.db.query("select body, error_code, due_at from messages where status = 'failed'");
    expect(failed).toEqual([{ body: "beep 21", error_code: 30039, due_at: null }]);
    const told = await database.db.query<{ fields: [string, string][] }>("select fields from callbacks");
    expect(told.map(({ fields }) => Object.fromEntries(fields))).toMatchObject([
      { MessageStatus: "failed", ErrorCode: "30039" },
    ]);
    expect(await reply(asked({ body: "hello", mediaUrls: [], to: "+12025550177" }))).toBeNull();
    expect(await sent()).toHaveLength(22);
  });

  it("count in both directions, so that two numbers of one account cannot go on either", async () => {
    const other = "+12025550111";
    await account.addSender({ address: other });
    const reply = onReply();
    for (let index = 0; index < 20; index++) {
      const [from, to] = index % 2 === 0 ? [number, other] : [other, number];
      expect(await reply({ ...asked({ body: `ping ${index}`, mediaUrls: [] }), from: to, to: from })).toBeNull();
    }
    expect(await reply({ ...asked({ body: "ping 21", mediaUrls: [] }), from: other })).toMatch(/^14107 /);
  });

  it("tell the verb's action of the message that was accepted, once", async () => {
    const first = asked({ body: "one", mediaUrls: [], action: "https://app.example.com/next", method: "GET" });
    const reply = onReply();
    for (let again = 0; again < 2; again++) expect(await reply(first)).toBeNull();
    const [{ url, method, fields } = { url: "", method: "", fields: [] }, ...more] = await database.db.query<{
      url: string;
      method: string;
      fields: [string, string][];
    }>("select url, method, fields from callbacks");
    expect({ url, method, more }).toEqual({ url: "https://app.example.com/next", method: "GET", more: [] });
    expect(Object.fromEntries(fields)).toMatchObject({
      MessageSid: expect.stringMatching(/^SM/),
      MessageStatus: "queued",
    });
  });

  it("are queued from TwiML over HTTP, and a sender that died after queueing them does not queue them again", async () => {
    const app = await startApplication((_, response) => {
      response.writeHead(200, { "content-type": "text/xml" }).end("<Response><Message>pong</Message></Response>");
    });
    const egress = createEgress({ allow: [], allowLoopback: true, log: silentLog });
    const messageSid = sidOf<InboundReplies["messageSid"]>("SM", newUuid());
    const callback = { accountSid: account.accountSid, id: newUuid(), messageSid, kind: "inbound" } as const;
    await insertCallbacks(database.db, [
      {
        ...callback,
        url: app.origin,
        method: "POST",
        fallbackUrl: null,
        fallbackMethod: "POST",
        fields: [
          ["MessageSid", messageSid],
          ["From", handset],
          ["To", number],
        ],
      },
    ]);
    // what a sender leaves that dies between the reply and its bookkeeping
    await onReply()({
      ...asked({ body: "pong", mediaUrls: [] }),
      callbackId: callback.id,
    });
    const delivered = Promise.withResolvers<string>();
    const sender = createCallbackSender({
      db: database.db,
      egress,
      clock: { nowMs: () => Date.now() + 1_000 },
      log: silentLog,
      accounts: { signingTokensOf: async () => ({ primary: "token", secondary: null }) },
      onInboundReply: onReply(),
      onResult: delivered.resolve,
    });
    await sender.start();
    expect(await delivered.promise).toBe("delivered");
    await sender.stop();
    await egress.close();
    await app.close();
    expect((await sent()).map((message) => message.body)).toEqual(["pong"]);
    expect(await listCallbacks(database.db, account.accountSid, messageSid)).toMatchObject([{ lastError: null }]);
  });

  it("are not sent again when the callback is replayed long after their keys are forgotten", async () => {
    let answers = 0;
    const app = await startApplication((_, response) => {
      answers += 1;
      response.writeHead(200, { "content-type": "text/xml" }).end("<Response><Message>pong</Message></Response>");
    });
    const egress = createEgress({ allow: [], allowLoopback: true, log: silentLog });
    const messageSid = sidOf<InboundReplies["messageSid"]>("SM", newUuid());
    const id = newUuid();
    await insertCallbacks(database.db, [
      {
        accountSid: account.accountSid,
        id,
        messageSid,
        kind: "inbound",
        url: app.origin,
        method: "POST",
        fallbackUrl: null,
        fallbackMethod: "POST",
        fields: [
          ["MessageSid", messageSid],
          ["From", handset],
          ["To", number],
        ],
      },
    ]);
    let nowMs = Date.now() + 1_000;
    const clock = { nowMs: () => nowMs };
    let delivered = Promise.withResolvers<string>();
    const sender = createCallbackSender({
      db: database.db,
      egress,
      clock,
      log: silentLog,
      accounts: { signingTokensOf: async () => ({ primary: "token", secondary: null }) },
      onInboundReply: onReply(),
      onResult: (result) => delivered.resolve(result),
    });
    await sender.start();
    expect(await delivered.promise).toBe("delivered");
    nowMs += 14 * 24 * 3_600_000;
    expect(await dropOldIdempotencyKeys(database.db, new Date(nowMs), 10)).toBe(1);
    delivered = Promise.withResolvers<string>();
    expect(await replayCallback(database.db, account.accountSid, id, new Date(nowMs))).toBe(true);
    sender.wake();
    expect(await delivered.promise).toBe("delivered");
    await sender.stop();
    await egress.close();
    await app.close();
    expect(answers).toBe(2);
    expect((await sent()).map((message) => message.body)).toEqual(["pong"]);
    const [callback] = await listCallbacks(database.db, account.accountSid, messageSid);
    expect(callback?.lastError).toContain("answered before");
  });
});
