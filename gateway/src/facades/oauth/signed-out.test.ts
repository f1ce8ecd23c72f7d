import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { callNative } from "../../../test/support/native-client.ts";
import {
  authorizationUrl,
  codeForm,
  dashboardTokens,
  openTestBrowser,
  requestTokens,
} from "../../../test/support/sign-in.ts";
import { systemClock } from "../../core/clock.ts";
import { hashPassword } from "../../core/credentials/password.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";
import { createOidcAdapter } from "../../services/oauth/adapter.ts";
import { signOutEverywhere } from "../../services/people/people-deps.ts";
import { putGrant } from "../../store/user-grants.ts";
import { insertUser, lockUser } from "../../store/users.ts";

let gateway: TestGateway;
let id: Uuid;
let email: string;
const password = "the first password";

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  id = newUuid();
  email = `${id}@example.com`;
  const passwordHash = await hashPassword(password);
  await insertUser(gateway.db, { id, email, name: "", administrator: false, passwordHash });
  await putGrant(gateway.db, gateway.accountSid, id, "owner");
});

const bearer = async () => `Bearer ${(await dashboardTokens(gateway.url, { email, password })).access_token}`;
const records = (model: string) =>
  createOidcAdapter({ db: gateway.db, clock: systemClock, issuer: gateway.url })(model);
const signOut = () => gateway.db.transaction((tx) => signOutEverywhere(tx, id));

/** Signed in with the password, and not gone on from there. */
async function signInHalfway() {
  const browser = openTestBrowser();
  const { url, verifier } = authorizationUrl(gateway.url);
  const page = await browser.follow(await browser.open(url), gateway.url);
  const held = await browser.submit(page.url, { action: "sign-in", email, password });
  expect(held.status).toBe(303);
  return { goOn: () => browser.follow(held, gateway.url), verifier };
}

describe("being signed out everywhere", () => {
  it("ends a sign-in that has not gone further than the password", async () => {
    const halfway = await signInHalfway();
    const change = { current: password, new: "the second password" };
    expect((await callNative(gateway.url, await bearer(), ["PUT", "/session/password", change])).status).toBe(204);
    const end = await halfway.goOn();
    expect(end.url).not.toContain("code=");
    expect(end.html).not.toBeNull();
  });

  it("leaves such a sign-in alone that comes after it, in the same second too", async () => {
    await bearer();
    await signOut();
    const { goOn, verifier } = await signInHalfway();
    const code = new URL((await goOn()).url).searchParams.get("code") ?? "";
    const tokens = await requestTokens(gateway.url, codeForm(gateway.url, code, verifier));
    const session = await callNative(gateway.url, `Bearer ${tokens.access_token}`, ["GET", "/session"]);
    expect(session).toMatchObject({ status: 200, body: { name: email } });
  });

  it.each([
    ["session", "Session", (at: number) => ({ accountId: id, loginTs: at, uid: newUuid() })],
    ["code", "AuthorizationCode", (at: number) => ({ accountId: id, authTime: at })],
    ["sign-in", "Interaction", (at: number) => ({ result: { login: { accountId: id, ts: at } } })],
  ])("ends a %s also for a request that has read it before and stores it after", async (_what, model, payloadOf) => {
    await bearer();
    const [row] = await gateway.db.query<{ at: string }>(
      "select floor(extract(epoch from last_sign_in_at))::text as at from users where id = $1",
      [id],
    );
    const at = Number(row?.at);
    const name = newUuid();
    await records(model).upsert(name, { jti: name, ...payloadOf(at) }, 600);
    const read = await records(model).find(name);
    expect(read).toMatchObject({ jti: name });
    await signOut();
    expect(await records(model).find(name)).toBeUndefined();
    await records(model).upsert(name, read ?? {}, 600);
    expect(await records(model).find(name)).toBeUndefined();
    await records(model).upsert(name, { jti: name, ...payloadOf(at + 60) }, 600);
    expect(await records(model).find(name)).toMatchObject({ jti: name });
  });

  it("ends a session that is being stored in the same moment", async () => {
    const name = newUuid();
    const payload = { jti: name, accountId: id, loginTs: Math.floor(Date.now() / 1000) - 1, uid: newUuid() };
    let storing: Promise<unknown> = Promise.resolve();
    await gateway.db.transaction(async (tx) => {
      await lockUser(tx, id);
      await signOutEverywhere(tx, id);
      storing = Promise.resolve(records("Session").upsert(name, payload, 600));
      await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    });
    await storing;
    expect(await records("Session").find(name)).toBeUndefined();
  });

  it("ends what a person who is deleted meanwhile would have stored", async () => {
    const name = newUuid();
    await gateway.db.query("delete from users where id = $1", [id]);
    await records("Grant").upsert(name, { jti: name, accountId: id }, 600);
    expect(await records("Grant").find(name)).toBeUndefined();
  });
});

async function waiting(): Promise<number> {
  const rows = await gateway.db.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
       and query like '%oidc_records%'`,
  );
  return rows.length;
}

it("a sign-in is noted and audited together, or not at all", async () => {
  await gateway.db.query(`create function refuse_audit() returns trigger language plpgsql as
    $$ begin if new.action = 'user.signed-in' then raise 'no'; end if; return new; end $$`);
  await gateway.db.query("create trigger refused before insert on audit for each row execute function refuse_audit()");
  try {
    await expect(signInHalfway()).rejects.toThrow();
  } finally {
    await gateway.db.query("drop trigger refused on audit");
  }
  const [user] = await gateway.db.query("select last_sign_in_at from users where id = $1", [id]);
  expect(user).toEqual({ last_sign_in_at: null });
});

it("consent to the gateway's own client promises no more than the person may do", async () => {
  const browser = openTestBrowser();
  const page = await browser.follow(
    await browser.open(authorizationUrl(gateway.url, { prompt: "login consent" }).url),
    gateway.url,
  );
  const asked = await browser.follow(
    await browser.submit(page.url, { action: "sign-in", email, password }),
    gateway.url,
  );
  expect(asked.html).toContain('value="allow"');
  expect(asked.html).toContain("whatever you yourself may");
  expect(asked.html).not.toContain("everything");
});
