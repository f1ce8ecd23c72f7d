import { generateKeyPairSync } from "node:crypto";
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
  callNative(gateway.url, ownerOf(account), [method, `/accounts/${account.accountSid}/service-accounts${path}`, body]);
const call = (method: string, path: string, body?: unknown) => callAs(gateway, method, path, body);

async function auditOf(userId: string): Promise<string> {
  const rows = await gateway.db.query("select action, before, after from audit where subject = $1 order by id", [
    userId,
  ]);
  return JSON.stringify(rows);
}

describe("an account's service accounts", () => {
  it("are made, listed, changed and deleted with their keys and tokens, each with its audit row", async () => {
    const made = await call("POST", "", { name: "terraform", role: "owner" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: "terraform", role: "owner", accountSid: gateway.accountSid });
    const { id, userId } = made.body;
    expect(userId).toMatch(/^\d{18}$/);
    expect((await call("GET", "")).body.serviceAccounts).toEqual([made.body]);
    const key = await call("POST", `/${id}/keys`, { expiresAt: "2030-01-01T00:00:00+01:00" });
    expect(key.body).toMatchObject({ expiresAt: "2029-12-31T23:00:00.000Z" });
    expect(key.body.keyFile).toMatchObject({ type: "serviceaccount", keyId: key.body.keyId, userId });
    expect(key.headers.get("cache-control")).toBe("no-store");
    const { keyFile, ...shownKey } = key.body;
    expect((await call("GET", `/${id}/keys`)).body.keys).toEqual([shownKey]);
    const token = await call("POST", `/${id}/personal-access-tokens`, { name: "ci" });
    const { token: secret, ...shownToken } = token.body;
    expect((await call("GET", `/${id}/personal-access-tokens`)).body.tokens).toEqual([shownToken]);
    expect((await call("PATCH", `/${id}`, { role: "viewer" })).body).toMatchObject({
      name: "terraform",
      role: "viewer",
    });
    expect((await call("DELETE", `/${id}/keys/${keyFile.keyId}`)).status).toBe(204);
    expect((await call("DELETE", `/${id}/personal-access-tokens/${shownToken.id}`)).status).toBe(204);
    expect((await call("DELETE", `/${id}`)).status).toBe(204);
    expect((await call("GET", `/${id}`)).status).toBe(404);
    const audit = await auditOf(userId);
    expect(audit.match(/"action":"[^"]+"/g)).toHaveLength(7);
    expect(audit).not.toContain(secret);
    expect(audit).not.toContain("PRIVATE KEY");
  });

  it("take public keys, and say what is wrong with others", async () => {
    const { id } = (await call("POST", "", { name: "own key" })).body;
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
    const made = await call("POST", `/${id}/keys`, { publicKey: pem });
    expect([made.status, made.body.keyFile]).toEqual([201, null]);
    for (const publicKey of ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]) {
      const refused = await call("POST", `/${id}/keys`, { publicKey });
      expect([refused.status, refused.body.error.code]).toEqual([400, "public-key-invalid"]);
    }
    expect((await call("POST", `/${id}/keys`, { expiresAt: "tomorrow" })).status).toBe(400);
    expect((await call("DELETE", `/${id}/keys/x`)).status).toBe(400);
    expect((await call("DELETE", `/${id}/keys/123456789012345678`)).status).toBe(404);
  });

  it("have at most 50 keys and as many tokens", async () => {
    const { id } = (await call("POST", "", { name: "busy" })).body;
    const names = Array.from({ length: 50 }, (_, n) => `t${n}`);
    await Promise.all(names.map((name) => call("POST", `/${id}/personal-access-tokens`, { name })));
    const refused = await call("POST", `/${id}/personal-access-tokens`, { name: "one more" });
    expect([refused.status, refused.body.error.code]).toEqual([400, "too-many-keys"]);
  });

  it("are another account's neither to see nor to change, nor what belongs to them", async () => {
    const { id } = (await call("POST", "", { name: "mine" })).body;
    const key = await call("POST", `/${id}/keys`, {});
    const token = await call("POST", `/${id}/personal-access-tokens`, { name: "mine" });
    const attempts = [
      ["GET", `/${id}`],
      ["PATCH", `/${id}`, { role: "owner" }],
      ["DELETE", `/${id}`],
      ["POST", `/${id}/keys`, {}],
      ["DELETE", `/${id}/keys/${key.body.keyId}`],
      ["POST", `/${id}/personal-access-tokens`, { name: "x" }],
      ["DELETE", `/${id}/personal-access-tokens/${token.body.id}`],
    ] as const;
    for (const [method, path, body] of attempts) expect((await callAs(other, method, path, body)).status).toBe(404);
    expect((await callAs(other, "GET", `/${id}/keys`)).body.keys).toEqual([]);
    expect((await callAs(other, "GET", `/${id}/personal-access-tokens`)).body.tokens).toEqual([]);
    expect((await callAs(other, "GET", "")).body.serviceAccounts).toEqual([]);
    expect((await call("GET", `/${id}/keys`)).body.keys).toHaveLength(1);
  });

  it("are their owner's alone", async () => {
    const path = `/accounts/${gateway.accountSid}/service-accounts`;
    const operator = basic(gateway.apiKey.sid, gateway.apiKey.secret);
    for (const authorization of [operator, `Bearer ${gateway.viewerKey}`]) {
      expect((await callNative(gateway.url, authorization, ["GET", path])).status).toBe(403);
    }
  });
});
