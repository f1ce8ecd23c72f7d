import twilio from "twilio";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ReceivedCallback, startCallbackReceiver } from "../../../../../test/support/callback-receiver.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Answer, basic, type Call, callsOf } from "../../../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let account: TestAccount;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  account = await gateway.addAccount();
  call = callsOf(gateway.url, account);
});

const secondaryPath = "/v1/AuthTokens/Secondary";
const promotePath = "/v1/AuthTokens/Promote";
const probe = "/Messages.json?PageSize=1";
const post = { method: "POST" };
const as = (token: string) => ({ authorization: basic(account.accountSid, token) });

async function makeSecondary(): Promise<string> {
  const { status, json } = await call(secondaryPath, post);
  expect(status).toBe(201);
  return String(json?.["secondary_auth_token"]);
}

/** What a token is worth right now; a read that needs no more than to be authenticated. */
const statusWith = async (token: string): Promise<number> => (await call(probe, as(token))).status;
const statusesWith = (...tokens: string[]): Promise<number[]> => Promise.all(tokens.map(statusWith));
const errorOf = ({ status, json }: Answer) => ({ status, code: json?.["code"], message: json?.["message"] });
const notFound = (path: string) => ({
  status: 404,
  code: 20404,
  message: `The requested resource /AuthTokens/${path} was not found`,
});

describe("the secondary auth token", () => {
  it("is shown when it is made, and authenticates beside the primary one", async () => {
    const { status, json } = await call(secondaryPath, post);
    expect(status).toBe(201);
    expect(json).toEqual({
      account_sid: account.accountSid,
      secondary_auth_token: expect.stringMatching(/^[0-9a-f]{32}$/),
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: json?.["date_created"],
      url: `${gateway.url}/v1/AuthTokens/Secondary`,
    });
    expect(await statusesWith(account.authToken, String(json?.["secondary_auth_token"]))).toEqual([200, 200]);
  });

  it("is there once: 70002 for a second one, which changes nothing", async () => {
    const token = await makeSecondary();
    expect(errorOf(await call(secondaryPath, post))).toEqual({
      status: 400,
      code: 70002,
      message: "Secondary auth token already exists",
    });
    expect(await statusWith(token)).toBe(200);
  });

  it("becomes the primary one, which ends at once", async () => {
    const token = await makeSecondary();
    expect(await statusesWith(account.authToken, token)).toEqual([200, 200]);
    const { status, json } = await call(promotePath, post);
    expect(await statusesWith(account.authToken, token)).toEqual([401, 200]);
    expect(status).toBe(200);
    expect(json).toEqual({
      account_sid: account.accountSid,
      auth_token: token,
      date_created: expect.stringMatching(/Z$/),
      date_updated: expect.stringMatching(/Z$/),
      url: `${gateway.url}/v1/AuthTokens/Promote`,
    });
    expect((await call(".json", as(token))).json?.["auth_token"]).toBe(token);
    expect(errorOf(await call(promotePath, { ...post, ...as(token) }))).toEqual(notFound("Promote"));
    expect((await call(secondaryPath, { ...post, ...as(token) })).status).toBe(201);
  });

  it("can be deleted, ends at once, and is not there a second time", async () => {
    const token = await makeSecondary();
    expect(await statusWith(token)).toBe(200);
    const answer = await call(`${secondaryPath}?SuppressEmailNotification=true`, { method: "DELETE" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await statusesWith(account.authToken, token)).toEqual([200, 401]);
    expect(errorOf(await call(secondaryPath, { method: "DELETE" }))).toEqual(notFound("Secondary"));
    expect(errorOf(await call(promotePath, post))).toEqual(notFound("Promote"));
  });

  it("can do all of it itself", async () => {
    const first = await makeSecondary();
    expect((await call(secondaryPath, { method: "DELETE", ...as(first) })).status).toBe(204);
    const second = await makeSecondary();
    const form = { SuppressEmailNotification: "true" };
    expect((await call(promotePath, { form, ...as(second) })).json?.["auth_token"]).toBe(second);
  });

  it("does not show itself, nor change what is shown of the account, before it is promoted", async () => {
    const token = await makeSecondary();
    const { json, text } = await call(".json", as(token));
    expect(json?.["auth_token"]).toBe(account.authToken);
    expect(text).not.toContain(token);
  });

  it.each([
    ["POST", secondaryPath],
    ["DELETE", secondaryPath],
    ["POST", promotePath],
  ])("is out of the reach of API keys and lesser roles: %s %s", async (method, path) => {
    const token = await makeSecondary();
    const { sid, secret } = account.apiKey;
    for (const authorization of [basic(sid, secret), `Bearer ${account.viewerKey}`]) {
      expect(errorOf(await call(path, { method, authorization }))).toMatchObject({ status: 401, code: 20003 });
    }
    expect(await statusesWith(account.authToken, token)).toEqual([200, 200]);
  });

  it("is each account's own: neither a parent nor a subaccount nor a stranger touches it", async () => {
    const subaccount = await gateway.addAccount(account.accountSid);
    const token = await makeSecondary();
    for (const other of [subaccount, gateway]) {
      expect((await callsOf(gateway.url, other)(promotePath, post)).status).toBe(404);
    }
    await callsOf(gateway.url, subaccount)(secondaryPath, post);
    await call(promotePath, post);
    account = { ...account, authToken: token };
    const { authToken, accountSid } = subaccount;
    expect((await callsOf(gateway.url, subaccount)(probe)).status).toBe(200);
    const again = await callsOf(gateway.url, subaccount)(secondaryPath, {
      ...post,
      authorization: basic(accountSid, authToken),
    });
    expect(again.status).toBe(400);
  });

  it("is not for suspended accounts", async () => {
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [
      account.accountSid.slice(2),
    ]);
    expect(errorOf(await call(secondaryPath, post))).toMatchObject({ status: 403, code: 20005 });
  });

  it("is stored sealed, and audited without itself", async () => {
    const token = await makeSecondary();
    await call(promotePath, post);
    const id = account.accountSid.slice(2);
    const rows = await gateway.db.query("select * from accounts where id = $1::uuid", [id]);
    const audit = await gateway.db.query<{ action: string; actor: string }>(
      "select * from audit where account_id = $1::uuid and action like 'auth-token%' order by id",
      [id],
    );
    expect(audit.map(({ action, actor }) => [action, actor])).toEqual([
      ["auth-token.secondary.created", `auth-token ${account.accountSid}`],
      ["auth-token.secondary.promoted", `auth-token ${account.accountSid}`],
    ]);
    expect(JSON.stringify([rows, audit])).not.toContain(token);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString("hex"));
  });
});

