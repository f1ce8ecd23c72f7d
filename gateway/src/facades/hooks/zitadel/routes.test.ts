// ZITADEL's webhook calls, from the hook that was made for it to the message.

import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { zitadelCalls } from "../../../../test/support/zitadel.ts";
import { zitadelEventLine } from "../../../../test/support/zitadel-event.ts";
import type { Handover } from "../../../carriers/carrier.ts";
import { zitadelBody } from "../../../carriers/http/webhook-formats.ts";
import { newSigningKey } from "../../../core/credentials/secrets.ts";
import { newUuid } from "../../../core/ids.ts";

let gateway: TestGateway;
let owner: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  owner = await zitadelCalls(() => gateway.url).tokenOf(gateway, "owner");
});
afterAll(() => gateway.stop());

interface Hook {
  readonly id: string;
  readonly url: string;
  readonly signingKey: string;
}

const native = (method: string, path: string, body?: unknown, account: TestAccount = gateway) =>
  callNative(gateway.url, basic(account.accountSid, account.authToken), [
    method,
    `/accounts/${account.accountSid}${path}`,
    body,
  ]);

async function makeHook(settings: object = {}, account: TestAccount = gateway): Promise<Hook> {
  const signingKey = newSigningKey();
  const made = await native("POST", "/incoming-hooks", { name: "ZITADEL", signingKey, ...settings }, account);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return { ...made.body, signingKey };
}

interface Event {
  readonly contextInfo: Record<string, unknown>;
  readonly templateData: Record<string, unknown>;
  readonly args: Record<string, unknown>;
}

/** An event like no other, unless it is said to be. */
function event(change: (event: Event) => void = () => undefined): string {
  const parsed = JSON.parse(zitadelEventLine) as Event;
  parsed.args["sessionID"] = newUuid();
  change(parsed);
  return JSON.stringify(parsed).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

interface Posting {
  readonly body?: string | undefined;
  /** Null: none. */
  readonly signature?: string | null;
  readonly headers?: Record<string, string>;
}

async function post({ url, signingKey }: Hook, { body = event(), signature, headers = {} }: Posting = {}) {
  const shown = signature === undefined ? sign(signingKey, body) : signature;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      ...{ "content-type": "application/json", "user-agent": "Go-http-client/1.1" },
      ...(shown === null ? {} : { "zitadel-signature": shown }),
      ...headers,
    },
    body,
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) };
}

function sign(key: string, body: string, atMs = Date.now()): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex")}`;
}

async function messageOf(sid: string) {
  const { body } = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
    "GET",
    `/messages/${sid}`,
  ]);
  return body;
}

async function countMessages(): Promise<number> {
  const [row] = await gateway.db.query<{ count: number }>("select count(*)::integer as count from messages");
  return row?.count ?? 0;
}

