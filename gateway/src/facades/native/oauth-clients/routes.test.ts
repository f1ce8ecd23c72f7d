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
const call = (method: string, path: string, body?: unknown, authorization = ownerOf(gateway)) =>
  callNative(gateway.url, authorization, [method, `/accounts/${gateway.accountSid}/oauth-clients${path}`, body]);

describe("an account's OAuth clients", () => {
  it("are made with a secret that is shown once, listed, changed and deleted, each with its audit row", async () => {
    const body = { name: "worker", role: "operator", redirectUris: ["https://app.example.com/cb"] };
    const made = await call("POST", "", body);
    expect(made.status).toBe(201);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(made.body).toMatchObject({ ...body, public: false, accountSid: gateway.accountSid });
    expect(made.body.clientId).toMatch(/^\d{18}$/);
    expect(made.body.clientSecret).toMatch(/^[0-9A-Za-z]{64}$/);
    const { clientSecret: secret, ...shown } = made.body;
    expect((await call("GET", "")).body.clients).toEqual([shown]);
    expect((await call("GET", `/${shown.id}`)).body).toEqual(shown);
    const changed = await call("PATCH", `/${shown.id}`, { name: "renamed", redirectUris: [] });
    expect(changed.body).toMatchObject({ name: "renamed", role: "operator", redirectUris: [] });
    const renewed = await call("POST", `/${shown.id}/secret`);
    expect(renewed.body.clientSecret).not.toBe(secret);
    expect((await call("DELETE", `/${shown.id}`)).status).toBe(204);
    expect((await call("GET", `/${shown.id}`)).status).toBe(404);
    const audit = await gateway.db.query<{ action: string; text: string }>(
      "select action, concat(before::text, after::text) as text from audit where subject = $1 order by id",
      [shown.clientId],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      ...["client.created", "client.updated", "client.secret-replaced", "client.deleted"],
    ]);
    expect(JSON.stringify(audit)).not.toContain(secret);
  });

  it("may be public: then they have no secret, and need a redirect", async () => {
    const refused = await call("POST", "", { name: "spa", public: true });
    expect([refused.status, refused.body.error.details[0].field]).toEqual([400, "redirectUris"]);
    const made = await call("POST", "", { name: "spa", public: true, redirectUris: ["http://localhost:5173/"] });
    expect([made.status, made.body.clientSecret]).toEqual([201, null]);
    expect((await call("POST", `/${made.body.id}/secret`)).status).toBe(409);
    expect((await call("PATCH", `/${made.body.id}`, { redirectUris: [] })).status).toBe(400);
  });

  it.each([
    [{ name: "" }],
    [{ name: "a\0b" }],
    [{ name: "x", role: "root" }],
    [{ name: "x", redirectUris: ["http://app.example.com/"] }],
    [{ name: "x", redirectUris: ["javascript:alert(1)"] }],
    [{ name: "x", redirectUris: ["https://a.example/#f"] }],
    [{ name: "x", redirectUris: ["https://a.example/", "https://a.example/"] }],
    [{ name: "x", clientId: "mine" }],
    [{}],
  ])("are refused as %j", async (body) => {
    expect((await call("POST", "", body)).status).toBe(400);
  });

  it("are their owner's alone: no other role, no API key, no other account", async () => {
    const made = await call("POST", "", { name: "worker" });
    const id = made.body.id;
    const operator = basic(gateway.apiKey.sid, gateway.apiKey.secret);
    expect((await call("GET", "", undefined, operator)).status).toBe(403);
    expect((await call("GET", "", undefined, `Bearer ${gateway.viewerKey}`)).status).toBe(403);
    expect((await call("GET", "", undefined, ownerOf(other))).status).toBe(404);
    const across = (method: string, path: string, body?: unknown) =>
      callNative(gateway.url, ownerOf(other), [
        method,
        `/accounts/${other.accountSid}/oauth-clients/${id}${path}`,
        body,
      ]);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { name: "stolen" }],
      ["POST", "/secret", undefined],
      ["DELETE", "", undefined],
    ] as const) {
      expect((await across(method, path, body)).status).toBe(404);
    }
    expect((await call("GET", `/${id}`)).body.name).toBe("worker");
  });

  it("are at most 200, also when many are made at once", async () => {
    const account = await gateway.addAccount();
    await gateway.db.query(
      `insert into oauth_clients (account_id, id, client_id, name, role)
       select $1::uuid, gen_random_uuid(), 'bulk ' || n, 'x', 'viewer' from generate_series(1, 198) n`,
      [account.accountSid.slice(2)],
    );
    const path = `/accounts/${account.accountSid}/oauth-clients`;
    const many = Array.from({ length: 5 }, () =>
      callNative(gateway.url, ownerOf(account), ["POST", path, { name: "x" }]),
    );
    const statuses = (await Promise.all(many)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 400, 400, 400]);
  });
});
