import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { addAdmin, dashboardTokens } from "../../../../test/support/sign-in.ts";

let gateway: TestGateway;
let other: TestAccount;
let below: TestAccount;
let admin: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
  below = await gateway.addAccount(other.accountSid);
  await addAdmin(gateway.db);
  admin = `Bearer ${(await dashboardTokens(gateway.url)).access_token}`;
});
afterAll(() => gateway.stop());

const call = (authorization: string, method: string, path: string, body?: unknown) =>
  callNative(gateway.url, authorization, [method, path, body]);
const sidsIn = (accounts: readonly { readonly sid: string }[]) => accounts.map(({ sid }) => sid);

describe("a session", () => {
  it("tells an account's own credentials who they are and what they reach", async () => {
    const owner = await call(basic(other.accountSid, other.authToken), "GET", "/session");
    expect(owner.body).toMatchObject({ credential: "auth-token", name: null, role: "owner" });
    expect(sidsIn(owner.body.accounts)).toEqual([other.accountSid, below.accountSid]);
    const viewer = await call(`Bearer ${gateway.viewerKey}`, "GET", "/session");
    expect(viewer.body).toMatchObject({ credential: "access-key", role: "viewer", accountSid: gateway.accountSid });
    expect(sidsIn(viewer.body.accounts)).toEqual([gateway.accountSid]);
    expect((await call(`Bearer ${gateway.viewerKey}`, "GET", `/session?account=${other.accountSid}`)).status).toBe(404);
    expect((await callNative(gateway.url, null, ["GET", "/session"])).status).toBe(401);
  });

  it("of an administrator reaches every account, subaccounts behind their parents", async () => {
    const everyone = [gateway.accountSid, other.accountSid, below.accountSid];
    expect(sidsIn((await call(admin, "GET", "/session")).body.accounts)).toEqual(everyone);
    expect(sidsIn((await call(admin, "GET", "/accounts")).body.accounts)).toEqual(everyone);
    for (const sid of everyone) expect((await call(admin, "GET", `/accounts/${sid}`)).body.sid).toBe(sid);
  });
});

describe("an administrator", () => {
  it("acts for the account that is named, and the audit says who it was", async () => {
    const faults = { seed: 7, rules: [] };
    const path = `/sandbox/faults?account=${other.accountSid}`;
    expect((await call(admin, "PUT", path, faults)).status).toBe(200);
    expect((await call(basic(other.accountSid, other.authToken), "GET", "/sandbox/faults")).body.seed).toBe(7);
    expect((await call(admin, "GET", "/sandbox/faults")).body.seed).not.toBe(7);
    const rows = await gateway.db.query<{ account: string; actor: string }>(
      "select replace(account_id::text, '-', '') as account, actor from audit where action = 'sandbox.faults.replaced'",
    );
    expect(rows).toEqual([
      { account: other.accountSid.slice(2), actor: expect.stringMatching(/^admin [0-9a-f-]{36}$/) },
    ]);
    const providers = await call(admin, "GET", `/providers?account=${below.accountSid}`);
    expect([providers.status, providers.body.providers.length]).toEqual([200, 1]);
    const clients = `/accounts/${other.accountSid}/oauth-clients`;
    expect((await call(admin, "POST", clients, { name: "made by an administrator" })).status).toBe(201);
    const handsets = await call(admin, "GET", `/sandbox/handsets?account=${below.accountSid}`);
    expect(handsets.status).toBe(200);
  });

  it("finds no account that there is not", async () => {
    const nobody = `AC${"0".repeat(32)}`;
    expect((await call(admin, "GET", `/providers?account=${nobody}`)).status).toBe(404);
    expect((await call(admin, "GET", "/providers?account=x")).status).toBe(404);
    expect((await call(admin, "GET", `/accounts/${nobody}`)).status).toBe(404);
  });

  it("may look at a suspended account, and change nothing in it", async () => {
    const suspended = await gateway.addAccount();
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [
      suspended.accountSid.slice(2),
    ]);
    const query = `?account=${suspended.accountSid}`;
    expect((await call(admin, "GET", `/sandbox/faults${query}`)).status).toBe(200);
    expect((await call(admin, "PUT", `/sandbox/faults${query}`, { seed: 1, rules: [] })).status).toBe(403);
  });

  it("is nobody once they are removed", async () => {
    await gateway.db.query("delete from users");
    await expect.poll(async () => (await call(admin, "GET", "/session")).status).toBe(401);
  });
});
