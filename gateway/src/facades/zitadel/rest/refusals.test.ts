// What the ten calls refuse, and how: what is not there, who may not, fields and paths that are wrong.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { type RestCall, zitadelCalls } from "../../../../test/support/zitadel.ts";
import { newAccessKey } from "../../../core/credentials/secrets.ts";

let gateway: TestGateway;
let other: TestAccount;
let owner: string;
let viewer: string;
let sender: string;
let stranger: string;

const { rest, tokenOf } = zitadelCalls(() => gateway.url);
const call = (method: string, path: string, body?: unknown, options: RestCall = {}) =>
  rest(method, path, { token: owner, body, ...options });

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
  [owner, viewer, sender, stranger] = await Promise.all([
    tokenOf(gateway, "operator"),
    tokenOf(gateway, "viewer"),
    tokenOf(gateway, "sender"),
    tokenOf(other, "owner"),
  ]);
});
afterAll(() => gateway.stop());

const twilio = { sid: "AC0123456789abcdef0123456789abcdef", token: "s3cret", senderNumber: "+15005550006" };
const http = { endpoint: "https://gw.example.org/zitadel" };

async function add(fields: object = {}): Promise<string> {
  const made = await call("POST", "/sms/twilio", { ...twilio, ...fields });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.id as string;
}

const get = async (id: string) => (await call("GET", `/sms/${id}`)).body.config;
const list = async (query: object = {}) => (await call("POST", "/sms/_search", { query })).body;

const refused = (status: number, code: number, message: string, id?: string) => ({
  status,
  body: {
    code,
    message: id === undefined ? message : `${message} (${id})`,
    ...(id === undefined ? {} : { details: [{ "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", id, message }] }),
  },
});
const picked = ({ status, body }: { status: number; body: unknown }) => ({ status, body });

describe("what is not there", () => {
  it.each([
    ["GET", "/sms/312909075211944042", "Errors.SMSConfig.NotExisting", "QUERY-fn99w"],
    ["PUT", "/sms/twilio/312909075211944042", "SMS configuration not found", "COMMAND-MUY0IFAf8O"],
    ["PUT", "/sms/twilio/312909075211944042/token", "SMS configuration not found", "COMMAND-ij3NhEHATp"],
    ["PUT", "/sms/http/312909075211944042", "SMS configuration not found", "COMMAND-6NW4I5Kqzj"],
    ["POST", "/sms/312909075211944042/_activate", "SMS configuration not found", "COMMAND-9ULtp9PH5E"],
    ["POST", "/sms/312909075211944042/_deactivate", "SMS configuration not found", "COMMAND-La91dGNhbM"],
    ["DELETE", "/sms/312909075211944042", "SMS configuration not found", "COMMAND-povEVHPCkV"],
  ])("%s %s is refused with its own id, also after an activation", async (method, path, message, id) => {
    await call("POST", `/sms/${await add()}/_activate`);
    const answer = await call(method, path, method === "GET" ? undefined : { ...twilio, ...http });
    expect(picked(answer)).toEqual(refused(404, 5, message, id));
  });

  it("is a provider of the other kind, and the account's sandbox", async () => {
    const [ours, theirs] = [await add(), (await call("POST", "/sms/http", http)).body.id as string];
    expect((await call("PUT", `/sms/twilio/${theirs}`, twilio)).body.message).toContain("COMMAND-MUY0IFAf8O");
    expect((await call("PUT", `/sms/twilio/${theirs}/token`, twilio)).body.message).toContain("COMMAND-ij3NhEHATp");
    expect((await call("PUT", `/sms/http/${ours}`, http)).body.message).toContain("COMMAND-6NW4I5Kqzj");
    const { body } = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), ["GET", "/providers"]);
    const { number } = body.providers.find(({ builtIn }: { builtIn: boolean }) => builtIn);
    for (const [method, path] of everyCall(number)) {
      const fields = method === "GET" ? undefined : { ...twilio, ...http };
      if (path.includes(number)) expect((await call(method, path, fields)).status).toBe(404);
    }
    expect(JSON.stringify(await list())).not.toContain(number);
  });
});

const everyCall = (id: string): readonly (readonly [method: string, path: string])[] => [
  ["POST", "/sms/_search"],
  ["GET", `/sms/${id}`],
  ["POST", "/sms/twilio"],
  ["PUT", `/sms/twilio/${id}`],
  ["PUT", `/sms/twilio/${id}/token`],
  ["POST", "/sms/http"],
  ["PUT", `/sms/http/${id}`],
  ["POST", `/sms/${id}/_activate`],
  ["POST", `/sms/${id}/_deactivate`],
  ["DELETE", `/sms/${id}`],
];

