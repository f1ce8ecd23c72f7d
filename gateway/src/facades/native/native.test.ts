import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../test/support/gateway.ts";
import { basic, callNative, type NativeAnswer } from "../../../test/support/native-client.ts";
import { newAuthToken } from "../../core/credentials/secrets.ts";
import { newUuid, sidOf, uuidOf } from "../../core/ids.ts";
import { insertAccessKey } from "../../store/credentials.ts";

let gateway: TestGateway;
let other: TestAccount;
let owner: string;
const keys: Record<string, string> = {};
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true, deliveryMs: 400 });
  other = await gateway.addAccount();
  owner = basic(gateway.accountSid, gateway.authToken);
  for (const role of ["operator", "sender", "viewer"] as const) {
    const key = newAuthToken();
    await insertAccessKey(gateway.db, gateway.accountSid, { id: newUuid(), key, name: role, role });
    keys[role] = `Bearer ${key}`;
  }
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
});

const call = (method: string, path: string, body?: unknown, authorization: string | null = owner) =>
  callNative(gateway.url, authorization, [method, path, body]);

async function send(fields: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: owner },
    body: new URLSearchParams({ To: "+12025550123", From: gateway.numbers[0], Body: "hello", ...fields }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { sid: string }).sid;
}

async function messageOnce(sid: string, status: string): Promise<NativeAnswer["body"]> {
  // A report may come before the outcome of its hand-over is stored: waited for, too.
  const seen = async () => {
    const { body } = await call("GET", `/messages/${sid}`);
    return [body.status, body.attempts.some(({ outcome }: { outcome: string | null }) => outcome === null)];
  };
  await expect.poll(seen).toEqual([status, false]);
  return (await call("GET", `/messages/${sid}`)).body;
}

async function auditOf(subject: string): Promise<{ action: string; actor: string; before: unknown; after: unknown }[]> {
  const where = "select action, actor, before, after from audit where account_id = $1 and subject = $2 order by id";
  return await gateway.db.query(where, [uuidOf(gateway.accountSid), subject]);
}

const providerOf = async (authorization = owner) =>
  (await call("GET", "/providers", undefined, authorization)).body.providers[0];