describe("rotation", () => {
  it("has one winner when two promote at once", async () => {
    const token = await makeSecondary();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        call(promotePath, { ...post, ...as(index % 2 ? token : account.authToken) }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    // Who comes after the end of the old primary is not let in any more.
    expect(statuses.filter((status) => status !== 200 && status !== 404 && status !== 401)).toEqual([]);
    expect(await statusesWith(account.authToken, token)).toEqual([401, 200]);
  });

  it("makes one token when two ask for it at once", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(secondaryPath, post)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    expect(answers.filter(({ json }) => json?.["code"] === 70002)).toHaveLength(5);
    expect(await statusWith(String(made[0]?.json?.["secondary_auth_token"]))).toBe(200);
  });

  it("reaches every other process within a second", async () => {
    const sibling = await gateway.startSibling();
    try {
      const token = await makeSecondary();
      const there = callsOf(sibling.url, account);
      expect((await there(probe, as(token))).status).toBe(200);
      expect((await there(probe)).status).toBe(200);
      await call(promotePath, post);
      const promotedMs = performance.now();
      let lastGoodMs = 0;
      while (performance.now() - promotedMs < 1100) {
        const askedMs = performance.now();
        if ((await there(probe)).status === 200) lastGoodMs = askedMs - promotedMs;
        expect((await there(probe, as(token))).status).toBe(200);
      }
      expect(lastGoodMs).toBeLessThan(1000);
    } finally {
      await sibling.stop();
    }
  });

  it("loses no message of a load that goes on with the new token", async () => {
    const token = await makeSecondary();
    const wanted = 200;
    const send = async (index: number): Promise<string> => {
      const form = { To: "+15558675310", From: account.numbers[0], Body: `message ${index}` };
      const { status, json } = await call("/Messages.json", { form, ...as(token) });
      expect(status).toBe(201);
      return String(json?.["sid"]);
    };
    const sids: string[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < wanted) sids.push(await send(next++));
    };
    const promotion = async (): Promise<number> => {
      while (sids.length < wanted / 4) await new Promise((resolve) => setImmediate(resolve));
      return (await call(promotePath, post)).status;
    };
    const [status] = await Promise.all([promotion(), ...Array.from({ length: 8 }, worker)]);
    expect(status).toBe(200);
    const [row] = await gateway.db.query<{ count: number }>(
      "select count(distinct body)::int as count from messages where account_id = $1::uuid",
      [account.accountSid.slice(2)],
    );
    expect([new Set(sids).size, row?.count]).toEqual([wanted, wanted]);
  });

  it("signs callbacks with the primary token of the moment, and with the other one in a header of its own", async () => {
    const application = await startCallbackReceiver();
    const callbackFor = async (authToken: string) => {
      const form = { To: "+15558675310", From: account.numbers[0], Body: "x", StatusCallback: application.url };
      const { json } = await call("/Messages.json", { form, ...as(authToken) });
      return application.next(({ params }) => params["MessageSid"] === json?.["sid"]);
    };
    const isSignedWith = ({ headers, params }: ReceivedCallback, key: string, header: string) =>
      twilio.validateRequest(key, String(headers[header]), application.url, { ...params });
    try {
      const before = await callbackFor(account.authToken);
      const token = await makeSecondary();
      const overlap = await callbackFor(account.authToken);
      await call(promotePath, post);
      const after = await callbackFor(token);
      expect(isSignedWith(before, account.authToken, "x-twilio-signature")).toBe(true);
      expect(isSignedWith(overlap, account.authToken, "x-twilio-signature")).toBe(true);
      expect(isSignedWith(overlap, token, "x-trunkline-signature-secondary")).toBe(true);
      expect(isSignedWith(after, token, "x-twilio-signature")).toBe(true);
      for (const { headers } of [before, after]) expect(headers).not.toHaveProperty("x-trunkline-signature-secondary");
    } finally {
      await application.close();
    }
  });
});
