import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as model from "../../../../test/conformance/pingone-models.ts";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import {
  missingVerifyService,
  type OddTwilio,
  oddNumbers,
  startOddTwilio,
} from "../../../../test/support/odd-twilio.ts";
import {
  firstDetail,
  type PingOneAnswer,
  type PingOneClient,
  pingOneClient,
  settingsPath,
} from "../../../../test/support/pingone.ts";
import { uuidOf } from "../../../core/ids.ts";

let odd: OddTwilio;
let gateway: TestGateway;
let client: PingOneClient;
/** Asked at the start, because it takes as long as the gateway's patience. */
let slow: Promise<PingOneAnswer>;

beforeAll(async () => {
  odd = await startOddTwilio();
  gateway = await startTestGateway({ environment: { TRUNKLINE_TWILIO_BASE_URL: odd.origin } });
  client = await pingOneClient(gateway);
  const slowClient = await pingOneClient(gateway, await gateway.addAccount());
  slow = slowClient.call("POST", settingsPath, twilio({ sid: odd.sidOf("hangs") }));
}, 60_000);
afterAll(async () => {
  await slow;
  await gateway.stop();
  await odd.close();
}, 30_000);

beforeEach(async () => {
  odd.up = true;
  odd.token = "good-token";
  odd.numbers = Object.values(oddNumbers);
  const { body } = await client.call("GET", settingsPath);
  for (const { id } of body._embedded.phoneDeliverySettings) await client.call("DELETE", `${settingsPath}/${id}`);
});

