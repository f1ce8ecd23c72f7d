// FusionAuth sends through the gateway: its Twilio messenger with the gateway as its URL, and its generic messenger. And the
// gateway sends through what was set up with FusionAuth's API. Upstreams are real: a second gateway, a real HTTP server.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUuid, type Uuid, uuidOf } from "../../src/core/ids.ts";
import { setAccountStatus } from "../../src/store/accounts.ts";
import { type Application, startApplication } from "../support/application.ts";
import { addAccessKey, type Call, callsWith, genericMessenger, twilioMessenger } from "../support/fusionauth.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";

import { eventually } from "../support/upstream-receiver.ts";
import { chain } from "../support/upstreams.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let application: Application;
let key: string;
let call: Call;

beforeAll(async () => {
  [gateway, upstream, application] = await Promise.all([
    startTestGateway({ dispatch: true }),
    startTestGateway({ dispatch: true }),
    startApplication((request, response) => {
      response.writeHead(request.path.startsWith("/refusing") ? 400 : 200).end();
    }),
  ]);
  key = await addAccessKey(gateway, gateway);
  call = callsWith(gateway.url, key);
});
afterAll(() => Promise.all([gateway.stop(), upstream.stop(), application.close()]));

/** What FusionAuth's Twilio messenger posts: the form of Twilio's Messages resource. */
async function send(
  base: string,
  [user, password]: readonly [string, string],
  form: Readonly<Record<string, string>>,
  path = "Messages.json",
) {
  const response = await fetch(`${base}/2010-04-01/Accounts/${user}/${path}`, {
    method: "POST",
    headers: {
      authorization: basic(user, password),
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
    },
    body: new URLSearchParams(form).toString(),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

async function create(messenger: Record<string, unknown>): Promise<{ id: Uuid } & Record<string, unknown>> {
  const { status, body } = await call("POST", "/api/messenger", { messenger });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body.messenger;
}

async function detailOf(sid: string) {
  const owner = basic(gateway.accountSid, gateway.authToken);
  return (await callNative(gateway.url, owner, ["GET", `/messages/${sid}`])).body;
}

describe("the Twilio messenger of FusionAuth", () => {
  const userSid = "983C6FACEBBE4D858570FADD967A9DD7";
  const from = "202-555-0100";

  it("may have any account SID: the access key or auth token behind it decides", async () => {
    const sender = await addAccessKey(gateway, gateway, "sender");
    for (const credentials of [
      [userSid, gateway.authToken],
      [userSid, key],
      [userSid, sender],
      ["my account", key],
      [`AC${"1".repeat(32)}`, key],
      [gateway.accountSid, gateway.authToken],
      [key, ""],
    ] as const) {
      const to = credentials[0] === gateway.accountSid ? "+13035551212" : "303-555-1212";
      const own = credentials[0] === gateway.accountSid ? "+12025550100" : from;
      const { status, body } = await send(gateway.url, credentials, { To: to, From: own, Body: "Code: 1" });
      expect([credentials[0], status, body.code]).toEqual([credentials[0], 201, undefined]);
      expect(body).toMatchObject({
        account_sid: gateway.accountSid,
        to: "+13035551212",
        from: "+12025550100",
        status: "queued",
      });
    }
  });

  it("is refused without the right secret, and by an account that is suspended", async () => {
    const other = await gateway.addAccount();
    await setAccountStatus(gateway.db, other.accountSid, "suspended");
    const form = { To: "+13035551212", From: from, Body: "x" };
    for (const [credentials, status] of [
      [[userSid, ""], 401],
      [[userSid, "wrong"], 401],
      [["", key], 401],
      [[`AC${"1".repeat(32)}`, gateway.authToken], 401],
      [[gateway.accountSid, key], 401],
      [[userSid, gateway.viewerKey], 403],
      [[userSid, other.authToken], 403],
    ] as const) {
      const answer = await send(gateway.url, credentials, form);
      expect([credentials, answer.status]).toEqual([credentials, status]);
    }
    // The path names another account than the credentials do.
    const response = await fetch(`${gateway.url}/2010-04-01/Accounts/another/Messages.json`, {
      method: "POST",
      headers: { authorization: basic(userSid, key) },
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(404);
  });

  it("may have a URL with a slash at its end or a path, and both senders set", async () => {
    for (const base of [`${gateway.url}/`, `${gateway.url}/sms`, `${gateway.url}/a/b//`]) {
      const { status, body } = await send(base, [userSid, key], { To: "(303) 555-1212", From: from, Body: "x" });
      expect([base, status, body.to]).toEqual([base, 201, "+13035551212"]);
    }
    const both = { To: "3035551212", From: "555-555-5555", MessagingServiceSid: gateway.serviceSid, Body: "x" };
    expect((await send(gateway.url, [userSid, key], both)).body).toMatchObject({
      messaging_service_sid: gateway.serviceSid,
    });
    expect(
      (await send(gateway.url, [userSid, key], { To: "3035551212", From: from, Body: "x" }, "Messages")).status,
    ).toBe(201);
    const voice = await send(
      gateway.url,
      [userSid, key],
      { To: "3035551212", From: from, Twiml: "<Response/>" },
      "Calls.json",
    );
    expect([voice.status, typeof voice.body.code]).toEqual([404, "number"]);
    const bad = await send(gateway.url, [userSid, key], { To: "nonsense", From: from, Body: "x" });
    expect([bad.status, bad.body.code]).toEqual([400, 21211]);
  });

  it("may keep the credentials that it had at the upstream, when the gateway has them as a messenger", {
    timeout: 60_000,
  }, async () => {
    const credentials = ["AC0000000000000000000000000000abcd", "the-token-there"] as const;
    const form = { To: "+13035551212", From: from, Body: "x" };
    expect((await send(gateway.url, credentials, form)).status).toBe(401);
    const made = await create(twilioMessenger({ accountSID: credentials[0], authToken: credentials[1] }));
    const { status, body } = await send(gateway.url, credentials, form);
    expect([status, body.account_sid]).toEqual([201, gateway.accountSid]);
    const others = await gateway.addAccount();
    const callOfOthers = callsWith(gateway.url, await addAccessKey(gateway, others));
    const same = twilioMessenger({ accountSID: credentials[0], authToken: credentials[1] });
    const taken = await callOfOthers("POST", "/api/messenger", { messenger: same });
    await eventually(async () => expect((await send(gateway.url, credentials, form)).status).toBe(401));
    await callOfOthers("DELETE", `/api/messenger/${taken.body.messenger.id}`);
    await eventually(async () => expect((await send(gateway.url, credentials, form)).status).toBe(201));
    await call("DELETE", `/api/messenger/${made.id}`);
    await eventually(async () => expect((await send(gateway.url, credentials, form)).status).toBe(401));
  });
});

describe("the generic messenger of FusionAuth", () => {
  const message = {
    code: "012345",
    phoneNumber: "3035551212",
    textMessage: "Two Factor Code: 012345",
    type: "SMS",
    userId: "00000000-0000-0000-0000-000000000042",
  };

  async function post(provider: string, body: unknown, headers: Readonly<Record<string, string>>) {
    const response = await fetch(`${gateway.url}/hooks/fusionauth/${provider}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  }

  it("is let in with its own credentials or the gateway's, and its messages are sent", {
    timeout: 60_000,
  }, async () => {
    const own = await create(genericMessenger({ headers: { "X-App": "demo" } }));
    const byHeader = await create(
      genericMessenger({ headers: { Authorization: "Bearer its-own-secret" }, httpAuthenticationUsername: undefined }),
    );
    for (const [provider, headers] of [
      [own.id, { authorization: basic("user", "a-password") }],
      [own.id.toUpperCase(), { authorization: basic("user", "a-password") }],
      [byHeader.id, { authorization: "Bearer its-own-secret" }],
      [own.id, { authorization: basic(gateway.accountSid, gateway.authToken) }],
      [own.id, { authorization: basic("fusionauth", key) }],
      ["default", { authorization: key }],
      ["default", { authorization: `Bearer ${key}` }],
    ] as const) {
      const { status, body } = await post(provider, message, headers);
      expect([provider, status]).toEqual([provider, 200]);
      await eventually(async () => {
        const detail = await detailOf(body.sid);
        expect(detail).toMatchObject({ status: "delivered", to: "+13035551212", body: message.textMessage });
      });
    }
    const oldest = await post(
      own.id,
      { phoneNumber: "+1 303 555 1212", textMessage: "x", type: "SMS" },
      { authorization: key },
    );
    expect(oldest.status).toBe(200);
  });

  it("is refused by a clear error when it is wrong, and nothing is stored", async () => {
    const { id } = await create(genericMessenger({ headers: { "X-Api-Key": "long-enough-secret" } }));
    const weak = await create(
      genericMessenger({ headers: { "X-App": "demo" }, httpAuthenticationPassword: undefined }),
    );
    const other = await gateway.addAccount();
    const keyOfOther = await addAccessKey(gateway, other);
    const count = async () =>
      (await gateway.db.query("select 1 as one from messages where account_id = $1", [uuidOf(gateway.accountSid)]))
        .length;
    const before = await count();
    const good = { authorization: key };
    for (const [provider, body, headers, status, says] of [
      [id, message, {}, 401, ""],
      [id, message, { authorization: basic("user", "a-password") }, 401, ""],
      [id, message, { "x-api-key": "long-enough-secret" }, 401, ""],
      [id, message, { authorization: basic("user", "wrong"), "x-api-key": "long-enough-secret" }, 401, ""],
      [weak.id, message, { "x-app": "demo" }, 401, ""],
      [id, message, { authorization: keyOfOther }, 404, ""],
      [id, message, { authorization: gateway.viewerKey }, 403, "read"],
      [newUuid(), message, good, 404, "no provider"],
      ["nonsense", message, good, 404, "no provider"],
      [id, { ...message, type: "Voice", message: "Your code" }, good, 400, "text messages, not calls"],
      [id, { ...message, type: "Fax" }, good, 400, "SMS"],
      [id, { ...message, phoneNumber: "" }, good, 400, "phoneNumber"],
      [id, { ...message, phoneNumber: 5 }, good, 400, "phoneNumber"],
      [id, { ...message, phoneNumber: "nonsense" }, good, 400, "phone number"],
      [id, { ...message, textMessage: undefined }, good, 400, "textMessage"],
      [id, { ...message, textMessage: "a\u0000b" }, good, 400, ""],
      [id, { ...message, textMessage: "x".repeat(2000) }, good, 400, ""],
      [id, "[]", good, 400, "phoneNumber"],
      [id, "{", good, 400, ""],
      [id, '{"__proto__":{"x":1}}', good, 400, ""],
      [id, message, { ...good, "content-type": "text/plain" }, 415, ""],
    ] as const) {
      const answer = await post(provider, body, headers);
      const what = JSON.stringify([provider, body, headers, answer]);
      expect([answer.status, answer.body.error.message.includes(says)], what).toEqual([status, true]);
    }
    expect(await count()).toBe(before);
  });
});

describe("messengers as the gateway's own ways out", () => {
  let account: TestAccount;
  beforeAll(async () => {
    account = await upstream.addAccount();
  });

  it("head the chain, fail over, and tell in the event log what became of each message", {
    timeout: 60_000,
  }, async () => {
    const refusing = await create(
      genericMessenger({ name: "Refusing", url: `${application.origin}/refusing`, debug: true }),
    );
    const twilio = await create(
      twilioMessenger({
        ...{ name: "Through Twilio", accountSID: account.accountSid, authToken: account.authToken },
        ...{ url: upstream.url, fromPhoneNumber: "202-555-0100", debug: true },
      }),
    );
    const generic = await create(genericMessenger({ name: "Good", url: `${application.origin}/good` }));
    await chain(gateway, refusing.id, twilio.id);
    const sent = await eventually(async () => {
      const { body } = await send(gateway.url, ["fusionauth", key], {
        To: "3035551213",
        From: "202-555-0100",
        Body: "Code: 77",
      });
      await eventually(async () => expect((await detailOf(body.sid)).status).toMatch(/^(sent|delivered|failed)$/));
      const detail = await detailOf(body.sid);
      expect(detail.attempts.map((one: { providerName: string }) => one.providerName)).toContain("Through Twilio");
      return detail;
    });
    expect(sent.status).toMatch(/^(sent|delivered)$/);
    const searched = await eventually(async () => {
      const search = { message: `*${sent.sid}*`, type: "Debug" };
      const { body } = await call("POST", "/api/system/event-log/search", { search });
      expect(body.total).toBeGreaterThanOrEqual(1);
      return body;
    });
    expect(searched.eventLogs[0]).toMatchObject({ type: "Debug", message: expect.stringContaining("Through Twilio") });
    const one = await call("GET", `/api/system/event-log/${searched.eventLogs[0].id}`);
    expect(one.body.eventLog).toEqual(searched.eventLogs[0]);

    await chain(gateway, refusing.id, generic.id);
    const headers = { authorization: key, "content-type": "application/json" };
    const hook = `${gateway.url}/hooks/fusionauth/default`;
    await eventually(async () => {
      const body = JSON.stringify({ phoneNumber: "3035551214", textMessage: "Your code is 881923", type: "SMS" });
      const response = await fetch(hook, { method: "POST", headers, body });
      const { sid } = (await response.json()) as { sid: string };
      await eventually(async () => expect((await detailOf(sid)).status).toMatch(/^(sent|delivered|failed)$/));
      expect((await detailOf(sid)).attempts.map((attempt: { providerName: string }) => attempt.providerName)).toEqual([
        "Refusing",
        "Good",
      ]);
    });
    const received = application.requests.findLast(({ path }) => path === "/good");
    expect(received?.headers).toMatchObject({ authorization: basic("user", "a-password"), "x-app": "demo" });
    expect(JSON.parse(received?.body ?? "")).toMatchObject({
      phoneNumber: "+13035551214",
      code: "881923",
      type: "SMS",
    });
    const errors = await eventually(async () => {
      const { body } = await call("GET", "/api/system/event-log/search?search.type=Error&search.message=Refusing");
      expect(body.total).toBeGreaterThanOrEqual(1);
      return body.eventLogs as { message: string }[];
    });
    expect(errors[0]?.message).toMatch(/Refusing[\s\S]*Outcome: [\s\S]*Reason: /);
    const other = callsWith(gateway.url, await addAccessKey(gateway, await gateway.addAccount()));
    expect((await other("POST", "/api/system/event-log/search", {})).body).toEqual({ eventLogs: [], total: 0 });
  });

  it("can be tried with a test message, with and without an auth token", { timeout: 60_000 }, async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const good = await create(
      twilioMessenger({
        accountSID: account.accountSid,
        authToken: account.authToken,
        url: upstream.url,
        fromPhoneNumber: "+12025550100",
      }),
    );
    const tested = await callNative(gateway.url, owner, ["POST", `/providers/${good.id}/test`, { to: "+13035551299" }]);
    expect([tested.status, tested.body.outcome]).toEqual([200, expect.stringMatching(/^(sent|delivered)$/)]);
    const without = await create(
      twilioMessenger({
        authToken: "",
        accountSID: account.accountSid,
        url: upstream.url,
        fromPhoneNumber: "+12025550188",
      }),
    );
    expect(without).not.toHaveProperty("authToken");
    const failed = await callNative(gateway.url, owner, [
      "POST",
      `/providers/${without.id}/test`,
      { to: "+13035551299" },
    ]);
    expect([failed.status, failed.body.outcome]).toEqual([200, "failed"]);
  });
});
