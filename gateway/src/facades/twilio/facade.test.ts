import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../test/support/gateway.ts";
import { storeMessage } from "../../../test/support/stored-messages.ts";
import { basic, type Call, callsOf } from "../../../test/support/twilio-call.ts";
import { setAccountStatus } from "../../store/accounts.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const notFoundText = (path: string) => `The requested resource ${path} was not found`;

describe("authentication", () => {
  it.each([
    ["no credentials", null],
    ["a wrong token", () => basic(gateway.accountSid, "0".repeat(32))],
    ["an account that does not exist", () => basic(`AC${"0".repeat(32)}`, "0".repeat(32))],
    ["a broken Basic header", () => "Basic !!!"],
    ["a scheme without credentials", () => "Basic"],
    ["a user without password", () => `Basic ${Buffer.from("AC1").toString("base64")}`],
    ["another scheme", () => "Digest x"],
  ])("answers %s with 401 and a challenge", async (_name, authorization) => {
    const answer = await call("/Messages.json", { authorization: authorization?.() ?? null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="Twilio API"');
    expect(answer.json).toEqual({
      code: 20003,
      message: "Authenticate",
      detail: "Your AccountSid or AuthToken was incorrect.",
      more_info: "https://www.twilio.com/docs/errors/20003",
      status: 401,
    });
  });

  it("takes an API key for everything but the account itself", async () => {
    const authorization = basic(gateway.apiKey.sid, gateway.apiKey.secret);
    expect((await call("/Messages.json", { authorization })).status).toBe(200);
    expect((await call("/Balance.json", { authorization })).status).toBe(200);
    expect((await call(".json", { authorization })).json).toMatchObject({ code: 20003, status: 401 });
  });

  it("lets a viewer read and nothing else", async () => {
    const authorization = `Bearer ${gateway.viewerKey}`;
    const sid = await storeMessage(gateway.db, gateway.accountSid, { status: "scheduled" });
    expect((await call(`/Messages/${sid}.json`, { authorization })).status).toBe(200);
    const form = { To: "+15558675310", From: gateway.numbers[0], Body: "x" };
    for (const refused of [
      await call("/Messages.json", { authorization, form }),
      await call(`/Messages/${sid}.json`, { authorization, form: { Status: "canceled" } }),
      await call(`/Messages/${sid}.json`, { authorization, method: "DELETE" }),
    ]) {
      expect(refused.json).toMatchObject({ code: 20006, status: 403, message: "Access Denied" });
    }
  });

  it("shows nobody an account that they cannot act on: 404 with the path", async () => {
    const other = await gateway.addAccount();
    for (const sid of [other.accountSid, `AC${"0".repeat(32)}`, "AC1", "nonsense"]) {
      const path = `/2010-04-01/Accounts/${sid}/Messages.json`;
      const { status, json } = await call(path);
      expect([status, json?.["code"], json?.["message"]]).toEqual([404, 20404, notFoundText(path)]);
    }
  });

  it("takes a SID in upper-case hex", async () => {
    const sid = await storeMessage(gateway.db, gateway.accountSid);
    const upper = (text: string) => text.slice(0, 2) + text.slice(2).toUpperCase();
    const { status, json } = await call(
      `/2010-04-01/Accounts/${upper(gateway.accountSid)}/Messages/${upper(sid)}.json`,
    );
    expect([status, json?.["sid"]]).toEqual([200, sid]);
  });
});

describe("subaccounts", () => {
  let child: TestAccount;
  beforeAll(async () => {
    child = await gateway.addAccount(gateway.accountSid);
  });

  it("can be acted on by the parent's token, but not the other way round, nor with an API key", async () => {
    const path = `/2010-04-01/Accounts/${child.accountSid}/Messages.json`;
    const form = { To: "+15558675310", From: child.numbers[0], Body: "x" };
    const created = await call(path, { form });
    expect([created.status, created.json?.["account_sid"]]).toEqual([201, child.accountSid]);
    expect((await call(path, { authorization: basic(gateway.apiKey.sid, gateway.apiKey.secret) })).status).toBe(404);
    const upwards = callsOf(gateway.url, child);
    expect((await upwards(`/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`)).status).toBe(404);
  });

  it("cannot call or be sent from while suspended; the parent may still look", async () => {
    const suspended = await gateway.addAccount(gateway.accountSid);
    await setAccountStatus(gateway.db, suspended.accountSid, "suspended");
    const own = await callsOf(gateway.url, suspended)("/Messages.json");
    expect(own.json).toMatchObject({ code: 20005, message: "Account not active", status: 403 });
    const path = `/2010-04-01/Accounts/${suspended.accountSid}/Messages.json`;
    expect((await call(path)).status).toBe(200);
    expect((await call(path, { form: { To: "+1", Body: "x" } })).status).toBe(403);
  });
});

describe("paths and methods", () => {
  it.each([
    "/2010-04-01",
    "/2010-04-01/",
    "/2010-04-01/Nonsense.json",
    "/2010-04-01/Accounts/%ZZ/Messages.json",
    `/2010-04-01/Accounts/${"x".repeat(5000)}/Messages.json`,
  ])("answers 404 at %s", async (path) => {
    const { status, text } = await call(path);
    expect(status).toBe(404);
    expect(text).toContain("20404");
  });

  it.each([
    "/Nonsense.json",
    "/Messages.json/",
    "/messages.json",
    "/Messages/SM1.json",
    `/Messages/PN${"0".repeat(32)}.json`,
    `/Messages/SM${"0".repeat(32)}.json`,
    `/Messages/SM${"0".repeat(32)}.json/Media.json`,
    "/Messages/.json",
    "/Messages/%00.json",
  ])("answers 404 at …%s, naming the path", async (path) => {
    const { status, json } = await call(path);
    expect([status, json === null ? 20404 : json["code"]]).toEqual([404, 20404]);
    if (json !== null) expect(json["message"]).toBe(notFoundText(`/2010-04-01/Accounts/${gateway.accountSid}${path}`));
  });

  it("tells SM from MM: the other prefix is another message", async () => {
    const sid = await storeMessage(gateway.db, gateway.accountSid);
    expect((await call(`/Messages/${sid.replace("SM", "MM")}.json`)).status).toBe(404);
  });

  it.each([
    ["PUT", "/Messages.json", "GET, HEAD, POST, OPTIONS"],
    ["PATCH", "/Messages.json", "GET, HEAD, POST, OPTIONS"],
    ["DELETE", "/Messages.json", "GET, HEAD, POST, OPTIONS"],
    ["PUT", `/Messages/SM${"0".repeat(32)}.json`, "GET, HEAD, POST, DELETE, OPTIONS"],
    ["POST", "/Messages.csv", "GET, HEAD, OPTIONS"],
    ["GET", `/Messages/SM${"0".repeat(32)}/Feedback.json`, "POST, OPTIONS"],
    ["POST", `/Messages/SM${"0".repeat(32)}/Media.json`, "GET, HEAD, OPTIONS"],
    ["POST", "/Balance.json", "GET, HEAD, OPTIONS"],
  ])("answers %s %s with 405, and says what there is", async (method, path, allow) => {
    const { status, headers, json, text } = await call(path, { method });
    expect([status, headers.get("allow")]).toEqual([405, allow]);
    if (json === null) expect(text).toContain("<Code>20004</Code>");
    else expect(json).toMatchObject({ code: 20004, message: "Method not allowed", status: 405 });
  });

  it("keeps paths and methods from strangers", async () => {
    expect((await call("/Nonsense.json", { authorization: null })).status).toBe(401);
    expect((await call("/Messages.json", { authorization: null, method: "PUT" })).status).toBe(401);
  });
});

describe("headers", () => {
  it("has Twilio's on every answer, right or wrong", async () => {
    for (const answer of [
      await call("/Messages.json"),
      await call("/Nonsense.json"),
      await call("/Messages.json", { authorization: null }),
    ]) {
      expect(answer.headers.get("twilio-request-id")).toMatch(/^RQ[0-9a-f]{32}$/);
      expect(answer.headers.get("twilio-request-duration")).toMatch(/^\d+\.\d{3}$/);
      expect(answer.headers.get("twilio-concurrent-requests")).toBe("1");
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    }
  });

  it("counts the account's requests that are being answered", async () => {
    const other = await gateway.addAccount();
    const calls = callsOf(gateway.url, other);
    const form = { To: "+15558675310", From: other.numbers[0], Body: "x" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => calls("/Messages.json", { form })));
    const counts = answers.map((answer) => Number(answer.headers.get("twilio-concurrent-requests")));
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect((await calls("/Messages.json")).headers.get("twilio-concurrent-requests")).toBe("1");
  });

  it("answers a preflight without credentials", async () => {
    const headers = { origin: "https://example.com", "access-control-request-method": "POST" };
    const { status, headers: answered } = await call("/Messages.json", {
      method: "OPTIONS",
      authorization: null,
      headers,
    });
    expect(status).toBe(204);
    expect(answered.get("access-control-allow-methods")).toBe("GET, POST, DELETE, OPTIONS");
    expect(answered.get("access-control-allow-headers")).toContain("Authorization");
  });

  it("answers HEAD as GET without a body", async () => {
    const { status, text } = await call("/Messages.json", { method: "HEAD" });
    expect([status, text]).toEqual([200, ""]);
  });
});

describe("accounts", () => {
  it("shows an account to its own token, with the primary token", async () => {
    const { status, json } = await call(".json");
    expect(status).toBe(200);
    expect(json).toMatchObject({
      sid: gateway.accountSid,
      auth_token: gateway.authToken,
      friendly_name: "Test",
      owner_account_sid: gateway.accountSid,
      status: "active",
      type: "Full",
      uri: `/2010-04-01/Accounts/${gateway.accountSid}.json`,
    });
    expect(Object.keys(json?.["subresource_uris"] as object)).toHaveLength(20);
  });

  it("has a balance, in JSON and XML", async () => {
    expect((await call("/Balance.json")).json).toEqual({
      account_sid: gateway.accountSid,
      balance: "0.00",
      currency: "USD",
    });
    expect((await call("/Balance")).text).toContain("<Balance><AccountSid>");
  });
});

describe("an absent database", () => {
  it("is 503 with 20503 and Retry-After, and ends by itself", async () => {
    const form = { To: "+15558675310", From: gateway.numbers[0], Body: "x" };
    expect((await call("/Messages.json", { form })).status).toBe(201);
    const restore = await gateway.cutDatabase();
    for (const answer of [await call("/Messages.json", { form }), await call("/Messages.json"), await call(".json")]) {
      expect(answer.json).toMatchObject({ code: 20503, message: "Service unavailable", status: 503 });
      expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    }
    await restore();
    expect((await call("/Messages.json", { form })).status).toBe(201);
  });
});