describe("a message", () => {
  it("shows its attempts and everything that happened, in order", async () => {
    const sid = await send({ Body: "grüße €" });
    const message = await messageOnce(sid, "delivered");
    expect(message).toMatchObject({
      sid,
      accountSid: gateway.accountSid,
      direction: "outbound-api",
      to: "+12025550123",
      body: "grüße €",
      segments: { encoding: "GSM-7", count: 1, units: 8 },
      attempts: [{ attempt: 1, outcome: "accepted", providerId: (await providerOf()).id, errorCode: null }],
    });
    const types: string[] = message.timeline.map((entry: { type: string }) => entry.type);
    expect(types.slice(0, 2)).toEqual(["message.accepted", "attempt.started"]);
    expect(types).toContain("attempt.accepted");
    // Where the provider's answer stands among these depends on whether its report was quicker.
    expect(types.slice(2).filter((type) => type !== "attempt.accepted")).toEqual(["message.sent", "message.delivered"]);
  });

  it("that failed says why, and where its callback went without the password in the URL", async () => {
    const callback = "http://user:hush@127.0.0.1:9/status";
    const sid = await send({ To: "+15005553005", StatusCallback: callback });
    const message = await messageOnce(sid, "undelivered");
    expect(message).toMatchObject({ errorCode: 30005, errorMessage: "Unknown destination handset" });
    const text = JSON.stringify(message);
    expect(text).toContain("http://127.0.0.1:9/status");
    expect(text).not.toContain("hush");
  });

  it("that is scheduled can be canceled, once, by those who may send", async () => {
    const sid = await send({
      From: gateway.numbers[1],
      MessagingServiceSid: gateway.serviceSid,
      ScheduleType: "fixed",
      SendAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect((await call("POST", `/messages/${sid}/cancel`, undefined, keys["viewer"])).status).toBe(403);
    const canceled = await call("POST", `/messages/${sid}/cancel`, undefined, keys["sender"]);
    expect(canceled).toMatchObject({ status: 200, body: { sid, status: "canceled" } });
    const again = await call("POST", `/messages/${sid}/cancel`);
    expect(again).toMatchObject({ status: 409, body: { error: { code: "not-cancelable" } } });
  });

  it("of another account is a 404, as one that does not exist", async () => {
    const sid = await send();
    const stranger = basic(other.accountSid, other.authToken);
    const theirs = await call("GET", `/messages/${sid}`, undefined, stranger);
    const nobodys = await call("GET", `/messages/${sidOf("SM", newUuid())}`, undefined, stranger);
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(theirs.body.error.code).toBe(nobodys.body.error.code);
  });
});

describe("the list of messages", () => {
  it("pages newest first through everything once, with and without filters", async () => {
    const to = "+12025550199";
    const sids: string[] = [];
    for (let sent = 0; sent < 5; sent += 1) sids.unshift(await send({ To: to }));
    const pagesOf = async (query: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let next: string | null = ""; next !== null; ) {
        const before = next === "" ? "" : `&before=${next}`;
        const { body }: NativeAnswer = await call("GET", `/messages?limit=2${query}${before}`);
        seen.push(...body.messages.map((message: { sid: string }) => message.sid));
        next = body.next;
      }
      return seen;
    };
    for (const sid of sids) await messageOnce(sid, "delivered");
    expect(await pagesOf(`&to=${encodeURIComponent(to)}`)).toEqual(sids);
    expect(await pagesOf(`&to=${encodeURIComponent(to)}&status=delivered`)).toEqual(sids);
    expect(await pagesOf(`&to=${encodeURIComponent(to)}&status=failed`)).toEqual([]);
    const everything = await pagesOf("");
    expect(everything).toEqual([...everything].sort().reverse());
    expect(everything).toEqual(expect.arrayContaining(sids));
  });
});

describe("roles", () => {
  const chain = () => `/accounts/${gateway.accountSid}/fallback-chain`;
  it.each([
    ["viewer", "POST", "/providers", 403],
    ["sender", "POST", "/providers", 403],
    ["operator", "POST", "/providers", 201],
  ] as const)("%s: %s %s gives %i", async (role, method, path, status) => {
    const body = { name: "second", kind: "sandbox" };
    expect((await call(method, path, body, keys[role])).status).toBe(status);
  });

  it("are checked before the body is looked at, on every route that changes something", async () => {
    const changes = [
      ["PUT", chain()],
      ["POST", `/providers/${newUuid()}/test`],
      ["POST", `/accounts/${gateway.accountSid}/senders`],
      ["PATCH", `/accounts/${gateway.accountSid}/senders/x`],
    ] as const;
    for (const [method, path] of changes) {
      expect((await call(method, path, { nonsense: true }, keys["viewer"])).status, path).toBe(403);
      expect((await call(method, path, { nonsense: true }, keys["operator"])).status, path).not.toBe(403);
    }
  });

  it("let everyone read, and no stranger", async () => {
    for (const path of ["/messages", "/accounts", "/providers", `/accounts/${gateway.accountSid}/senders`]) {
      expect((await call("GET", path, undefined, keys["viewer"])).status).toBe(200);
      const stranger = await call("GET", path, undefined, null);
      expect(stranger.status).toBe(401);
      expect(stranger.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  });
});

describe("accounts", () => {
  it("show themselves and, to an auth token, their subaccounts, without any token", async () => {
    const child = await gateway.addAccount(gateway.accountSid);
    const { body } = await call("GET", "/accounts");
    expect(body.accounts.map((account: { sid: string }) => account.sid)).toEqual([
      gateway.accountSid,
      child.accountSid,
    ]);
    expect(JSON.stringify(body)).not.toContain(gateway.authToken);
    expect((await call("GET", `/accounts/${child.accountSid}`)).body.parentSid).toBe(gateway.accountSid);
    expect((await call("GET", "/accounts", undefined, keys["operator"])).body.accounts).toHaveLength(1);
    expect((await call("GET", `/accounts/${other.accountSid}`)).status).toBe(404);
    expect((await call("GET", `/messages?account=${child.accountSid}`)).body.messages).toEqual([]);
  });

  it("take a fallback chain of their own providers only, on record", async () => {
    const first = await providerOf();
    const made = await call("POST", "/providers", { name: "backup", kind: "sandbox" });
    expect(made).toMatchObject({ status: 201, body: { chainPosition: null, builtIn: false } });
    const path = `/accounts/${gateway.accountSid}/fallback-chain`;
    const providers = [made.body.id, first.id];
    expect(await call("PUT", path, { providers })).toMatchObject({ status: 200, body: { providers } });
    expect((await providerOf()).id).toBe(made.body.id);
    expect((await auditOf(gateway.accountSid)).at(-1)).toMatchObject({
      action: "account.fallback-chain.replaced",
      actor: expect.stringContaining("auth-token"),
      before: { providers: [first.id], order: `1. ${first.name}` },
      after: { providers, order: `1. backup, 2. ${first.name}` },
    });
    const foreign = await providerOf(basic(other.accountSid, other.authToken));
    const refused = await call("PUT", path, { providers: [first.id, foreign.id] });
    expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ field: "providers.1" }] } } });
    expect((await call("PUT", path, { providers: [first.id, first.id] })).status).toBe(400);
    expect((await call("GET", `/providers/${foreign.id}`)).status).toBe(404);
    await call("PUT", path, { providers: [first.id] });
  });
});

