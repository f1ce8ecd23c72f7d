import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addAccessKey,
  type Call,
  callsWith,
  genericMessenger,
  twilioMessenger,
} from "../../../../test/support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsWith(gateway.url, await addAccessKey(gateway, gateway));
});
afterAll(() => gateway.stop());

async function create(messenger: Record<string, unknown>) {
  const { status, body } = await call("POST", "/api/messenger", { messenger });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body.messenger;
}

const pathOf = ({ id }: { readonly id: string }) => `/api/messenger/${id}`;

describe("a messenger", () => {
  it("has every default, its secrets as given and its names in order", async () => {
    const named = { name: "x", accountSID: "AC", messagingServiceSid: "MG", url: "https://api.twilio.com" };
    const { text, headers } = await call("POST", "/api/messenger", { messenger: named, ignored: 1 });
    expect(headers.get("content-type")).toBe("application/json; charset=UTF-8");
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(text.replace(/\d{13}/g, "0").replace(/[0-9a-f-]{36}/, "u")).toBe(
      '{"messenger":{"accountSID":"AC","data":{},"debug":false,"id":"u","insertInstant":0,"lastUpdateInstant":0,"messageTypes":["SMS"],"messagingServiceSid":"MG","name":"x","transport":"sms","type":"Twilio","url":"https://api.twilio.com"}}',
    );
    const generic = genericMessenger({ headers: { "X-Api-Key": "k".repeat(20), "X-App": "demo" } });
    expect(await create(generic)).toMatchObject(generic);
    await call("DELETE", pathOf(JSON.parse(text).messenger));
  });

  it("round-trips what this API alone knows, byte for byte, and takes back what it has sent", async () => {
    const data =
      '{"big":12345678901234567890123,"constructor":"Acme","deep":[[{"a":[1,2.5,"\\u0000 \\ud83d\\ude00"]}]],"text":"\\\\ \\" /"}';
    const messenger = twilioMessenger({
      name: `  Spaces ${Date.now()} `,
      fromPhoneNumber: " +1 (555) 123-4567 ",
      accountSID: " x ",
    });
    const json = JSON.stringify({ messenger }).replace('{"foo":"bar"}', data);
    const made = await call("POST", "/api/messenger", json);
    expect(made.text).toContain(`"data":${data.replace("\\ud83d\\ude00", "😀")}`);
    const path = pathOf(made.body.messenger);
    const read = await call("GET", path);
    expect(read.text).toBe(made.text);
    const { data: _data, ...rest } = messenger;
    expect(read.body.messenger).toMatchObject(rest);
    const put = await call("PUT", path, read.text);
    expect(put.status).toBe(200);
    expect(put.text.replace(/"lastUpdateInstant":\d+/, "")).toBe(read.text.replace(/"lastUpdateInstant":\d+/, ""));
  });

  it("is replaced by a PUT: what is not in it is gone or at its default", async () => {
    const made = await create(twilioMessenger({ debug: true, messageTypes: ["Voice", "SMS"] }));
    const named = { name: made.name, accountSID: "B", fromPhoneNumber: "+15550001111", url: "http://example.com/x" };
    const { body } = await call("PUT", pathOf(made), { messenger: named });
    const { insertInstant, id, lastUpdateInstant } = made;
    expect(body.messenger).toEqual({
      ...{
        ...named,
        id,
        insertInstant,
        data: {},
        debug: false,
        messageTypes: ["SMS"],
        transport: "sms",
        type: "Twilio",
      },
      lastUpdateInstant: expect.any(Number),
    });
    expect(body.messenger.lastUpdateInstant).toBeGreaterThan(lastUpdateInstant);
  });

  it("may have the id that it is given, once, in the whole installation", async () => {
    const other = await gateway.addAccount();
    const callOfOther = callsWith(gateway.url, await addAccessKey(gateway, other));
    const id = "F49C3B86-91FE-48F7-AE46-D166EEAD0001";
    const made = await call("POST", `/api/messenger/${id}`, { messenger: twilioMessenger({ id }) });
    expect(made.body.messenger.id).toBe(id.toLowerCase());
    for (const one of [call, callOfOther]) {
      const again = await one("POST", `/api/messenger/${id}`, { messenger: genericMessenger() });
      expect([again.status, again.body.fieldErrors["messenger.id"][0].code]).toEqual([400, "[duplicate]messenger.id"]);
    }
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const body = method === "PUT" || method === "PATCH" ? { messenger: twilioMessenger() } : undefined;
      const answer = await callOfOther(method, `/api/messenger/${id}`, body);
      expect([method, answer.status, answer.text]).toEqual([method, 404, ""]);
    }
    expect((await callOfOther("GET", "/api/messenger")).body).toEqual({ messengers: [] });
    expect((await call("GET", `/api/messenger/${id}`)).body).toEqual(made.body);
  });

  it("has a name that no other has, also when many are made at once", async () => {
    const made = await create(twilioMessenger({ name: "Acme" }));
    const taken = await call("POST", "/api/messenger", { messenger: genericMessenger({ name: " ACME ", url: "x" }) });
    expect(taken.body.fieldErrors).toMatchObject({
      "messenger.name": [
        { code: "[duplicate]messenger.name", message: "A Messenger with name = [ ACME ] already exists." },
      ],
      "messenger.url": [{ code: "[invalid]messenger.url" }],
    });
    expect((await call("PUT", pathOf(made), { messenger: twilioMessenger({ name: "acme" }) })).status).toBe(200);
    const volley = await Promise.all(
      Array.from({ length: 12 }, () =>
        call("POST", "/api/messenger", { messenger: twilioMessenger({ name: "Volley" }) }),
      ),
    );
    expect(volley.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 400)]);
    const all = (await call("GET", "/api/messenger")).body.messengers as { name: string }[];
    expect(all.filter(({ name }) => name === "Volley")).toHaveLength(1);
  });

  it("is gone after a DELETE, and cannot be deleted while it is in the chain", async () => {
    const made = await create(twilioMessenger());
    const owner = basic(gateway.accountSid, gateway.authToken);
    const path = `/accounts/${gateway.accountSid}/fallback-chain`;
    const before = await callNative(gateway.url, owner, ["GET", "/providers"]);
    await callNative(gateway.url, owner, ["PUT", path, { providers: [made.id] }]);
    const refused = await call("DELETE", pathOf(made));
    expect([refused.status, refused.body.fieldErrors.messengerId[0].code]).toEqual([400, "[inUse]messengerId"]);
    await callNative(gateway.url, owner, ["PUT", path, { providers: [before.body.providers[0].id] }]);
    const deleted = await call("DELETE", pathOf(made), undefined, { type: "text/plain" });
    expect([deleted.status, deleted.text]).toEqual([200, ""]);
    expect((await call("DELETE", pathOf(made))).status).toBe(404);
    const again = await call("POST", pathOf(made), { messenger: twilioMessenger() });
    expect([again.status, again.body.messenger.id]).toEqual([200, made.id]);
  });
});

