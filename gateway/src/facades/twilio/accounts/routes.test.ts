import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import { newAuthToken } from "../../../core/credentials/secrets.ts";
import { type AccountSid, newUuid } from "../../../core/ids.ts";
import { findAccount, setAuthTokens } from "../../../store/accounts.ts";
import { insertAccessKey } from "../../../store/credentials.ts";
import { loadProviders } from "../../../store/providers.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const accounts = "/2010-04-01/Accounts.json";
const at = (sid: string) => `/2010-04-01/Accounts/${sid}.json`;

interface Subaccount {
  readonly sid: AccountSid;
  readonly token: string;
  readonly call: Call;
}

async function makeSubaccount(form: Record<string, string> = {}): Promise<Subaccount> {
  const { json, status, text } = await call(accounts, { method: "POST", form });
  expect(status, text).toBe(201);
  const [sid, token] = [json?.["sid"] as AccountSid, String(json?.["auth_token"])];
  return { sid, token, call: callsOf(gateway.url, { ...gateway, accountSid: sid, authToken: token }) };
}

const codeOf = async (answer: ReturnType<Call>) => {
  const { status, json } = await answer;
  return [status, json?.["code"]];
};

describe("creating a subaccount", () => {
  it("gives it a token that works at once, a sandbox provider at the head of its chain, and an audit row", async () => {
    const { sid, token, call: callSub } = await makeSubaccount({ FriendlyName: "Shop Ä" });
    const { json } = await callSub(at(sid));
    expect(json).toMatchObject({
      ...{ sid, friendly_name: "Shop Ä", status: "active", type: "Full", auth_token: token },
      owner_account_sid: gateway.accountSid,
    });
    expect(Object.keys(json?.["subresource_uris"] ?? {})).toHaveLength(20);
    const account = await findAccount(gateway.db, gateway.sealer, sid);
    const providers = await loadProviders(gateway.db, gateway.sealer, sid);
    expect(account?.fallbackChain).toEqual(providers.map(({ id }) => id));
    expect(providers).toMatchObject([{ kind: "sandbox", builtIn: true }]);
    const audit = await gateway.db.query("select actor from audit where subject = $1 and action = 'account.created'", [
      sid,
    ]);
    expect(audit).toEqual([{ actor: `auth-token ${gateway.accountSid}` }]);
    const text = await gateway.db.query("select * from audit where account_id = $1::uuid", [sid.slice(2)]);
    expect(JSON.stringify(text)).not.toContain(token);
  });

  it("names it after the moment when no name is given", async () => {
    const { sid } = await makeSubaccount();
    const { json } = await call(at(sid));
    expect(json?.["friendly_name"]).toMatch(/^SubAccount Created at \d{4}-\d\d-\d\d \d\d:\d\d [ap]m$/);
  });

  it("is refused below a subaccount, and with a name that is too long", async () => {
    const { call: callSub } = await makeSubaccount();
    expect(await codeOf(callSub(accounts, { method: "POST" }))).toEqual([400, 21101]);
    const name = "x".repeat(65);
    expect(await codeOf(call(accounts, { form: { FriendlyName: name } }))).toEqual([400, 20002]);
  });

  it("stops at 1000 that are not closed, also for several at once", async () => {
    const full = await gateway.addAccount();
    await gateway.db.query(
      `insert into accounts (id, parent_id, friendly_name, environment_id, tenant_id, resource_owner, auth_token_sealed)
       select gen_random_uuid(), $1::uuid, 'x', gen_random_uuid(), gen_random_uuid(), 'r' || n || $1, '\\x00'
       from generate_series(1, 998) n`,
      [full.accountSid.slice(2)],
    );
    const callFull = callsOf(gateway.url, full);
    const answers = await Promise.all(Array.from({ length: 5 }, () => codeOf(callFull(accounts, { method: "POST" }))));
    expect(answers.sort()).toEqual([
      [201, undefined],
      [201, undefined],
      [400, 21480],
      [400, 21480],
      [400, 21480],
    ]);
    // Their tokens are none that a gateway could open.
    await gateway.db.query("delete from accounts where auth_token_sealed = '\\x00'");
  });
});