describe("providers", () => {
  it("can be tested, alone and outside the chain, and say what came of it", async () => {
    const { body: made } = await call("POST", "/providers", { name: "spare", kind: "sandbox" });
    const good = await call("POST", `/providers/${made.id}/test`, { to: "+12025550123" });
    expect(good).toMatchObject({ status: 200, body: { messageSid: expect.stringMatching(/^SM/), errorCode: null } });
    expect(["sent", "delivered"]).toContain(good.body.outcome);
    const { body: message } = await call("GET", `/messages/${good.body.messageSid}`);
    expect(message.attempts).toMatchObject([{ providerId: made.id, outcome: "accepted" }]);
    const failing = await call("POST", `/providers/${made.id}/test`, { to: "+15005553005" });
    expect(["sent", "failed"]).toContain(failing.body.outcome);
    const bad = await call("POST", `/providers/${made.id}/test`, { to: "not a number" });
    expect(bad).toMatchObject({ status: 400, body: { error: { code: "to-invalid" } } });
    expect((await call("POST", `/providers/${newUuid()}/test`, { to: "+12025550123" })).status).toBe(404);
  });
});

describe("senders", () => {
  const path = () => `/accounts/${gateway.accountSid}/senders`;

  it("change field by field, on record, found with or without the + of their number", async () => {
    const [, number] = gateway.numbers;
    const paced = await call("PATCH", `${path()}/${number}`, { segmentsPerSecond: 2.5, queueLimitSeconds: 60 });
    expect(paced).toMatchObject({ status: 200, body: { segmentsPerSecond: 2.5, queueLimitSeconds: 60, smsUrl: "" } });
    const smsUrl = "https://example.com/sms";
    const changed = await call("PATCH", `${path()}/${number.slice(1)}`, { segmentsPerSecond: null, smsUrl });
    expect(changed.body).toMatchObject({ segmentsPerSecond: null, queueLimitSeconds: 60, smsUrl, address: number });
    expect((await call("GET", path())).body.senders).toContainEqual(changed.body);
    expect((await auditOf(changed.body.sid)).slice(-2)).toMatchObject([
      { action: "sender.updated", before: { segmentsPerSecond: null }, after: { segmentsPerSecond: 2.5 } },
      { action: "sender.updated", before: { smsUrl: "" }, after: { smsUrl, segmentsPerSecond: null } },
    ]);
  });

  it("are made of every kind, once each", async () => {
    for (const [address, kind] of [
      ["+1 (202) 555-0177", "number"],
      ["24680", "short_code"],
      ["Acme Inc", "alphanumeric"],
    ] as const) {
      const made = await call("POST", path(), { address, segmentsPerSecond: 1 });
      expect(made, address).toMatchObject({ status: 201, body: { kind, segmentsPerSecond: 1 } });
      expect((await call("POST", path(), { address })).status).toBe(409);
    }
    expect((await call("PATCH", `${path()}/Acme%20Inc`, { friendlyName: "A" })).status).toBe(200);
    // A name may be in several messaging services: it is in none of its own.
    const pooled = await call("PATCH", `${path()}/Acme%20Inc`, { messagingServiceSid: gateway.serviceSid });
    expect(pooled).toMatchObject({ status: 400, body: { error: { details: [{ field: "messagingServiceSid" }] } } });
  });

  it("refuse what is wrong, all of it at once, and change nothing", async () => {
    const [number] = gateway.numbers;
    const wrong = { segmentsPerSecond: 0, smsUrl: "ftp://x", colour: "red" };
    const refused = await call("PATCH", `${path()}/${number}`, wrong);
    expect(refused.status).toBe(400);
    const fields = refused.body.error.details.map((detail: { field: string }) => detail.field);
    expect(fields).toEqual(expect.arrayContaining(["segmentsPerSecond", "smsUrl"]));
    expect(refused.body.error.message).toContain("colour");
    const foreign = await providerOf(basic(other.accountSid, other.authToken));
    const references = { providerId: foreign.id, messagingServiceSid: other.serviceSid };
    const unknown = await call("PATCH", `${path()}/${number}`, references);
    expect(unknown.body.error.details.map((detail: { field: string }) => detail.field)).toEqual(
      Object.keys(references),
    );
    expect((await call("PATCH", `${path()}/+12025550999`, { friendlyName: "x" })).status).toBe(404);
    expect((await call("PATCH", `${path()}/${number}`, {})).status).toBe(400);
    expect((await call("POST", path(), { address: "much too long a name" })).status).toBe(400);
  });
});

