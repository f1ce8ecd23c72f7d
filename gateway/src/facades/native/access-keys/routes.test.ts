import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  movableClock,
  startTestGateway,
  type TestAccount,
  type TestGateway,
} from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";

const clock = movableClock();
let gateway: TestGateway;
let other: TestAccount;

beforeAll(async () => {
  gateway = await startTestGateway({ clock });
  other = await gateway.addAccount();
});
afterAll(() => gateway.stop());

const ownerOf = ({ accountSid, authToken }: TestAccount) => basic(accountSid, authToken);
const call = (
  method: string,
  path: string,
  body?: unknown,
  authorization = ownerOf(gateway),
  account: TestAccount = gateway,
) => callNative(gateway.url, authorization, [method, `/accounts/${account.accountSid}/access-keys${path}`, body]);
const inMs = (ms: number) => new Date(clock.nowMs() + ms).toISOString();
const sessionOf = (key: string) => callNative(gateway.url, `Bearer ${key}`, ["GET", "/session"]);

async function statusIn(path: string, authorization: string): Promise<number> {
  return (await fetch(`${gateway.url}${path}`, { headers: { authorization } })).status;
}

/** A call of each dialect that asks for no more than reading. */
const dialects = (key: string): readonly (() => Promise<number>)[] => [
  () => statusIn("/trunkline/v1/messages", `Bearer ${key}`),
  () => statusIn(`/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`, `Bearer ${key}`),
  () => statusIn(`/2010-04-01/Accounts/acme/Messages.json`, basic("acme", key)),
  () => statusIn("/api/messenger", key),
  () => statusIn("/admin/v1/sms/1", `Bearer ${key}`),
];

