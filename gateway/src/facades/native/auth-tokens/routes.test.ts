import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const call = ({ accountSid }: TestAccount, authorization: string, method: string, path = "") =>
  callNative(gateway.url, authorization, [method, `/accounts/${accountSid}/auth-tokens${path}`]);

describe("an account's auth tokens", () => {
  it("are rotated: a second one is made, shown once, and promoted; the audit tells it without them", async () => {
    const account = await gateway.addAccount();
    const first = basic(account.accountSid, account.authToken);
    const before = (await call(account, first, "GET")).body;
    expect(before).toEqual({ primary: { since: expect.any(String) }, secondary: null });
    const made = await call(account, first, "POST", "/secondary");
    expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { token, createdAt } = made.body;
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect((await call(account, first, "GET")).body.secondary).toEqual({ createdAt });
    expect((await call(account, first, "POST", "/secondary")).body.error.code).toBe("auth-token-exists");
    const second = basic(account.accountSid, token);
    const promoted = await call(account, second, "POST", "/promote");
    expect(promoted.body.secondary).toBeNull();
    expect(Date.parse(promoted.body.primary.since)).toBeGreaterThan(Date.parse(before.primary.since));
    expect((await call(account, first, "GET")).status).toBe(401);
    expect((await call(account, second, "POST", "/promote")).status).toBe(404);
    const audit = await gateway.db.query<{ action: string }>("select * from audit where subject = $1 order by id", [
      account.accountSid,
    ]);
    expect(audit.map(({ action }) => action).filter((action) => action.startsWith("auth-token"))).toEqual([
      ...["auth-token.secondary.created", "auth-token.secondary.promoted"],
    ]);
    expect(JSON.stringify(audit)).not.toContain(token);
  });

  it("the secondary one is taken away again, but not by whoever calls with it", async () => {
    const account = await gateway.addAccount();
    const first = basic(account.accountSid, account.authToken);
    const { token } = (await call(account, first, "POST", "/secondary")).body;
    for (const user of [account.accountSid, "acme"]) {
      const refused = await call(account, basic(user, token), "DELETE", "/secondary");
      expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
    }
    expect((await call(account, first, "DELETE", "/secondary")).status).toBe(204);
    expect((await call(account, basic(account.accountSid, token), "GET")).status).toBe(401);
    expect((await call(account, first, "DELETE", "/secondary")).status).toBe(404);
  });

  it("the primary one is shown to owners, and each time is in the audit log", async () => {
    const account = await gateway.addAccount();
    const { body } = await call(account, basic(account.accountSid, account.authToken), "POST", "/primary");
    expect(body).toEqual({ token: account.authToken });
    const audit = await gateway.db.query("select * from audit where action = 'auth-token.primary.revealed'");
    expect(audit).toHaveLength(1);
    expect(JSON.stringify(audit)).not.toContain(account.authToken);
  });

  it("are nobody else's", async () => {
    const account = await gateway.addAccount();
    const stranger = basic(gateway.accountSid, gateway.authToken);
    const key = basic(account.apiKey.sid, account.apiKey.secret);
    const ways = [
      ["GET"],
      ["POST", "/primary"],
      ["POST", "/secondary"],
      ["POST", "/promote"],
      ["DELETE", "/secondary"],
    ];
    for (const [method = "", path] of ways) {
      expect((await call(account, stranger, method, path)).status).toBe(404);
      expect((await call(account, key, method, path)).status).toBe(403);
      expect((await call(account, `Bearer ${account.viewerKey}`, method, path)).status).toBe(403);
    }
  });
});