describe("an event of ZITADEL", () => {
  it("is a message of the hook's account, with its text, stored before the answer", async () => {
    const hook = await makeHook();
    expect(hook.url).toBe(`${gateway.url}/hooks/zitadel/${hook.id}`);
    const answer = await post(hook, {
      body: event(({ templateData }) => (templateData["text"] = "48151623 <is> your & code")),
    });
    expect(answer).toEqual({
      status: 200,
      body: { sid: expect.stringMatching(/^SM[0-9a-f]{32}$/), status: "accepted" },
    });
    expect(await messageOf(answer.body.sid)).toMatchObject({
      to: "+41791234567",
      body: "48151623 <is> your & code",
      accountSid: gateway.accountSid,
    });
    const [row] = await gateway.db.query<{ seconds: number; options: { messageIntent: string } }>(
      `select extract(epoch from expires_at - created_at)::integer as seconds, options from messages where id = $1::uuid`,
      [answer.body.sid.slice(2)],
    );
    expect(row).toMatchObject({ seconds: 300, options: { messageIntent: "otp" } });
  });

  it("may be of a type that nobody knows, lack everything but recipient and text, or have its code alone", async () => {
    const hook = await makeHook();
    const least = { contextInfo: { recipientPhoneNumber: "+41791234567" }, templateData: { text: "Hello" }, more: [1] };
    const first = await post(hook, { body: JSON.stringify(least) });
    expect(await messageOf(first.body.sid)).toMatchObject({ body: "Hello" });
    const coded = { contextInfo: { recipientPhoneNumber: "+41791234567", eventType: "x" }, args: { code: "AB12CD" } };
    const second = await post(hook, { body: JSON.stringify(coded) });
    expect(await messageOf(second.body.sid)).toMatchObject({ body: "Code: AB12CD" });
  });

  it("that comes again, at once or later, is the same message; another code is another", async () => {
    const hook = await makeHook();
    const body = event();
    const again = body.replace("09:30:00.123456Z", "09:31:00Z");
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => post(hook, { body })),
      ...Array.from({ length: 4 }, () =>
        post(hook, { body: again, signature: sign(hook.signingKey, again, Date.now() - 60_000) }),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const sids = new Set([...answers, await post(hook, { body: again })].map((answer) => answer.body.sid));
    expect(sids.size).toBe(1);
    const next = await post(hook, { body: body.replaceAll("48151623", "11112222") });
    expect(sids.has(next.body.sid)).toBe(false);
    const elsewhere = await post(await makeHook(), { body });
    expect(sids.has(elsewhere.body.sid)).toBe(false);
  });
});

describe("a signature", () => {
  it("must be there, good and new", async () => {
    const hook = await makeHook();
    const body = event();
    const before = await countMessages();
    for (const [signature, words] of [
      [null, "no ZITADEL-Signature"],
      ["t=1,v1", "cannot be read"],
      [sign(newSigningKey(), body), "does not match"],
      [sign(hook.signingKey, `${body} `), "does not match"],
      [sign(hook.signingKey, body, Date.now() - 310_000), "older"],
      [sign(hook.signingKey, body, Date.now() + 310_000), "future"],
    ] as const) {
      const answer = await post(hook, { body, signature });
      expect([answer.status, answer.body.error.code]).toEqual([403, "forbidden"]);
      expect(answer.body.error.message).toContain(words);
    }
    const reserialised = JSON.stringify(JSON.parse(event(({ templateData }) => (templateData["text"] = "a < b"))));
    const escaped = reserialised.replace("<", "\\u003c");
    expect((await post(hook, { body: reserialised, signature: sign(hook.signingKey, escaped) })).status).toBe(403);
    expect(await countMessages()).toBe(before);
  });

  it("is of the key that the hook has now; one without a key takes nothing", async () => {
    const hook = await makeHook({ signingKey: null });
    const answer = await post(hook);
    expect([answer.status, answer.body.error.message]).toEqual([403, expect.stringContaining("no signing key yet")]);
    const { body } = await native("PATCH", `/incoming-hooks/${hook.id}`, { signingKey: hook.signingKey });
    expect(body).toMatchObject({ hasSigningKey: true });
    expect(JSON.stringify(body)).not.toContain(hook.signingKey);
    expect((await post(hook)).status).toBe(200);
  });

  it("may be missing only where the owner has said so; a wrong one is wrong there as well", async () => {
    const open = await makeHook({ signingKey: null, unsigned: true });
    expect((await post(open, { signature: null })).status).toBe(200);
    const both = await makeHook({ unsigned: true });
    expect((await post(both, { signature: null })).status).toBe(200);
    expect((await post(both, { signature: sign(newSigningKey(), "x") })).status).toBe(403);
  });
});