describe("the list of accounts", () => {
  let parent: TestAccount;
  let callParent: Call;
  const sids = (json: unknown) => (json as { accounts: { sid: string }[] }).accounts.map(({ sid }) => sid);

  beforeAll(async () => {
    parent = await gateway.addAccount();
    callParent = callsOf(gateway.url, parent);
  });

  it("has the account itself and its subaccounts, newest first, and no others; a subaccount's has itself", async () => {
    const made: string[] = [parent.accountSid];
    for (const FriendlyName of ["a", "b", "b"]) {
      const { json } = await callParent(accounts, { form: { FriendlyName } });
      made.unshift(String(json?.["sid"]));
    }
    const { json } = await callParent(accounts);
    expect(sids(json)).toEqual(made);
    const { json: firstPage } = await callParent(`${accounts}?PageSize=3`);
    const { json: secondPage } = await callParent(String(firstPage?.["next_page_uri"]));
    expect([...sids(firstPage), ...sids(secondPage)]).toEqual(made);
    expect(sids((await callParent(String(secondPage?.["previous_page_uri"]))).json)).toEqual(made.slice(0, 3));

    const named = await callParent(`${accounts}?FriendlyName=b&Status=active&PageSize=1`);
    expect(sids(named.json)).toEqual(made.slice(0, 1));
    expect(named.json?.["next_page_uri"]).toContain("/Accounts.json?FriendlyName=b&Status=active&PageSize=1&Page=1&");
    expect(sids((await callParent(`${accounts}?Status=suspended`)).json)).toEqual([]);
    expect(await codeOf(callParent(`${accounts}?Status=x`))).toEqual([400, 21475]);

    const [newest] = (json as unknown as { accounts: { sid: AccountSid; auth_token: string }[] }).accounts;
    if (newest === undefined) return expect.unreachable();
    const sub = { ...parent, accountSid: newest.sid, authToken: newest.auth_token };
    expect(sids((await callsOf(gateway.url, sub)(accounts)).json)).toEqual([newest.sid]);
  });

  it("gives no subaccounts to who cannot act on them", async () => {
    const key = newAuthToken();
    await insertAccessKey(gateway.db, parent.accountSid, { id: newUuid(), key, name: "x", role: "owner" });
    const { json } = await callParent(accounts, { authorization: `Bearer ${key}` });
    expect(sids(json)).toEqual([parent.accountSid]);
  });
});

describe("the auth token", () => {
  it("is the primary, also for who used the secondary", async () => {
    const { sid, token } = await makeSubaccount();
    const secondary = newAuthToken();
    await setAuthTokens(gateway.db, gateway.sealer, sid, { primary: token, secondary });
    const { json } = await call(at(sid), { authorization: basic(sid, secondary) });
    expect(json?.["auth_token"]).toBe(token);
  });

  it("is for main credentials alone: no API key, no lesser role may use /Accounts", async () => {
    const { sid } = await makeSubaccount();
    const lesser = [basic(gateway.apiKey.sid, gateway.apiKey.secret), `Bearer ${gateway.viewerKey}`];
    for (const authorization of lesser) {
      for (const path of [accounts, at(gateway.accountSid)]) {
        expect(await codeOf(call(path, { authorization }))).toEqual([401, 20003]);
        expect(await codeOf(call(path, { authorization, form: { FriendlyName: "x" } }))).toEqual([401, 20003]);
      }
      expect(await codeOf(call(at(sid), { authorization }))).toEqual([404, 20404]);
    }
  });
});