function twilio(changes: Record<string, unknown> = {}) {
  return { provider: "CUSTOM_TWILIO", sid: odd.sidOf("good"), authToken: "good-token", ...changes };
}
const services = (changes: Record<string, unknown> = {}) =>
  twilio({ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE", name: "Services", ...changes });
const custom = (changes: object = {}) => ({
  ...{ provider: "CUSTOM_PROVIDER", name: "Own", authentication: { method: "BEARER", authToken: "secret-word" } },
  requests: [{ deliveryMethod: "SMS", method: "GET", url: `https://sms.example/?to=${to}&text=${message}` }],
  ...changes,
});
const [to, message] = ["to", "message"].map((name) => `$${`{${name}}`}`);
const create = (body: unknown) => client.call("POST", settingsPath, body);
const put = (id: string, body: unknown) => client.call("PUT", `${settingsPath}/${id}`, body);
const count = async () => (await client.call("GET", settingsPath)).body.count;
const configOf = async (id: string) => {
  const [row] = await gateway.db.query<{ config: Record<string, unknown> }>(
    "select config from providers where id = $1",
    [id],
  );
  return row?.config;
};

describe("creating with a provider's account that", () => {
  it.each([
    ["rejects", 400, { code: "INVALID_VALUE", target: "authToken" }],
    ["unknown", 400, { code: "INVALID_VALUE", target: "sid" }],
    ["suspended", 400, { code: "INVALID_VALUE", target: "sid" }],
    ["numberless", 400, { code: "CONSTRAINT_VIOLATION", target: "sid" }],
    ["fails", 503, undefined],
    ["busy", 503, undefined],
    ["garbage", 503, undefined],
    ["lies", 503, undefined],
    ["resets", 503, undefined],
  ] as const)("%s is answered as documented, and nothing is stored", async (behaviour, status, detail) => {
    const answer = await create(twilio({ sid: odd.sidOf(behaviour) }));
    model.errorBody.parse(answer.body);
    expect(answer.status).toBe(status);
    if (detail !== undefined) expect(firstDetail(answer)).toMatchObject(detail);
    if (status === 503) {
      expect(answer.body.code).toBe("UNEXPECTED_ERROR");
      expect(answer.headers.get("retry-after")).toBe("5");
    }
    expect(answer.text).not.toContain("good-token");
    expect(await count()).toBe(0);
  });

  it("has no messaging services is taken: they can be made later", async () => {
    const answer = await create(services({ sid: odd.sidOf("numberless") }));
    expect([answer.status, answer.body.messagingServices]).toEqual([201, []]);
  });

  it("never answers is given up within the patience of clients", async () => {
    const answer = await slow;
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  }, 25_000);
});

describe("numbers", () => {
  it("show what the account has, by type and capability", async () => {
    const { body } = await create(twilio());
    model.twilioSetting.parse(body);
    const shown = body.numbers.map((one: Record<string, unknown>) => [one["number"], one["type"], one["capabilities"]]);
    expect(shown).toEqual([
      ["+12025550111", "PHONE_NUMBER", ["SMS", "VOICE"]],
      ["+12025550113", "PHONE_NUMBER", ["VOICE"]],
      ["+18005550112", "TOLL_FREE", ["SMS", "VOICE"]],
      ["+4915123456789", "PHONE_NUMBER", ["SMS"]],
      ["72345", "SHORT_CODE", ["SMS"]],
    ]);
  });

  it("that are selected are what is sent from: those of certain countries first, voice alone never", async () => {
    const { body: made } = await create(twilio());
    expect(await configOf(made.id)).toMatchObject({ fromNumbers: [] });
    const selected = ["+12025550111", "+12025550113", "+18005550112", "72345"];
    const numbers = made.numbers.map((one: { number: string }) => ({
      ...one,
      selected: selected.includes(one.number),
      ...(one.number === "72345" ? { supportedCountries: ["CA"] } : {}),
    }));
    const answer = await put(made.id, twilio({ numbers }));
    expect(answer.body.numbers.filter((one: { selected: boolean }) => one.selected)).toHaveLength(4);
    expect(await configOf(made.id)).toMatchObject({
      fromNumbers: [
        { number: "+18005550112", countries: ["US"] },
        { number: "72345", countries: ["CA"] },
        { number: "+12025550111" },
      ],
    });
    const single = await put(
      made.id,
      twilio({ numbers: [{ number: "+4915123456789", type: "PHONE_NUMBER", selected: true }] }),
    );
    expect(single.body.numbers.filter((one: { selected: boolean }) => one.selected)).toMatchObject([
      { number: "+4915123456789" },
    ]);
    expect(await configOf(made.id)).not.toHaveProperty("fromNumbers");
    expect(await configOf(made.id)).toMatchObject({ fromNumber: "+4915123456789" });
  });

  it("that vanish stay while they are selected, and are dropped otherwise", async () => {
    const { body: made } = await create(twilio());
    await put(made.id, twilio({ numbers: [{ number: "+4915123456789", type: "PHONE_NUMBER", selected: true }] }));
    odd.numbers = [oddNumbers.local];
    const { body } = await put(made.id, twilio());
    expect(body.numbers).toMatchObject([
      { number: "+12025550111", selected: false, available: true },
      { number: "72345" },
      { number: "+4915123456789", selected: true, available: false },
    ]);
    const after = await put(made.id, twilio({ numbers: [] }));
    expect(after.body.numbers.map((one: { number: string }) => one.number)).toEqual(["+12025550111", "72345"]);
  });

  it.each([
    [[{ number: "+15005550006", type: "PHONE_NUMBER", selected: true }], "numbers[0].number"],
    [[{ number: "72345", type: "SHORT_CODE", supportedCountries: ["US", "CA"] }], "numbers[0].supportedCountries"],
    [[{ number: "72345", type: "SHORT_CODE", supportedCountries: [] }], "numbers[0].supportedCountries"],
    [[{ number: "+12025550111", type: "PHONE_NUMBER", supportedCountries: ["US"] }], "numbers[0].supportedCountries"],
    [[{ number: "72345", type: "SHORT_CODE", supportedCountries: ["XX"] }], "numbers[0].supportedCountries[0]"],
    [[{ number: "72345" }], "numbers[0].type"],
    [[{ number: 72345, type: "SHORT_CODE" }], "numbers[0].number"],
    [[{ number: "7".repeat(65), type: "SHORT_CODE" }], "numbers[0].number"],
    ["all", "numbers"],
  ])("%j are refused and change nothing", async (numbers, target) => {
    const { body: made } = await create(twilio());
    const answer = await put(made.id, twilio({ numbers }));
    expect(answer.status).toBe(400);
    expect(firstDetail(answer)).toMatchObject({ target });
    expect(firstDetail(answer).code).not.toBe("INVALID_VALUE");
    expect((await client.call("GET", `${settingsPath}/${made.id}`)).body).toEqual(made);
  });

  it("of a number that another dialect has set show as selected", async () => {
    const { body: made } = await create(twilio());
    await changeNatively(made.id, { fromNumber: "+12025550111" });
    const { body } = await client.call("GET", `${settingsPath}/${made.id}`);
    expect(body.numbers.filter((one: { selected: boolean }) => one.selected)).toMatchObject([
      { number: "+12025550111" },
    ]);
    await put(made.id, twilio({ name: "Renamed" }));
    expect(await configOf(made.id)).toMatchObject({ fromNumber: "+12025550111" });
  });

  it("that another dialect has set are still sent from after the list came back as it was shown", async () => {
    const { body: made } = await create(twilio());
    // Not a number of the account, as far as is known here.
    const ofAnother = "+12025550199";
    await changeNatively(made.id, { fromNumber: ofAnother });
    const { body: shown } = await client.call("GET", `${settingsPath}/${made.id}`);
    expect(shown.numbers).toContainEqual({
      ...{ number: ofAnother, type: "PHONE_NUMBER" },
      ...{ selected: true, available: false },
    });
    expect((await put(made.id, shown)).status).toBe(200);
    expect(await configOf(made.id)).toMatchObject({ fromNumber: ofAnother });
    const more = shown.numbers.map((one: { number: string }) => ({
      ...one,
      selected: ["+12025550111", ofAnother].includes(one.number),
    }));
    expect((await put(made.id, { ...shown, numbers: more })).status).toBe(200);
    expect(await configOf(made.id)).toMatchObject({ fromNumber: "+12025550111" });
    const unknown = [...more, { number: "+12025550198", type: "PHONE_NUMBER", selected: true }];
    expect((await put(made.id, { ...shown, numbers: unknown })).status).toBe(400);
  });
});

async function changeNatively(id: string, changes: Record<string, unknown>): Promise<void> {
  const changed = await fetch(`${gateway.url}/trunkline/v1/providers/${id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${await ownerKey()}`, "content-type": "application/json" },
    body: JSON.stringify(changes),
  });
  expect(changed.status).toBe(200);
}