describe("a hook", () => {
  it("may be an HTTP provider that was made through ZITADEL's API, by either of its ids", async () => {
    const { rest } = zitadelCalls(() => gateway.url);
    const made = await rest("POST", "/sms/http", { token: owner, body: { endpoint: "https://relay.example.org" } });
    const { id: number, signingKey } = made.body;
    const byNumber = { id: number, signingKey, url: `${gateway.url}/hooks/zitadel/${number}` };
    const answer = await post(byNumber);
    expect(answer.status).toBe(200);
    const { body } = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
      "GET",
      `/providers/${number}`,
    ]);
    expect((await post({ ...byNumber, url: `${gateway.url}/hooks/zitadel/${body.id}` })).status).toBe(200);
    expect((await post(byNumber, { signature: null })).status).toBe(403);
  });

  it("does not take what a provider of its own account sends: it would go round", async () => {
    const { rest } = zitadelCalls(() => gateway.url);
    const hook = await makeHook();
    const made = await rest("POST", "/sms/http", { token: owner, body: { endpoint: hook.url } });
    const handover = { to: "+41791234567", body: "Your code is 123456" } as Handover;
    const sent = zitadelBody({ number: made.body.id, name: "x" } as never, handover);
    const answer = await post(hook, { body: sent, headers: { "user-agent": "Trunkline" } });
    expect([answer.status, answer.body.error.message]).toEqual([
      400,
      expect.stringContaining("posts to the account itself"),
    ]);
  });

  it("ends with its deletion and with its account", async () => {
    const hook = await makeHook();
    await native("DELETE", `/incoming-hooks/${hook.id}`);
    expect((await post(hook)).status).toBe(404);
    const account = await gateway.addAccount();
    const theirs = await makeHook({}, account);
    await gateway.db.query("update accounts set status = 'closed' where id = $1::uuid", [account.accountSid.slice(2)]);
    expect((await post(theirs)).status).toBe(403);
  });

  it("is the account's alone, and operators'", async () => {
    const hook = await makeHook();
    const other = await gateway.addAccount();
    for (const [method, body] of [["GET"], ["PATCH", { name: "mine" }], ["DELETE"]] as const) {
      expect((await native(method, `/incoming-hooks/${hook.id}`, body, other)).status).toBe(404);
    }
    expect((await native("GET", "/incoming-hooks", undefined, other)).body.hooks).toEqual([]);
    const viewer = await callNative(gateway.url, `Bearer ${gateway.viewerKey}`, [
      "GET",
      `/accounts/${gateway.accountSid}/incoming-hooks`,
    ]);
    expect(viewer.status).toBe(403);
    const listed = await native("GET", "/incoming-hooks");
    expect(listed.body.hooks).toContainEqual(expect.objectContaining({ id: hook.id, name: "ZITADEL" }));
    const audit = await gateway.db.query("select action, after from audit where subject = $1", [hook.id]);
    expect(audit).toMatchObject([{ action: "incoming-hook.created" }]);
    expect(JSON.stringify(audit)).not.toContain(hook.signingKey);
  });
});

describe("bad input", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["an array", "[]"],
    ["no recipient", '{"templateData":{"text":"x"}}'],
    ["an empty recipient", '{"contextInfo":{"recipientPhoneNumber":""},"templateData":{"text":"x"}}'],
    ["a recipient that is none", '{"contextInfo":{"recipientPhoneNumber":"x"},"templateData":{"text":"x"}}'],
    ["a recipient of another type", '{"contextInfo":{"recipientPhoneNumber":1},"templateData":{"text":"x"}}'],
    ["no text", '{"contextInfo":{"recipientPhoneNumber":"+41791234567"}}'],
    ["NUL", '{"contextInfo":{"recipientPhoneNumber":"+41791234567"},"templateData":{"text":"a\\u0000b"}}'],
    [
      "a text without end",
      `{"contextInfo":{"recipientPhoneNumber":"+41791234567"},"templateData":{"text":"${"x".repeat(2000)}"}}`,
    ],
  ])("%s is a 400 that says what is wrong", async (_what, body) => {
    const answer = await post(await makeHook(), { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(/./) } } });
  });

  it("of any size, at any path, is no error of the gateway's", async () => {
    const hook = await makeHook();
    expect((await post(hook, { body: "x".repeat(100_000) })).status).toBe(413);
    for (const id of ["x", newUuid(), "312909075211944042", "%00", "%2e%2e"]) {
      expect((await post({ ...hook, url: `${gateway.url}/hooks/zitadel/${id}` })).status).toBe(404);
    }
  });
});
