import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { type Answer, basic, type Call, callsOf } from "../../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const codeOf = async (answer: Promise<Answer>) => {
  const { status, json } = await answer;
  return [status, json?.["code"]];
};
const messages = (account: TestAccount = gateway) => `/2010-04-01/Accounts/${account.accountSid}/Messages.json`;

interface MadeKey {
  readonly sid: string;
  readonly authorization: string;
}

async function makeKey(path = "/Keys.json", form: Record<string, string> = {}, by: Call = call): Promise<MadeKey> {
  const { status, json, text } = await by(path, { method: "POST", form });
  expect(status, text).toBe(201);
  expect(json?.["secret"]).toMatch(/^[0-9A-Za-z]{32}$/);
  return { sid: String(json?.["sid"]), authorization: basic(String(json?.["sid"]), String(json?.["secret"])) };
}

function makeRestricted(...allow: string[]): Promise<MadeKey> {
  const form = { AccountSid: gateway.accountSid, KeyType: "restricted", Policy: JSON.stringify({ allow }) };
  return makeKey("/v1/Keys", form);
}

describe("a key", () => {
  it("authenticates at once, shows its secret once, and is kept as a hash", async () => {
    const { sid, authorization } = await makeKey("/Keys.json", { FriendlyName: "ci", KeyType: "restricted" });
    expect(await codeOf(call(messages(), { authorization }))).toEqual([200, undefined]);
    const { json } = await call(`/Keys/${sid}.json`);
    expect(Object.keys(json ?? {})).toEqual(["sid", "friendly_name", "date_created", "date_updated"]);
    expect(json).toMatchObject({ sid, friendly_name: "ci" });
    const secret = Buffer.from(authorization.slice(6), "base64").toString().slice(35);
    const stored = await gateway.db.query(
      "select k.*, a.* from api_keys k join audit a on a.subject = $1 where k.id = $2",
      [sid, sid.slice(2)],
    );
    expect(stored).toMatchObject([{ action: "api-key.created", policy: null }]);
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it("is the same under Keys and SigningKeys, and in iam", async () => {
    const { sid } = await makeKey("/SigningKeys.json");
    for (const path of [`/Keys/${sid}.json`, `/SigningKeys/${sid}.json`, `/v1/Keys/${sid}`]) {
      expect((await call(path)).json).toMatchObject({ sid, friendly_name: null });
    }
    expect((await call("/SigningKeys.json?PageSize=1")).json).toMatchObject({ signing_keys: [{ sid }] });
    expect((await call("/Keys.json?PageSize=1")).json).toMatchObject({ keys: [{ sid }] });
    expect((await call(`/Keys/${sid}`)).text).toContain(`<Key><Sid>${sid}</Sid>`);
  });

  it("is renamed, and refuses a name that is none", async () => {
    const { sid } = await makeKey();
    expect((await call(`/Keys/${sid}.json`, { form: { FriendlyName: "new" } })).json).toMatchObject({
      friendly_name: "new",
    });
    expect((await call(`/Keys/${sid}.json`, { method: "POST" })).json).toMatchObject({ friendly_name: "new" });
    expect(await codeOf(call(`/Keys/${sid}.json`, { form: { FriendlyName: "x".repeat(65) } }))).toEqual([400, 20002]);
    expect(await codeOf(call("/Keys.json", { form: { FriendlyName: "x".repeat(65) } }))).toEqual([400, 20002]);
  });

  it("that is deleted is refused within a second in every process, and is gone", async () => {
    const sibling = await gateway.startSibling();
    try {
      const { sid, authorization } = await makeKey();
      const use = (url: string) => codeOf(callsOf(url, gateway)(messages(), { authorization }));
      expect([await use(gateway.url), await use(sibling.url)]).toEqual([
        [200, undefined],
        [200, undefined],
      ]);
      expect((await call(`/Keys/${sid}.json`, { method: "DELETE" })).status).toBe(204);
      expect(await use(gateway.url)).toEqual([401, 20003]);
      await expect.poll(() => use(sibling.url), { interval: 50 }).toEqual([401, 20003]);
      expect(await codeOf(call(`/Keys/${sid}.json`, { method: "DELETE" }))).toEqual([404, 20404]);
      expect(await codeOf(call(`/v1/Keys/${sid}`))).toEqual([404, 20404]);
    } finally {
      await sibling.stop();
    }
  });

  it("is one of 1000 at most, also for several at once", async () => {
    const full = await gateway.addAccount();
    await gateway.db.query(
      "insert into api_keys (account_id, id, secret_hash) select $1::uuid, gen_random_uuid(), '\\x00' from generate_series(1, 998)",
      [full.accountSid.slice(2)],
    );
    const callFull = callsOf(gateway.url, full);
    const answers = await Promise.all([1, 2, 3].map(() => codeOf(callFull("/Keys.json", { method: "POST" }))));
    expect(answers.sort()).toEqual([
      [201, undefined],
      [400, 70151],
      [400, 70151],
    ]);
  });
});

describe("who manages keys", () => {
  const ways = (sid: string, account = gateway.accountSid) =>
    [
      ["GET", "/Keys.json"],
      ["POST", "/Keys.json"],
      ["GET", `/Keys/${sid}.json`],
      ["POST", `/Keys/${sid}.json`],
      ["DELETE", `/Keys/${sid}.json`],
      ["GET", "/SigningKeys.json"],
      ["GET", `/v1/Keys?AccountSid=${account}`],
      ["POST", "/v1/Keys", { AccountSid: account }],
      ["GET", `/v1/Keys/${sid}`],
      ["POST", `/v1/Keys/${sid}`],
      ["DELETE", `/v1/Keys/${sid}`],
    ] as const;

  it("is who has main credentials: no API key, standard or restricted, and no lesser role", async () => {
    const { sid, authorization } = await makeKey();
    const restricted = await makeRestricted("/twilio/iam/keys/*", "/twilio/messaging/messages/*");
    for (const each of [authorization, restricted.authorization, `Bearer ${gateway.viewerKey}`]) {
      for (const [method, path, form] of ways(sid)) {
        const answer = call(path, { method, authorization: each, ...(form === undefined ? {} : { form }) });
        expect(await codeOf(answer), `${method} ${path}`).toEqual([401, 20003]);
      }
    }
    expect((await call(`/Keys/${sid}.json`)).status).toBe(200);
  });

  it("is not another account, a subaccount for its parent's, or a suspended account", async () => {
    const { sid } = await makeKey();
    const [stranger, child] = [await gateway.addAccount(), await gateway.addAccount(gateway.accountSid)];
    for (const account of [stranger, child]) {
      const callOther = callsOf(gateway.url, account);
      for (const [method, path, form] of ways(sid)) {
        const named = path.startsWith("/v1") ? path : `/2010-04-01/Accounts/${gateway.accountSid}${path}`;
        const answer = callOther(named, { method, ...(form === undefined ? {} : { form }) });
        expect(await codeOf(answer), `${method} ${path}`).toEqual([404, 20404]);
      }
    }
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [child.accountSid.slice(2)]);
    const suspended = callsOf(gateway.url, child);
    await expect.poll(() => codeOf(suspended("/Keys.json"))).toEqual([403, 20005]);
  });

  it("is a parent, for its subaccount's keys, as long as that is active", async () => {
    const child = await gateway.addAccount(gateway.accountSid);
    const v2010 = await makeKey(`/2010-04-01/Accounts/${child.accountSid}/Keys.json`);
    const iam = await makeKey("/v1/Keys", { AccountSid: child.accountSid });
    for (const { sid, authorization } of [v2010, iam]) {
      expect(await codeOf(call(messages(child), { authorization }))).toEqual([200, undefined]);
      expect((await call(`/v1/Keys/${sid}`)).status).toBe(200);
      expect(await codeOf(call(messages(), { authorization }))).toEqual([404, 20404]);
    }
    const suspend = { form: { Status: "suspended" } };
    expect((await call(`/2010-04-01/Accounts/${child.accountSid}.json`, suspend)).status).toBe(200);
    expect((await call(`/v1/Keys/${iam.sid}`)).status).toBe(200);
    expect(await codeOf(call(`/v1/Keys/${iam.sid}`, { method: "DELETE" }))).toEqual([403, 20005]);
    expect(await codeOf(call("/v1/Keys", { form: { AccountSid: child.accountSid } }))).toEqual([403, 20005]);
  });
});

describe("iam's list of keys", () => {
  it("pages both ways by absolute URLs that name the account", async () => {
    const account = await gateway.addAccount();
    const callIts = callsOf(gateway.url, account);
    const made = [account.apiKey.sid];
    for (const _ of [1, 2, 3, 4]) made.unshift((await makeKey("/Keys.json", {}, callIts)).sid);
    const page = async (path: string) => {
      const { json } = await callIts(path);
      return json as unknown as { keys: { sid: string; flags: string[] }[]; meta: Record<string, string> };
    };
    const one = await page(`/v1/Keys?AccountSid=${account.accountSid}&PageSize=2`);
    expect(one.meta["url"]).toContain(`${gateway.url}/v1/Keys?AccountSid=${account.accountSid}&PageSize=2&Page=0`);
    expect(one.keys[0]?.flags).toEqual(["rest_api", "signing"]);
    const follow = (link: string | undefined) => page(String(link).slice(gateway.url.length));
    const two = await follow(one.meta["next_page_url"]);
    const three = await follow(two.meta["next_page_url"]);
    expect([one, two, three].flatMap(({ keys }) => keys.map(({ sid }) => sid))).toEqual(made);
    expect(three.meta["next_page_url"]).toBeNull();
    expect((await follow(two.meta["previous_page_url"])).keys).toEqual(one.keys);
  });

  it("needs the account", async () => {
    expect(await codeOf(call("/v1/Keys"))).toEqual([400, 20001]);
    expect(await codeOf(call("/v1/Keys", { method: "POST" }))).toEqual([400, 20001]);
  });
});

describe("a restricted key", () => {
  const allowed = "/twilio/messaging/messages/read";

  it("may do what its policy lists and is told the name of what it lacks", async () => {
    const from = { To: "+15558675310", From: gateway.numbers[0], Body: "x" };
    const sid = String((await call("/Messages.json", { form: from })).json?.["sid"]);
    const { authorization } = await makeRestricted(allowed, "/twilio/messaging/services/*");
    expect((await call(`/Messages/${sid}.json`, { authorization })).status).toBe(200);
    expect((await call(`/v1/Services/${gateway.serviceSid}`, { authorization })).status).toBe(200);
    expect((await call("/v1/Services", { authorization, form: { FriendlyName: "x" } })).status).toBe(201);
    const refused = [
      ["GET", "/Messages.json", "messaging/messages/list"],
      ["GET", "/Messages.csv", "messaging/messages/list"],
      ["POST", "/Messages", "messaging/messages/create"],
      ["DELETE", `/Messages/${sid}.json`, "messaging/messages/delete"],
      ["POST", `/Messages/${sid}.json`, "messaging/messages/update"],
      ["GET", `/Messages/${sid}/Media.json`, "messaging/messages.media/list"],
      ["GET", "/Balance.json", "billing/balance/read"],
      ["GET", `/v1/Services/${gateway.serviceSid}/PhoneNumbers`, "messaging/services.phonenumbers/list"],
      ["GET", "/IncomingPhoneNumbers.json", "numbers/incoming-phone-numbers/list"],
    ] as const;
    for (const [method, path, permission] of refused) {
      const { status, text } = await call(path, { method, authorization });
      expect(status).toBe(401);
      expect(text).toContain(`Authorization Error: required permission twilio/${permission} is missing`);
      expect(text).toContain("70051");
    }
    expect((await call(`/Messages/${sid}.json`)).status).toBe(200);
    expect(await codeOf(call(`/2010-04-01/Accounts/${gateway.accountSid}.json`, { authorization }))).toEqual([
      401, 20003,
    ]);
    expect(await codeOf(call("/Nothing.json", { authorization }))).toEqual([404, 20404]);
  });

  it("is not let into the gateway's own API, whose resources no policy names", async () => {
    const { authorization } = await makeRestricted(allowed);
    const response = await fetch(`${gateway.url}/trunkline/v1/messages`, { headers: { authorization } });
    expect(response.status).toBe(403);
  });

  it("gets another policy, which counts at once", async () => {
    const { sid, authorization } = await makeRestricted(allowed);
    expect(await codeOf(call(messages(), { authorization }))).toEqual([401, 70051]);
    const policy = { allow: ["/twilio/messaging/messages/list"] };
    const { json } = await call(`/v1/Keys/${sid}`, {
      form: { Policy: JSON.stringify(policy), FriendlyName: "lister" },
    });
    expect(json).toMatchObject({ sid, policy, friendly_name: "lister" });
    expect(await codeOf(call(messages(), { authorization }))).toEqual([200, undefined]);
    // A rename by another way leaves the policy alone.
    await call(`/Keys/${sid}.json`, { form: { FriendlyName: "x" } });
    expect((await call(`/v1/Keys/${sid}`)).json).toMatchObject({ policy, friendly_name: "x" });
  });

  it.each([
    [{ KeyType: "restricted" }],
    [{ KeyType: "restricted", Policy: "{}" }],
    [{ KeyType: "restricted", Policy: '{"allow":["*"]}' }],
    [{ KeyType: "main" }],
    [{ Policy: '{"allow":["/twilio/messaging/messages/read"]}' }],
  ])("is not made of %o", async (form) => {
    const count = () => gateway.db.query("select count(*) from api_keys");
    const before = await count();
    expect(await codeOf(call("/v1/Keys", { form: { AccountSid: gateway.accountSid, ...form } }))).toEqual([400, 20001]);
    expect(await count()).toEqual(before);
  });

  it("cannot be made of a standard one", async () => {
    const { sid } = await makeKey();
    const form = { Policy: JSON.stringify({ allow: [allowed] }) };
    expect(await codeOf(call(`/v1/Keys/${sid}`, { form }))).toEqual([400, 20001]);
    expect((await call(`/v1/Keys/${sid}`)).json).toMatchObject({ policy: null });
  });
});

describe("bad input about keys", () => {
  it("is refused as a whole, or done", async () => {
    const { sid } = await makeRestricted("/twilio/messaging/messages/read");
    const value = fc.oneof(
      fc.constantFrom(
        "",
        " ",
        "restricted",
        "standard",
        '{"allow":["/twilio/x/y/read"]}',
        '{"allow":[]}',
        "x".repeat(65),
      ),
      fc.string({ unit: "grapheme" }),
      fc.json(),
    );
    const form = fc.record({ FriendlyName: value, KeyType: value, Policy: value }, { requiredKeys: [] });
    const account = { AccountSid: gateway.accountSid };
    await fc.assert(
      fc.asyncProperty(form, async (given) => {
        expect([201, 400]).toContain((await call("/v1/Keys", { form: { ...account, ...given } })).status);
        expect([201, 400]).toContain((await call("/Keys.json", { method: "POST", form: given })).status);
        const before = (await call(`/v1/Keys/${sid}`)).json;
        const { status, json } = await call(`/v1/Keys/${sid}`, { method: "POST", form: given });
        expect([200, 400]).toContain(status);
        expect((await call(`/v1/Keys/${sid}`)).json).toEqual(status === 200 ? json : before);
      }),
      { numRuns: 50 },
    );
  });

  it("in paths is a 404", async () => {
    for (const sid of ["SK1", `AC${"0".repeat(32)}`, `SK${"0".repeat(32)}`, "%27", "SKxyz.json"]) {
      expect(await codeOf(call(`/Keys/${sid}.json`))).toEqual([404, 20404]);
      expect(await codeOf(call(`/v1/Keys/${sid}`, { method: "DELETE" }))).toEqual([404, 20404]);
    }
  });
});