async function ownerKey(): Promise<string> {
  const { environmentId, clientId, clientSecret } = client;
  const response = await fetch(`${gateway.url}/${environmentId}/as/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

describe("messaging services", () => {
  const [one, two] = [`MG${"1".repeat(32)}`, `MG${"2".repeat(32)}`];
  const wish = (...selected: string[]) =>
    [one, two].map((messagingServiceId) => ({
      messagingServiceId,
      name: "x",
      selected: selected.includes(messagingServiceId),
    }));

  it("are selected one at a time, kept when they are not mentioned, and may all be given up", async () => {
    const { body: made } = await create(services());
    expect((await put(made.id, services({ messagingServices: wish(two) }))).body.messagingServices).toMatchObject([
      ...[{ selected: false }, { selected: true, messagingServiceId: two, name: "Two" }],
    ]);
    expect(await configOf(made.id)).toMatchObject({ messagingServiceSid: two });
    const omitted = await put(made.id, services({ messagingServices: [{ messagingServiceId: one, selected: true }] }));
    expect(omitted.body.messagingServices).toMatchObject([{ selected: true }, { selected: false }]);
    expect((await put(made.id, services())).body.messagingServices).toMatchObject([{ selected: true }, {}]);
    const none = await put(made.id, services({ messagingServices: wish() }));
    expect([none.status, await configOf(made.id)]).toEqual([200, expect.objectContaining({ fromNumbers: [] })]);
  });

  it("leave a number that another dialect has set beside them, when they come back as they were shown", async () => {
    const { body: made } = await create(services());
    for (const selected of [undefined, one]) {
      if (selected !== undefined) await put(made.id, services({ messagingServices: wish(selected) }));
      await changeNatively(made.id, { fromNumber: "+12025550111" });
      const { body: shown } = await client.call("GET", `${settingsPath}/${made.id}`);
      expect((await put(made.id, shown)).body.messagingServices).toEqual(shown.messagingServices);
      expect(await configOf(made.id)).toMatchObject({ fromNumber: "+12025550111" });
    }
  });

  it("two at once, and unknown ones, are refused", async () => {
    const { body: made } = await create(services());
    const both = await put(made.id, services({ messagingServices: wish(one, two) }));
    expect([both.status, firstDetail(both)]).toEqual([
      400,
      expect.objectContaining({ code: "CONSTRAINT_VIOLATION", target: "messagingServices" }),
    ]);
    const unknown = [{ messagingServiceId: `MG${"9".repeat(32)}`, selected: true }];
    const foreign = await put(made.id, services({ messagingServices: unknown }));
    expect(firstDetail(foreign)).toMatchObject({
      ...{ code: "CONSTRAINT_VIOLATION", target: "messagingServices[0].messagingServiceId" },
      innerError: { allowedValues: [one, two] },
    });
  });
});

describe("rotating the token by PUT", () => {
  it("takes a good one, keeps the id and the selection, and changes nothing for a bad one or in an outage", async () => {
    const { body: made } = await create(services());
    await put(
      made.id,
      services({ messagingServices: [{ messagingServiceId: `MG${"1".repeat(32)}`, selected: true }] }),
    );
    const bad = await put(made.id, services({ authToken: "wrong-token", name: "Changed" }));
    expect([bad.status, firstDetail(bad)]).toEqual([
      400,
      expect.objectContaining({ code: "INVALID_VALUE", target: "authToken" }),
    ]);
    odd.token = "next-token";
    odd.up = false;
    expect((await put(made.id, services({ authToken: "next-token" }))).status).toBe(503);
    odd.up = true;
    const good = await put(made.id, services({ authToken: "next-token" }));
    expect(good.body).toMatchObject({ id: made.id, name: "Services", messagingServices: [{ selected: true }, {}] });
    const auth = odd.requests.at(-1)?.headers.authorization ?? "";
    expect(Buffer.from(auth.slice(6), "base64").toString()).toMatch(/:next-token$/);
    expect(good.text).not.toContain("next-token");
  });

  it("is not needed: without a token a change is stored although the provider is away", async () => {
    const { body: made } = await create(twilio());
    odd.up = false;
    const answer = await put(made.id, { provider: "CUSTOM_TWILIO", sid: odd.sidOf("good"), name: "Offline" });
    expect([answer.status, answer.body.name, answer.body.numbers.length]).toEqual([200, "Offline", 5]);
  });
});

describe("a body that is wrong", () => {
  it.each<[body: unknown, code: string, target: string]>([
    ["{", "INVALID_REQUEST", "body"],
    ["[]", "INVALID_REQUEST", "body"],
    ["null", "INVALID_REQUEST", "body"],
    ["{}", "INVALID_DATA", "provider"],
    [{ provider: null }, "INVALID_DATA", "provider"],
    [{ provider: "PINGONE_TWILIO" }, "INVALID_DATA", "provider"],
    [{ provider: "CUSTOM_TWILIO" }, "INVALID_DATA", "sid"],
    [{ provider: "CUSTOM_TWILIO", sid: 1, authToken: "x" }, "INVALID_DATA", "sid"],
    [{ provider: "CUSTOM_TWILIO", sid: "AC1", authToken: "" }, "INVALID_DATA", "authToken"],
    [{ provider: "CUSTOM_TWILIO", sid: "AC1", authToken: "x".repeat(5000) }, "INVALID_DATA", "authToken"],
    [{ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE", sid: "AC1", authToken: "x" }, "INVALID_DATA", "name"],
    [{ provider: "CUSTOM_TWILIO_VERIFY", sid: "AC1", authToken: "x" }, "INVALID_DATA", "verifyServiceId"],
    [{ provider: "CUSTOM_SYNIVERSE", sid: "" }, "INVALID_DATA", "authToken"],
    [{ provider: "CUSTOM_PROVIDER" }, "INVALID_DATA", "name"],
  ])("(%j) is refused, naming the field", async (body, code, target) => {
    const answer = await create(body);
    model.errorBody.parse(answer.body);
    expect([answer.status, answer.body.code, firstDetail(answer).target]).toEqual([400, code, target]);
    expect(await count()).toBe(0);
  });

  it.each<[changes: object, target: string, code: string]>([
    [{ name: "" }, "name", "EMPTY_VALUE"],
    [{ name: " \t" }, "name", "EMPTY_VALUE"],
    [{ name: "x".repeat(201) }, "name", "SIZE_LIMIT_EXCEEDED"],
    [{ name: "a\u0000b" }, "name", "CONSTRAINT_VIOLATION"],
    [{ requests: [] }, "requests", "CONSTRAINT_VIOLATION"],
    [{ requests: [{ deliveryMethod: "SMS" }] }, "requests[0].method", "REQUIRED_VALUE"],
    [
      { requests: [{ deliveryMethod: "SMS", method: "PUT", url: "https://a.example" }] },
      "requests[0].method",
      "CONSTRAINT_VIOLATION",
    ],
    [
      { requests: [{ deliveryMethod: "SMS", method: "GET", url: "ftp://a.example/" }] },
      "requests[0].url",
      "CONSTRAINT_VIOLATION",
    ],
    [
      { requests: [{ deliveryMethod: "SMS", method: "GET", url: "http://a.example/" }] },
      "requests[0].url",
      "CONSTRAINT_VIOLATION",
    ],
    [
      { requests: [{ deliveryMethod: "SMS", method: "GET", url: "https://a.example/" }] },
      "requests[0].url",
      "CONSTRAINT_VIOLATION",
    ],
    [
      { requests: [{ deliveryMethod: "SMS", method: "POST", url: "https://a.example/" }] },
      "requests[0].body",
      "CONSTRAINT_VIOLATION",
    ],
    [{ authentication: {} }, "authentication.method", "REQUIRED_VALUE"],
    [{ authentication: { method: "BASIC", username: "u" } }, "authentication.password", "REQUIRED_VALUE"],
    [{ authentication: { method: "DIGEST" } }, "authentication.method", "CONSTRAINT_VIOLATION"],
    [{ authentication: { method: "NONE" } }, "authentication.method", "CONSTRAINT_VIOLATION"],
    [
      { authentication: { method: "OAUTH2", grantType: "JWT_BEARER", authUrl: "https://a.example/", assertion: "no" } },
      "authentication.assertion",
      "CONSTRAINT_VIOLATION",
    ],
    [{ numbers: [{ number: "12345", type: "SHORT_CODE" }] }, "numbers[0].supportedCountries", "CONSTRAINT_VIOLATION"],
    [
      { numbers: [{ number: "12345", type: "SHORT_CODE", supportedCountries: ["GB", "US"] }] },
      "numbers[0].supportedCountries",
      "CONSTRAINT_VIOLATION",
    ],
  ])("of a custom provider (%j) is refused, naming the field", async (changes, target, code) => {
    const answer = await create(custom(changes));
    model.errorBody.parse(answer.body);
    expect([answer.status, firstDetail(answer)]).toEqual([400, expect.objectContaining({ target, code })]);
    expect(answer.text).not.toContain("secret-word");
    expect(await count()).toBe(0);
  });

  it("of another type is a 415, and of another method a 405", async () => {
    const form = await client.call("POST", settingsPath, "a=b", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect([form.status, form.body.code]).toEqual([415, "INVALID_REQUEST"]);
    const patch = await client.call("PATCH", settingsPath, {});
    expect([patch.status, patch.body.code]).toEqual([405, "INVALID_REQUEST"]);
    // Not the preflight answer of Twilio's product APIs, which lie under /v1 as well.
    const options = await client.call("OPTIONS", settingsPath);
    expect([options.status, options.body?.code]).toEqual([405, "INVALID_REQUEST"]);
    expect(options.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("of bytes that are no UTF-8 is malformed", async () => {
    const { environmentId } = client;
    const answer = await fetch(`${gateway.url}/v1/environments/${environmentId}${settingsPath}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await ownerKey()}`, "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(custom({ name: "Zo\u00eb" })), "latin1"),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, "INVALID_REQUEST"]);
    expect(await count()).toBe(0);
  });

  it("has all that is wrong in one answer", async () => {
    const { body } = await create({ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE" });
    expect(body.details.map(({ target }: { target: string }) => target)).toEqual(["sid", "authToken", "name"]);
    const unreadable = await create({ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE", name: "", numbers: "all" });
    expect(unreadable.body.details.map(({ target }: { target: string }) => target).sort()).toEqual([
      ...["authToken", "name", "numbers", "sid"],
    ]);
  });
});

describe("a setting", () => {
  it("has a name of its own, which it may keep, also without its id in the body", async () => {
    const { body: first } = await create(services({ name: "first" }));
    const second = await create(services({ name: "first" }));
    expect([second.status, firstDetail(second)]).toEqual([
      400,
      expect.objectContaining({ code: "UNIQUENESS_VIOLATION", target: "name", innerError: { existingId: first.id } }),
    ]);
    expect((await put(first.id, services({ name: "first" }))).status).toBe(200);
    const { body: other } = await create(services({ name: "second" }));
    expect(firstDetail(await put(other.id, services({ name: "first" }))).code).toBe("UNIQUENESS_VIOLATION");
    expect((await create(services({ name: "First" }))).status).toBe(201);
  });

  it("need not have a name, and shows none then", async () => {
    const { body } = await create(twilio());
    expect(body).not.toHaveProperty("name");
    expect((await create(twilio())).status).toBe(201);
    expect((await put(body.id, twilio({ name: "Named" }))).body.name).toBe("Named");
  });

  it("is one of ten, also when many come at once", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => create(custom({ name: `n${n}` }))));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(2);
    for (const answer of refused) {
      expect([answer.status, firstDetail(answer)]).toEqual([
        400,
        expect.objectContaining({ code: "CONSTRAINT_VIOLATION", innerError: { maximumValue: 10 } }),
      ]);
    }
    expect(await count()).toBe(10);
  });

  it("keeps its id, its provider and its sid", async () => {
    const { body: made } = await create(twilio());
    for (const [changes, target] of [
      [{ id: client.environmentId }, "id"],
      [{ sid: odd.sidOf("numberless") }, "sid"],
      [{ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE" }, "provider"],
    ] as const) {
      const answer = await put(made.id, twilio(changes));
      expect([answer.status, firstDetail(answer)]).toEqual([
        400,
        expect.objectContaining({ code: "CONSTRAINT_VIOLATION", target }),
      ]);
    }
  });

  it("takes its own answer back", async () => {
    for (const wish of [twilio(), services(), custom()]) {
      const { body: made } = await create(wish);
      const { updatedAt: _before, ...same } = made;
      const answer = await put(made.id, made);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject(same);
    }
  });

  it("of another dialect, without authentication or https, may be sent back as it is shown", async () => {
    const owner = { authorization: `Bearer ${await ownerKey()}`, "content-type": "application/json" };
    const draft = { kind: "http", name: "Hook", format: "fusionauth", endpoint: "http://sms.example/hook" };
    const made = await fetch(`${gateway.url}/trunkline/v1/providers`, {
      ...{ method: "POST", headers: owner },
      body: JSON.stringify(draft),
    });
    const { id } = (await made.json()) as { id: string };
    const before = await configOf(id);
    const { body: shown } = await client.call("GET", `${settingsPath}/${id}`);
    const answer = await put(id, { ...shown, name: "Renamed" });
    expect([answer.status, answer.body.name, answer.body.requests]).toEqual([200, "Renamed", shown.requests]);
    expect(await configOf(id)).toEqual(before);
    const other = { ...shown, requests: [{ ...shown.requests[0], url: "http://other.example/" }] };
    expect(firstDetail(await put(id, other)).target).toBe("requests[0].url");
    const authenticated = { ...shown, authentication: { method: "BEARER", authToken: "secret-word" } };
    expect((await put(id, authenticated)).body.authentication).toEqual({ method: "BEARER" });
    expect(firstDetail(await put(id, shown)).target).toBe("authentication.method");
  });

  it("with OAuth 2 says how its token endpoint wants the client to authenticate, if that could be found out", async () => {
    const { environmentId, clientId, clientSecret } = client;
    const oauth = (changes: object) => ({
      ...{ method: "OAUTH2", clientId, clientSecret, scopes: ["sms"] },
      ...{ authUrl: `${gateway.url}/${environmentId}/as/token`, ...changes },
    });
    const answer = await create(custom({ authentication: oauth({}) }));
    model.customSetting.parse(answer.body);
    const shown = { grantType: "CLIENT_CREDENTIALS", clientAuthenticationMethod: "BASIC_AUTH_HEADER", scopes: ["sms"] };
    expect(answer.body.authentication).toMatchObject(shown);
    expect(answer.text).not.toContain(clientSecret);
    const kept = await put(answer.body.id, custom({ authentication: oauth({ clientSecret: undefined }) }));
    expect(kept.body.authentication).toMatchObject(shown);
    const wrong = await put(answer.body.id, custom({ authentication: oauth({ clientSecret: "wrong" }) }));
    expect([wrong.status, wrong.body.authentication.clientAuthenticationMethod]).toEqual([200, undefined]);
    const bearer = oauth({ grantType: "JWT_BEARER", clientSecret: undefined });
    expect(firstDetail(await put(answer.body.id, custom({ authentication: bearer }))).target).toBe(
      "authentication.assertion",
    );
  });

  it("of Verify names its service, which may change to another one that there is", async () => {
    const verify = (verifyServiceId: string) => twilio({ provider: "CUSTOM_TWILIO_VERIFY", verifyServiceId });
    const [first, second] = [`VA${"1".repeat(32)}`, `VA${"2".repeat(32)}`];
    const none = await create(verify(missingVerifyService));
    expect([none.status, firstDetail(none).target, await count()]).toEqual([400, "verifyServiceId", 0]);
    const { body: made } = await create(verify(first));
    model.verifySetting.parse(made);
    expect((await put(made.id, verify(second))).body.verifyServiceId).toBe(second);
    expect((await put(made.id, verify(missingVerifyService))).status).toBe(400);
    const expanded = await client.call("GET", `${settingsPath}/${made.id}?expand=twilioverifytemplates`);
    expect([expanded.status, expanded.body.verifyServiceId]).toEqual([200, second]);
  });

  it("of Syniverse is kept and shown, and refused where it would have to send", async () => {
    const { body: made } = await create({ provider: "CUSTOM_SYNIVERSE", sid: "", authToken: "syniverse-token" });
    model.syniverseSetting.parse(made);
    const number = { number: "+12025550177", type: "PHONE_NUMBER", selected: true, capabilities: ["SMS"] };
    const changed = await put(made.id, { provider: "CUSTOM_SYNIVERSE", sid: "", numbers: [number] });
    expect(changed.body.numbers).toEqual([{ ...number, available: false }]);
    const test = await client.call("POST", `${settingsPath}/${made.id}/test`, { to: "+12025550142" });
    expect([test.status, firstDetail(test).message]).toEqual([400, expect.stringContaining("Syniverse")]);
  });

  it("is not there under a wrong id, in any method", async () => {
    for (const id of ["nothing", "00000000-0000-0000-0000-000000000000", "%00", client.environmentId]) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await client.call(method, `${settingsPath}/${id}`, method === "PUT" ? twilio() : undefined);
        expect([method, answer.status, answer.body.code]).toEqual([method, 404, "NOT_FOUND"]);
      }
    }
  });

  it("leaves an audit row with each change, without its secrets", async () => {
    const { body: made } = await create(twilio());
    await put(made.id, twilio({ name: "Named" }));
    await client.call("DELETE", `${settingsPath}/${made.id}`);
    const rows = await gateway.db.query(
      `select action, before, after from audit
       where account_id = $1 and subject = $2 and actor <> 'synchronisation' order by id`,
      [...[uuidOf(gateway.accountSid), made.id]],
    );
    expect(rows.map((row) => row["action"])).toEqual(["provider.created", "provider.updated", "provider.deleted"]);
    expect(JSON.stringify(rows)).not.toContain("good-token");
  });

  it("is seen at once in another process", async () => {
    const sibling = await gateway.startSibling();
    try {
      const { body: made } = await create(twilio({ name: "Mine" }));
      const token = await ownerKey();
      const url = `${sibling.url}/v1/environments/${client.environmentId}${settingsPath}/${made.id}`;
      const seen = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      expect([seen.status, ((await seen.json()) as { name: string }).name]).toEqual([200, "Mine"]);
    } finally {
      await sibling.stop();
    }
  });
});