describe("the description", () => {
  it("is OpenAPI 3.1 of the native routes, of what Twilio and ZITADEL have, and of the authorization server", async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { summary?: string; tags?: string[] }>>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/trunkline/v1/messages/{sid}",
        "/trunkline/v1/events",
        "/trunkline/v1/accounts/{sid}/fallback-chain",
        "/trunkline/v1/providers/{id}/test",
        "/trunkline/v1/accounts/{sid}/senders/{address}",
        "/trunkline/v1/sandbox/inbound",
      ]),
    );
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Message", "Event", "Provider", "Sender", "Account", "Error"]),
    );
    for (const [path, methods] of Object.entries(document.paths)) {
      expect(path).toMatch(
        /^\/(trunkline\/v1|admin\/v1|2010-04-01|v1|v2|oauth\/v2|oidc\/v1|\.well-known|\{environmentId\}\/as)\//,
      );
      for (const operation of Object.values(methods)) {
        expect(operation.summary, path).toBeTruthy();
        expect(operation.tags, path).toHaveLength(1);
      }
    }
  });

  it("is rendered by a page that loads and runs nothing", async () => {
    const response = await fetch(`${gateway.url}/docs`);
    const html = await response.text();
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(html).toContain("/trunkline/v1/messages/{sid}");
    expect(html).not.toMatch(/<script|src=["']http|@import|url\(http/);
    expect(html).not.toContain(gateway.authToken);
  });
});

describe("operations", () => {
  it("answer without credentials: live, ready, and what the gateway has counted", async () => {
    await messageOnce(await send(), "delivered");
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    for (const name of ["messages_accepted", "messages_sent", "messages_delivered", "attempts", "http_requests"]) {
      expect(text).toMatch(new RegExp(`^trunkline_${name}_total(?:\\{[^}]*\\})? [1-9]`, "m"));
    }
    expect(text).toMatch(/^trunkline_database_up 1$/m);
    expect(text).toMatch(/^trunkline_queue_messages \d+$/m);
    expect(text).toMatch(/^trunkline_batch_rows_count\{kind="insert"\} [1-9]/m);
    expect(text).not.toContain("12025550123");
  });

  it("say so when the database is away, and recover by themselves", async () => {
    const away = await gateway.cutDatabase();
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    const refused = await call("GET", "/messages");
    expect(refused).toMatchObject({ status: 503, body: { error: { code: "database-unavailable" } } });
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^trunkline_database_up 0$/m);
    await away();
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    expect((await call("GET", "/messages")).status).toBe(200);
  }, 30_000);
});