describe("every call", () => {
  it("needs a good token, is told so in ZITADEL's words, and learns nothing of the body's faults before", async () => {
    const id = await add();
    const { result: before } = await list();
    for (const [method, path] of everyCall(id)) {
      const body = method === "GET" ? undefined : "{not json";
      const ask = (headers: Record<string, string>) => rest(method, path, { body, headers });
      const none = await ask({});
      expect(picked(none), path).toEqual(refused(401, 16, "auth header missing"));
      expect(none.headers.get("www-authenticate")).toMatch(/^Bearer/);
      const basicAuth = await ask({ authorization: basic(gateway.accountSid, gateway.authToken) });
      expect(picked(basicAuth)).toEqual(refused(401, 16, "invalid auth header", "AUTH-toLo1"));
      const wrong = await ask({ authorization: `bearer ${newAccessKey()}` });
      expect(picked(wrong)).toEqual(refused(401, 16, "Errors.Token.Invalid", "AUTH-7fs1e"));
    }
    expect((await list()).result).toEqual(before);
  });

  it("needs a role: a viewer reads, a sender does neither", async () => {
    const id = await add();
    const body = { ...twilio, ...http };
    for (const [method, path] of everyCall(id)) {
      const reads = method === "GET" || path.endsWith("_search");
      const options = { body: method === "GET" ? undefined : reads ? {} : body };
      const denied = refused(403, 7, "No matching permissions found", "AUTH-5mWD2");
      const asViewer = await rest(method, path, { ...options, token: viewer });
      if (reads) expect(asViewer.status).toBe(200);
      else expect(picked(asViewer), path).toEqual(denied);
      expect(picked(await rest(method, path, { ...options, token: sender })), path).toEqual(denied);
    }
    expect((await get(id)).state).toBe("SMS_PROVIDER_CONFIG_INACTIVE");
  });

  it("sees nothing of another account", async () => {
    const id = await add();
    const before = await get(id);
    for (const [method, path] of everyCall(id).filter(([, path]) => path.includes(id))) {
      const body = method === "GET" ? undefined : { ...twilio, ...http };
      expect((await rest(method, path, { body, token: stranger })).status, path).toBe(404);
    }
    const theirs = await rest("POST", "/sms/_search", { token: stranger, body: {} });
    expect(JSON.stringify(theirs.body)).not.toContain(id);
    expect(await get(id)).toEqual(before);
  });

  it("may name its organisation, and no other", async () => {
    const [own, theirs] = await Promise.all(
      [gateway, other].map(async ({ accountSid }) => {
        const [row] = await gateway.db.query<{ resource_owner: string }>(
          "select resource_owner from accounts where id = $1::uuid",
          [accountSid.slice(2)],
        );
        return row?.resource_owner ?? "";
      }),
    );
    const ask = (organisation = "") =>
      call("POST", "/sms/_search", {}, { headers: { "x-zitadel-orgid": organisation } });
    expect((await ask(own)).status).toBe(200);
    for (const organisation of [theirs, "312909075211930000", "x"]) {
      expect(picked(await ask(organisation))).toEqual(refused(403, 7, "Organisation doesn't exist", "AUTH-Bs7Ds"));
    }
  });

  it("ends with the account", async () => {
    const account = await gateway.addAccount();
    const token = await tokenOf(account, "owner");
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [
      account.accountSid.slice(2),
    ]);
    const answer = await rest("POST", "/sms/_search", { token, body: {} });
    expect(picked(answer)).toEqual(refused(401, 16, "Errors.Org.NotActive", "AUTH-oR9nA"));
  });
});