describe("changing an account", () => {
  it("renames it, whoever of its family asks", async () => {
    const { sid, call: callSub } = await makeSubaccount();
    expect((await call(at(sid), { form: { FriendlyName: "one" } })).json).toMatchObject({ friendly_name: "one" });
    expect((await callSub(at(sid), { form: { FriendlyName: "two" } })).json).toMatchObject({ friendly_name: "two" });
    expect((await call(at(sid), { method: "POST" })).json).toMatchObject({ friendly_name: "two", status: "active" });
    for (const FriendlyName of ["", " ", "x".repeat(65)]) {
      expect(await codeOf(call(at(sid), { form: { FriendlyName } }))).toEqual([400, 20002]);
    }
  });

  it("to what it is already leaves no audit row", async () => {
    const { sid } = await makeSubaccount({ FriendlyName: "same" });
    const form = { FriendlyName: "same", Status: "active" };
    expect((await call(at(sid), { form })).json).toMatchObject({ friendly_name: "same", status: "active" });
    const updates = "select from audit where account_id = $1::uuid and action = 'account.updated'";
    expect(await gateway.db.query(updates, [sid.slice(2)])).toEqual([]);
  });

  it("suspends a subaccount: its own calls end within a second in every process, and begin again", async () => {
    const sibling = await gateway.startSibling();
    try {
      const { sid, token } = await makeSubaccount();
      const own = (url: string) =>
        codeOf(callsOf(url, { ...gateway, accountSid: sid, authToken: token })("/Messages.json"));
      expect([await own(gateway.url), await own(sibling.url)]).toEqual([
        [200, undefined],
        [200, undefined],
      ]);
      expect((await call(at(sid), { form: { Status: "suspended" } })).json).toMatchObject({ status: "suspended" });
      expect(await own(gateway.url)).toEqual([403, 20005]);
      await expect.poll(() => own(sibling.url), { interval: 50 }).toEqual([403, 20005]);

      // Its parent looks at it, changes nothing in it, and activates it.
      const messages = `/2010-04-01/Accounts/${sid}/Messages.json`;
      expect(await codeOf(call(messages))).toEqual([200, undefined]);
      expect(await codeOf(call(messages, { form: { To: "+15558675310", Body: "x" } }))).toEqual([403, 20005]);
      expect((await call(at(sid), { form: { Status: "active" } })).json).toMatchObject({ status: "active" });
      expect(await own(gateway.url)).toEqual([200, undefined]);
    } finally {
      await sibling.stop();
    }
  });

  it("closes a subaccount for good", async () => {
    const { sid, token, call: callSub } = await makeSubaccount();
    expect((await call(at(sid), { form: { Status: "closed" } })).json).toMatchObject({ status: "closed" });
    expect(await codeOf(callSub(at(sid)))).toEqual([403, 20005]);
    const headers = { authorization: basic(sid, token) };
    expect((await fetch(`${gateway.url}/trunkline/v1/messages`, { headers })).status).toBe(403);
    for (const form of [{ Status: "active" }, { Status: "closed" }, { FriendlyName: "x" }]) {
      expect(await codeOf(call(at(sid), { form }))).toEqual([400, 21479]);
    }
    expect((await call(at(sid))).json).toMatchObject({ status: "closed" });
  });

  it("is refused for another status, for the main account's own, and to a subaccount for its own", async () => {
    const { sid, call: callSub } = await makeSubaccount();
    expect(await codeOf(call(at(sid), { form: { Status: "paused" } }))).toEqual([400, 21475]);
    expect(await codeOf(call(at(gateway.accountSid), { form: { Status: "suspended" } }))).toEqual([400, 21477]);
    expect(await codeOf(call(at(gateway.accountSid), { form: { Status: "active" } }))).toEqual([200, undefined]);
    expect(await codeOf(callSub(at(sid), { form: { Status: "closed" } }))).toEqual([403, 20006]);
    // Nothing of a refused change is done.
    expect(await codeOf(call(at(sid), { form: { FriendlyName: "half", Status: "paused" } }))).toEqual([400, 21475]);
    expect((await call(at(sid))).json?.["friendly_name"]).not.toBe("half");
  });

  it("is not for another account, its subaccounts or a sibling", async () => {
    const [one, two] = [await makeSubaccount(), await makeSubaccount()];
    const stranger = callsOf(gateway.url, await gateway.addAccount());
    for (const attempt of [stranger, two.call]) {
      expect(await codeOf(attempt(at(one.sid)))).toEqual([404, 20404]);
      expect(await codeOf(attempt(at(one.sid), { form: { Status: "closed" } }))).toEqual([404, 20404]);
    }
    expect(await codeOf(one.call(at(gateway.accountSid)))).toEqual([404, 20404]);
  });

  it("is done or refused as a whole, whatever is sent", async () => {
    const { sid } = await makeSubaccount({ FriendlyName: "start" });
    const value = fc.oneof(
      fc.constantFrom("", "active", "suspended", "ACTIVE", "1", "0", "x".repeat(64)),
      fc.string({ unit: "grapheme" }),
    );
    const form = fc.record({ FriendlyName: value, Status: value }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(form, async (given) => {
        const before = (await call(at(sid))).json;
        const { status, json } = await call(at(sid), { method: "POST", form: given });
        const after = (await call(at(sid))).json;
        expect([200, 400]).toContain(status);
        expect(after).toEqual(status === 200 ? json : before);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the balance", () => {
  it("is a text, of main accounts only", async () => {
    expect((await call("/Balance.json")).json).toEqual({
      account_sid: gateway.accountSid,
      balance: "0.00",
      currency: "USD",
    });
    const { sid, call: callSub } = await makeSubaccount();
    expect(await codeOf(callSub("/Balance.json"))).toEqual([404, 20404]);
    expect(await codeOf(call(`/2010-04-01/Accounts/${sid}/Balance.json`))).toEqual([404, 20404]);
  });
});