describe("an account's access keys", () => {
  it("are made with a key that is shown once, listed, changed and deleted, each with its audit row", async () => {
    const body = { name: "terraform", role: "operator", expiresAt: inMs(86_400_000) };
    const made = await call("POST", "", body);
    expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
    expect(made.body).toMatchObject({ ...body, lastUsedAt: null });
    expect(made.body.key).toMatch(/^tl_[0-9A-Za-z]{40}$/);
    const { key, ...shown } = made.body;
    expect(shown.hint).toBe(key.slice(-4));
    expect((await call("GET", "")).body.accessKeys).toContainEqual(shown);
    const changed = await call("PATCH", `/${shown.id}`, { name: "renamed", expiresAt: null });
    expect(changed.body).toMatchObject({ name: "renamed", role: "operator", expiresAt: null });
    expect((await call("DELETE", `/${shown.id}`)).status).toBe(204);
    expect((await call("DELETE", `/${shown.id}`)).status).toBe(404);
    expect((await call("PATCH", `/${shown.id}`, { name: "gone" })).status).toBe(404);
    const audit = await gateway.db.query<{ action: string }>(
      "select action, before, after from audit where subject = $1 order by id",
      [shown.id],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      ...["access-key.created", "access-key.updated", "access-key.deleted"],
    ]);
    expect(JSON.stringify(audit)).not.toContain(key);
    expect(JSON.stringify(await gateway.db.query("select * from access_keys"))).not.toContain(key);
  });

  it("are taken by every dialect at once, and by none as soon as they are deleted", async () => {
    const { key, id } = (await call("POST", "", { name: "everywhere", role: "owner" })).body;
    for (const ask of dialects(key)) expect([200, 404]).toContain(await ask());
    await call("DELETE", `/${id}`);
    for (const ask of dialects(key)) expect(await ask()).toBe(401);
  });

  it("end at their time, within a second", async () => {
    const { key } = (await call("POST", "", { name: "short", role: "owner", expiresAt: inMs(60_000) })).body;
    expect((await sessionOf(key)).status).toBe(200);
    expect([200, 404]).toContain(await statusIn("/api/messenger", key));
    clock.move(61_000);
    for (const ask of dialects(key)) expect(await ask()).toBe(401);
  });

  it.each(["owner", "operator", "sender", "viewer"] as const)("with the role %s may what it says", async (role) => {
    const made = await call("POST", "", { name: role, role });
    const { key } = made.body;
    expect((await sessionOf(key)).body).toMatchObject({ credential: "access-key", role });
    const manages = role === "owner" ? 201 : 403;
    expect((await call("POST", "", { name: "by it", role }, `Bearer ${key}`)).status).toBe(manages);
    expect((await call("GET", "", undefined, `Bearer ${key}`)).status).toBe(role === "owner" ? 200 : 403);
    const from = gateway.numbers[0];
    const message = ["POST", "/messages", { to: "+12025550142", from, body: "x" }] as const;
    const sent = await callNative(gateway.url, `Bearer ${key}`, message);
    expect(sent.status).toBe(role === "viewer" ? 403 : 201);
  });

  it("neither take a role from themselves nor end themselves earlier: another credential has to", async () => {
    const ends = (ms: number) => ({ expiresAt: inMs(ms) });
    const made = await call("POST", "", { name: "mine", role: "owner", ...ends(7_200_000) });
    const { key, id } = made.body;
    const change = (body: unknown, authorization = `Bearer ${key}`) => call("PATCH", `/${id}`, body, authorization);
    for (const body of [{ role: "operator" }, ends(3_600_000), { name: "x", role: "viewer" }]) {
      const refused = await change(body);
      expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
    }
    expect((await change({ name: "renamed", role: "owner", ...ends(10_800_000) })).status).toBe(200);
    expect((await change({ expiresAt: null })).status).toBe(200);
    expect((await change(ends(3_600_000))).status).toBe(409);
    expect((await change({ role: "operator" }, ownerOf(gateway))).status).toBe(200);
  });

  it("do not delete themselves: another credential has to", async () => {
    const { key, id } = (await call("POST", "", { name: "mine", role: "owner" })).body;
    const refused = await call("DELETE", `/${id}`, undefined, `Bearer ${key}`);
    expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
    expect((await sessionOf(key)).status).toBe(200);
    expect((await call("DELETE", `/${id}`)).status).toBe(204);
  });

  it("are another account's neither to see nor to change, nor an API key's", async () => {
    const { id } = (await call("POST", "", { name: "hidden", role: "viewer" })).body;
    const attempts = [
      ["PATCH", `/${id}`, { role: "owner" }],
      ["DELETE", `/${id}`],
    ] as const;
    for (const [method, path, body] of attempts) {
      expect((await call(method, path, body, ownerOf(other), other)).status).toBe(404);
      expect((await call(method, path, body, ownerOf(other))).status).toBe(404);
      const apiKey = basic(gateway.apiKey.sid, gateway.apiKey.secret);
      expect((await call(method, path, body, apiKey)).status).toBe(403);
    }
    const theirs = await call("GET", "", undefined, ownerOf(other), other);
    expect(theirs.body.accessKeys.map(({ name }: { name: string }) => name)).toEqual(["viewer"]);
    expect((await call("GET", "")).body.accessKeys).toContainEqual(expect.objectContaining({ id, role: "viewer" }));
  });

  it.each([
    [{}],
    [{ name: "" }],
    [{ name: "a\0b" }],
    [{ name: "x".repeat(65) }],
    [{ name: "x", role: "root" }],
    [{ name: "x", expiresAt: "tomorrow" }],
    [{ name: "x", expiresAt: "2020-01-01T00:00:00Z" }],
    [{ name: "x", key: "mine" }],
  ])("are refused as %j", async (body) => {
    expect((await call("POST", "", body)).status).toBe(400);
  });

  it("are at most 200, also when many are made at once", async () => {
    const account = await gateway.addAccount();
    await gateway.db.query(
      `insert into access_keys (account_id, id, key_hash, name, role)
       select $1::uuid, gen_random_uuid(), gen_random_uuid()::text::bytea, 'x', 'viewer' from generate_series(1, 197)`,
      [account.accountSid.slice(2)],
    );
    const many = [1, 2, 3, 4].map(() => call("POST", "", { name: "x" }, ownerOf(account), account));
    const statuses = (await Promise.all(many)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 400, 400]);
  });
});