describe("one store", () => {
  it("shows what other dialects have made and changed, and leaves theirs alone", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const { body: native } = await callNative(gateway.url, owner, [
      "POST",
      "/providers",
      {
        ...{ kind: "twilio", name: "native", accountSid: "ACnative", authToken: "t1", fromNumber: "+12025550177" },
        ...{ verifyServiceSid: "VA1", onUnknown: "resend" },
      },
    ]);
    const path = `/api/messenger/${native.id}`;
    const seen = (await call("GET", path)).body.messenger;
    expect(seen).toMatchObject({ accountSID: "ACnative", authToken: "t1", fromPhoneNumber: "+12025550177", data: {} });
    expect(seen.url).toBe("https://api.twilio.com");
    const put = await call("PUT", path, { messenger: { ...seen, fromPhoneNumber: "(202) 555-0178", authToken: "t2" } });
    expect(put.body.messenger).toMatchObject({ fromPhoneNumber: "(202) 555-0178", authToken: "t2" });
    const { config } = (await callNative(gateway.url, owner, ["GET", `/providers/${native.id}`])).body;
    expect(config).toMatchObject({ fromNumber: "+12025550178", verifyServiceSid: "VA1", onUnknown: "resend" });
    expect(config).not.toHaveProperty("baseUrl");
    await callNative(gateway.url, owner, ["PATCH", `/providers/${native.id}`, { fromNumber: "+12025550179" }]);
    expect((await call("GET", path)).body.messenger).toMatchObject({
      fromPhoneNumber: "+12025550179",
      authToken: "t2",
    });
  });

  it("takes back a provider of another dialect that has no sender in FusionAuth's words, and does not lose one", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const draft = {
      kind: "twilio",
      name: "verify only",
      accountSid: "ACverify",
      authToken: "t",
      verifyServiceSid: "VA1",
    };
    const { body: native } = await callNative(gateway.url, owner, ["POST", "/providers", draft]);
    const path = `/api/messenger/${native.id}`;
    const { messenger: seen } = (await call("GET", path)).body;
    expect(seen).not.toHaveProperty("fromPhoneNumber");
    const put = await call("PUT", path, { messenger: { ...seen, name: "still verify only" } });
    expect([put.status, put.body.messenger?.name]).toEqual([200, "still verify only"]);
    expect((await call("PATCH", path, { messenger: { debug: true } })).body.messenger).toMatchObject({ debug: true });
    const { config } = (await callNative(gateway.url, owner, ["GET", `/providers/${native.id}`])).body;
    expect(config).toMatchObject({ verifyServiceSid: "VA1", accountSid: "ACverify" });
    await call("PATCH", path, { messenger: { fromPhoneNumber: "+12025550177" } });
    const without = await call("PUT", path, { messenger: { ...seen, name: "still verify only" } });
    expect(without.body.fieldErrors["messenger.fromPhoneNumber"][0].code).toBe("[blank]messenger.fromPhoneNumber");
  });

  it("is at Twilio itself in every spelling of its address, which comes back as it was", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    for (const url of ["https://api.twilio.com/", "HTTPS://API.Twilio.com", "https://api.twilio.com:443"]) {
      const made = await create(twilioMessenger({ url }));
      expect(made.url).toBe(url);
      const { config } = (await callNative(gateway.url, owner, ["GET", `/providers/${made.id}`])).body;
      expect(config).not.toHaveProperty("baseUrl");
    }
  });

  it("shows HTTP providers as generic messengers, whatever form their requests have", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const [to, body] = ["to", "message"].map((name) => ["$", "{", name, "}"].join(""));
    const requests = [{ deliveryMethod: "SMS", method: "POST", url: `http://127.0.0.1:9/a?to=${to}`, body }];
    const { body: native } = await callNative(gateway.url, owner, [
      "POST",
      "/providers",
      { kind: "http", name: "templated", requests, authentication: { method: "BEARER", authToken: "tt" } },
    ]);
    const path = `/api/messenger/${native.id}`;
    const seen = (await call("GET", path)).body.messenger;
    expect(seen).toMatchObject({ type: "Generic", connectTimeout: 5000, readTimeout: 10_000, headers: {} });
    const patched = await call("PATCH", path, { messenger: { readTimeout: 900, debug: true, name: "renamed" } });
    expect(patched.body.messenger).toMatchObject({ url: seen.url, readTimeout: 900, debug: true, name: "renamed" });
    const url = `http://127.0.0.1:9/b?to=${to}`;
    const put = await call("PUT", path, { messenger: { ...seen, url, readTimeout: 800 } });
    expect([put.status, put.text]).toEqual([200, expect.anything()]);
    expect(put.body.messenger).toMatchObject({ url, readTimeout: 800 });
    const { config, secrets } = (await callNative(gateway.url, owner, ["GET", `/providers/${native.id}`])).body;
    expect(config).toMatchObject({ format: "template", requests: [{ url, body }], readTimeoutMs: 800 });
    expect([config.authentication, secrets]).toEqual([{ method: "BEARER" }, ["authToken"]]);
  });

  it("keeps headers that are secrets out of everybody else's sight", async () => {
    const made = await create(genericMessenger());
    const owner = basic(gateway.accountSid, gateway.authToken);
    const { text } = await call("GET", pathOf(made));
    expect(text).toContain("very-secret");
    const native = (await callNative(gateway.url, owner, ["GET", `/providers/${made.id}`])).body;
    expect(native.config.headers).toEqual({ "X-App": "demo" });
    const [{ leaks = -1 } = {}] = await gateway.db.query<{ leaks: number }>(
      `select (select count(*) from providers p where p::text ~ 'very-secret|a-password')::integer
         + (select count(*) from audit a where a::text ~ 'very-secret|a-password')::integer as leaks`,
    );
    expect(leaks).toBe(0);
  });

  it("has no built-in sandbox for this dialect", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const { body } = await callNative(gateway.url, owner, ["GET", "/providers"]);
    const sandbox = body.providers.find((one: { builtIn: boolean }) => one.builtIn);
    expect((await call("GET", `/api/messenger/${sandbox.id}`)).status).toBe(404);
    expect((await call("DELETE", `/api/messenger/${sandbox.id}`)).status).toBe(404);
  });
});
