import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";

let gateway: TestGateway;
let other: TestAccount;

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
});
afterAll(() => gateway.stop());

const ownerOf = ({ accountSid, authToken }: TestAccount) => basic(accountSid, authToken);
const callAs = (account: TestAccount, method: string, path: string, body?: unknown) =>
  callNative(gateway.url, ownerOf(account), [method, `/accounts/${account.accountSid}/api-keys${path}`, body]);
const call = (method: string, path: string, body?: unknown) => callAs(gateway, method, path, body);

async function messagesWith(sid: string, secret: string): Promise<number> {
  const path = `/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`;
  return (await fetch(`${gateway.url}${path}`, { headers: { authorization: basic(sid, secret) } })).status;
}

describe("an account's API keys", () => {
  it("are the ones of Twilio's API: made with a secret that is shown once, renamed, deleted", async () => {
    const made = await call("POST", "", { friendlyName: "shop" });
    expect(made.status).toBe(201);
    const { secret, ...shown } = made.body;
    expect(shown).toMatchObject({ friendlyName: "shop", type: "standard", policy: null, lastUsedAt: null });
    expect(await messagesWith(shown.sid, secret)).toBe(200);
    const twilio = `${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/Keys/${shown.sid}.json`;
    const seen = await fetch(twilio, { headers: { authorization: ownerOf(gateway) } });
    expect(await seen.json()).toMatchObject({ sid: shown.sid, friendly_name: "shop" });
    expect((await call("GET", "")).body.apiKeys[0]).toEqual(shown);
    expect((await call("PATCH", `/${shown.sid}`, { friendlyName: "store" })).body.friendlyName).toBe("store");
    expect((await call("DELETE", `/${shown.sid}`)).status).toBe(204);
    expect(await messagesWith(shown.sid, secret)).toBe(401);
    const audit = await gateway.db.query<{ action: string }>("select * from audit where subject = $1 order by id", [
      shown.sid,
    ]);
    expect(audit.map(({ action }) => action)).toEqual(["api-key.created", "api-key.updated", "api-key.deleted"]);
    expect(JSON.stringify(audit)).not.toContain(secret);
  });

  it("may be restricted by a policy, which is enforced", async () => {
    const allow = ["/twilio/messaging/messages/create"];
    const { sid, secret } = (await call("POST", "", { type: "restricted", policy: { allow } })).body;
    expect(await messagesWith(sid, secret)).toBe(401);
    const wider = { allow: ["/twilio/messaging/messages/*"] };
    expect((await call("PATCH", `/${sid}`, { policy: wider })).body.policy).toEqual(wider);
    expect(await messagesWith(sid, secret)).toBe(200);
  });

  it.each([
    [{ type: "restricted" }],
    [{ policy: { allow: ["/twilio/messaging/messages/read"] } }],
    [{ type: "restricted", policy: { allow: [] } }],
    [{ type: "restricted", policy: { allow: ["everything"] } }],
    [{ friendlyName: "" }],
    [{ friendlyName: "x".repeat(65) }],
  ])("are refused as %j", async (body) => {
    expect((await call("POST", "", body)).status).toBe(400);
  });

  it("are listed in pages, newest first", async () => {
    const account = await gateway.addAccount();
    const sids = [account.apiKey.sid];
    for (const _ of [1, 2, 3]) sids.unshift((await callAs(account, "POST", "", {})).body.sid);
    const first = (await callAs(account, "GET", "?limit=3")).body;
    const second = (await callAs(account, "GET", `?limit=3&after=${first.next}`)).body;
    expect([...first.apiKeys, ...second.apiKeys].map(({ sid }: { sid: string }) => sid)).toEqual(sids);
    expect(second.next).toBeNull();
  });

  it("are their account's alone, and an owner's", async () => {
    const { sid } = (await call("POST", "", { friendlyName: "mine" })).body;
    expect((await callAs(other, "PATCH", `/${sid}`, { friendlyName: "theirs" })).status).toBe(404);
    expect((await callAs(other, "DELETE", `/${sid}`)).status).toBe(404);
    const own = `/accounts/${gateway.accountSid}/api-keys`;
    expect((await callNative(gateway.url, ownerOf(other), ["GET", own])).status).toBe(404);
    for (const authorization of [basic(gateway.apiKey.sid, gateway.apiKey.secret), `Bearer ${gateway.viewerKey}`]) {
      expect((await callNative(gateway.url, authorization, ["POST", own, {}])).status).toBe(403);
    }
    expect((await call("GET", "")).body.apiKeys[0]).toMatchObject({ sid, friendlyName: "mine" });
  });
});