describe("fields", () => {
  const between = (field: string, min: number, max: number) =>
    `${field}: value length must be between ${min} and ${max} runes, inclusive`;
  const astral = (count: number) => "𝄞".repeat(count);

  it.each([
    ["POST", "/sms/twilio", {}, between("AddSMSProviderTwilioRequest.Sid", 1, 200)],
    ["POST", "/sms/twilio", { sid: "x" }, between("AddSMSProviderTwilioRequest.Token", 1, 200)],
    ["POST", "/sms/twilio", { sid: "x", token: "x" }, between("AddSMSProviderTwilioRequest.SenderNumber", 1, 200)],
    ["POST", "/sms/twilio", { ...twilio, sid: astral(201) }, between("AddSMSProviderTwilioRequest.Sid", 1, 200)],
    [
      "POST",
      "/sms/twilio",
      { ...twilio, senderNumber: astral(201) },
      between("AddSMSProviderTwilioRequest.SenderNumber", 0, 200),
    ],
    [
      "POST",
      "/sms/twilio",
      { ...twilio, description: astral(201) },
      between("AddSMSProviderTwilioRequest.Description", 0, 200),
    ],
    [
      "POST",
      "/sms/twilio",
      { ...twilio, verifyServiceSid: astral(201) },
      between("AddSMSProviderTwilioRequest.VerifyServiceSid", 0, 200),
    ],
    ["PUT", "/sms/twilio/", twilio, between("UpdateSMSProviderTwilioRequest.Id", 1, 200)],
    ["PUT", "/sms/twilio/1", { sid: "x" }, between("UpdateSMSProviderTwilioRequest.SenderNumber", 1, 200)],
    ["PUT", "/sms/twilio/1/token", {}, between("UpdateSMSProviderTwilioTokenRequest.Token", 1, 200)],
    ["POST", "/sms/http", {}, between("AddSMSProviderHTTPRequest.Endpoint", 1, 2048)],
    ["POST", "/sms/http", { endpoint: astral(2049) }, between("AddSMSProviderHTTPRequest.Endpoint", 1, 2048)],
    [
      "PUT",
      "/sms/http/1",
      { ...http, expirationSigningKey: "1s" },
      "UpdateSMSProviderHTTPRequest.ExpirationSigningKey: value must equal 0s",
    ],
    [
      "POST",
      "/sms/twilio",
      { ...twilio, sid: "a\0" },
      "AddSMSProviderTwilioRequest.Sid: value must not contain U+0000",
    ],
    [
      "POST",
      "/sms/twilio",
      { ...twilio, senderNumber: "\0" },
      "AddSMSProviderTwilioRequest.SenderNumber: value must not contain U+0000",
    ],
    [
      "PUT",
      "/sms/http/1",
      { ...http, description: "\0" },
      "UpdateSMSProviderHTTPRequest.Description: value must not contain U+0000",
    ],
    ["GET", `/sms/${"9".repeat(101)}`, undefined, between("GetSMSProviderRequest.Id", 1, 100)],
    ["GET", "/sms/", undefined, between("GetSMSProviderRequest.Id", 1, 100)],
    ["DELETE", "/sms/", undefined, between("RemoveSMSProviderRequest.Id", 1, 200)],
    ["POST", "/sms//_activate", undefined, between("ActivateSMSProviderRequest.Id", 1, 200)],
    ["POST", `/sms/${"9".repeat(201)}/_deactivate`, {}, between("DeactivateSMSProviderRequest.Id", 1, 200)],
  ])("%s %s with %j is refused in the words of its field, first field first", async (method, path, body, message) => {
    expect(picked(await call(method, path, body))).toEqual(refused(400, 3, `invalid ${message}`));
  });

  it("may be as long as they may be, counted in characters", async () => {
    const full = astral(200);
    const id = await add({ sid: full, token: full, senderNumber: full, description: full, verifyServiceSid: full });
    expect(await get(id)).toMatchObject({
      twilio: { sid: full, senderNumber: full, verifyServiceSid: full },
      description: full,
    });
    await add({ sid: "x", token: "x", senderNumber: "", verifyServiceSid: "x" });
  });

  it.each([
    ["NUL", { sid: "a\u0000b" }],
    ["half a surrogate pair", { description: "\ud800" }],
  ])("with %s are refused", async (_what, fields) => {
    const answer = await call("POST", "/sms/twilio", { ...twilio, ...fields });
    expect(answer).toMatchObject({ status: 400, body: { code: 3 } });
  });
});

describe("paths", () => {
  it.each([
    ["GET", "/sms", 404],
    ["GET", "/nothing", 404],
    ["POST", "/sms/twilio/x/y/z", 404],
    ["POST", "/sms/_search/", 404],
    ["GET", "/sms/%zz/y", 404],
  ])("%s %s is unknown", async (method, path, status) => {
    expect(picked(await call(method, path))).toEqual(refused(status, 5, "Not Found"));
  });

  it("with another verb are a 405 that says which there are", async () => {
    const answer = await call("PATCH", "/sms/twilio/1");
    expect(picked(answer)).toEqual(refused(405, 12, "Method Not Allowed"));
    expect(answer.headers.get("allow")).toBe("PUT");
    expect((await call("POST", "/sms/1")).headers.get("allow")).toBe("DELETE, GET");
  });

  it("of other parts of the API are unimplemented", async () => {
    expect(await call("GET", "/smtp")).toMatchObject({ status: 501, body: { code: 12 } });
  });

  it("are decoded before they are divided", async () => {
    const answer = await call("POST", `/sms%2F${await add()}%2f_activate`);
    expect(answer.status).toBe(200);
  });
});

describe("browsers", () => {
  it("may call from anywhere, with credentials", async () => {
    const origin = "https://console.example.org";
    const preflight = await rest("OPTIONS", "/sms/twilio", {
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-credentials")).toBe("true");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("x-grpc-web");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    const refusedCall = await rest("POST", "/sms/twilio", { headers: { origin } });
    expect(refusedCall.headers.get("access-control-allow-origin")).toBe(origin);
    expect(refusedCall.headers.get("access-control-expose-headers")).toContain("Grpc-Status");
  });
});
