import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import {
  addAdmin,
  adminPassword,
  authorizationUrl,
  codeForm,
  dashboardTokens,
  openTestBrowser,
  requestTokens,
  signIn,
} from "../../../../test/support/sign-in.ts";

let gateway: TestGateway;
let other: TestAccount;
let admin: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
  await addAdmin(gateway.db);
  admin = `Bearer ${(await dashboardTokens(gateway.url)).access_token}`;
});
afterAll(() => gateway.stop());

const password = "a long enough password";
const call = (authorization: string | null, method: string, path: string, body?: unknown) =>
  callNative(gateway.url, authorization, [method, path, body]);
const ownerOf = ({ accountSid, authToken }: TestAccount) => basic(accountSid, authToken);
const usersOf = ({ accountSid }: TestAccount) => `/accounts/${accountSid}/users`;
const tokenIn = (link: string) => new URL(link).hash.slice("#token=".length);

async function invite(account: TestAccount, email: string, role: string): Promise<string> {
  const { status, body } = await call(ownerOf(account), "POST", usersOf(account), { email, role });
  expect(status).toBe(201);
  return tokenIn(body.link);
}

const accept = (token: string, given: { readonly password?: string; readonly name?: string } = {}) =>
  call(null, "POST", "/invitations/accept", { token, name: "Ada", password, ...given });

async function signInAs(email: string, withPassword = password): Promise<string> {
  const tokens = await dashboardTokens(gateway.url, { email, password: withPassword });
  return `Bearer ${tokens.access_token}`;
}

/** Invited, accepted and signed in. */
async function join(account: TestAccount, email: string, role: string): Promise<string> {
  expect((await accept(await invite(account, email, role))).status).toBe(204);
  return await signInAs(email);
}

async function idOf(account: TestAccount, email: string): Promise<string> {
  const { body } = await call(ownerOf(account), "GET", usersOf(account));
  return body.users.find((user: { email: string }) => user.email === email).id;
}

const soon = { timeout: 10_000 };

describe("an invitation", () => {
  it("makes a user with its role, once, and shows the link to nobody again", async () => {
    const token = await invite(gateway, "Ada@Example.com", "operator");
    const opened = await call(null, "POST", "/invitations/open", { token });
    expect(opened.body).toMatchObject({
      purpose: "access",
      email: "ada@example.com",
      role: "operator",
      accountName: "Test",
    });
    const [invited] = (await call(ownerOf(gateway), "GET", usersOf(gateway))).body.users;
    expect(invited).toMatchObject({ email: "ada@example.com", state: "invited", role: "operator" });
    expect(JSON.stringify(invited)).not.toContain(token);
    const both = await Promise.all([accept(token), accept(token)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([204, expect.toBeOneOf([404, 409])]);
    expect((await accept(token)).status).toBe(404);
    const session = await call(await signInAs("ada@example.com"), "GET", "/session");
    expect(session.body).toMatchObject({ credential: "user", name: "Ada", email: "ada@example.com", role: "operator" });
    expect(session.body.accounts).toMatchObject([{ sid: gateway.accountSid, role: "operator" }]);
    const [user] = (await call(ownerOf(gateway), "GET", usersOf(gateway))).body.users;
    expect(user).toMatchObject({ name: "Ada", state: "active", lastSignInAt: expect.any(String) });
  });

  it("is replaced by a later one, can be taken back, and does nothing with a short password or a wrong link", async () => {
    const first = await invite(gateway, "twice@example.com", "viewer");
    const second = await invite(gateway, "twice@example.com", "sender");
    expect((await accept(first)).status).toBe(404);
    const short = await accept(second, { password: "short" });
    expect([short.status, short.body.error.message]).toEqual([400, expect.stringContaining("at least 10")]);
    expect((await call(null, "POST", "/invitations/open", { token: `${second}x` })).status).toBe(404);
    const path = `${usersOf(gateway)}/${await idOf(gateway, "twice@example.com")}`;
    expect((await call(ownerOf(gateway), "PATCH", path, { role: "viewer" })).body).toMatchObject({ role: "viewer" });
    expect((await call(ownerOf(gateway), "DELETE", path)).status).toBe(204);
    expect((await accept(second)).status).toBe(404);
  });

  it("changed to the role that it has leaves no audit row, nor does the role of who has come by it", async () => {
    await invite(gateway, "steady@example.com", "viewer");
    const path = `${usersOf(gateway)}/${await idOf(gateway, "steady@example.com")}`;
    await join(gateway, "settled@example.com", "sender");
    const member = `${usersOf(gateway)}/${await idOf(gateway, "settled@example.com")}`;
    const audits = () => gateway.db.query("select id from audit where action ~ 'role-changed|invitation.updated'");
    const before = await audits();
    for (const [one, role] of [
      [path, "viewer"],
      [member, "sender"],
    ] as const) {
      expect((await call(ownerOf(gateway), "PATCH", one, { role })).body).toMatchObject({ role });
    }
    expect(await audits()).toEqual(before);
  });

  it("of somebody known elsewhere looks the same to who invites, and needs that password", async () => {
    await join(other, "known@example.com", "owner");
    const answers = await Promise.all(
      ["known@example.com", "nobody@example.com"].map((email) =>
        call(ownerOf(gateway), "POST", usersOf(gateway), { email, role: "viewer" }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, Object.keys(body)])).toEqual([
      [201, ["id", "email", "link", "expiresAt"]],
      [201, ["id", "email", "link", "expiresAt"]],
    ]);
    const token = tokenIn(answers[0]?.body.link);
    expect((await accept(token, { password: "not the right one" })).status).toBe(400);
    expect((await accept(token, { name: "Somebody else" })).status).toBe(204);
    const { body } = await call(await signInAs("known@example.com"), "GET", "/session");
    expect(body.name).toBe("Ada");
    expect(body.accounts.map(({ role }: { role: string }) => role).toSorted()).toEqual(["owner", "viewer"]);
    const again = await call(ownerOf(gateway), "POST", usersOf(gateway), { email: "known@example.com", role: "owner" });
    expect(again.status).toBe(409);
  });

  it("keeps guesses of a password waiting, as the sign-in does", async () => {
    await join(other, "guessed@example.com", "viewer");
    const token = await invite(gateway, "guessed@example.com", "viewer");
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await accept(token, { password: `wrong guess ${n}` })).status);
    expect(statuses).toEqual([...Array(10).fill(400), 429]);
  });
});

describe("a role", () => {
  it("is that of the account which is named, and reaches no other", async () => {
    const third = await gateway.addAccount();
    const user = await join(gateway, "two@example.com", "viewer");
    expect((await accept(await invite(other, "two@example.com", "owner"))).status).toBe(204);
    const at = (account: TestAccount) => `?account=${account.accountSid}`;
    const send = (account: TestAccount, query: string) =>
      call(user, "POST", `/messages${query}`, { to: "+12025550142", from: account.numbers[0], body: "x" });
    expect((await send(gateway, "")).status).toBe(403);
    await expect.poll(async () => (await send(other, at(other))).status, soon).toBe(201);
    expect((await call(user, "GET", usersOf(gateway))).status).toBe(403);
    expect((await call(user, "GET", usersOf(other))).status).toBe(200);
    expect((await call(user, "GET", usersOf(third))).status).toBe(404);
    expect((await call(user, "GET", `/messages${at(third)}`)).status).toBe(404);
    // Let in as an owner by the query, and only a viewer in the account of the body.
    const provider = { account: gateway.accountSid, name: "x", kind: "sandbox" };
    expect((await call(user, "POST", `/providers${at(other)}`, provider)).status).toBe(403);
    const session = await call(user, "GET", `/session${at(other)}`);
    expect(session.body).toMatchObject({ role: "owner", accountSid: other.accountSid });
  });

  it("holds for the other facades, which take the same tokens", async () => {
    const user = await join(gateway, "facades@example.com", "viewer");
    const environment = async ({ accountSid }: TestAccount) => {
      const { body } = await call(
        ownerOf(accountSid === other.accountSid ? other : gateway),
        "GET",
        `/accounts/${accountSid}`,
      );
      return body;
    };
    const [mine, foreign] = await Promise.all([environment(gateway), environment(other)]);
    const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const init = { method, headers: { authorization: user, "content-type": "application/json", ...headers } };
      return (await fetch(`${gateway.url}${path}`, method === "GET" ? init : { ...init, body: "{}" })).status;
    };
    expect(await ask("GET", `/v1/environments/${mine.environmentId}`)).toBe(200);
    expect(await ask("GET", `/v1/environments/${foreign.environmentId}`)).toBe(403);
    const settings = "notificationsSettings/phoneDeliverySettings";
    expect(await ask("POST", `/v1/environments/${mine.environmentId}/${settings}`)).toBe(403);
    const orgs = { "x-zitadel-orgid": foreign.resourceOwner };
    expect(await ask("POST", "/admin/v1/sms/_search")).toBe(200);
    expect(await ask("POST", "/admin/v1/sms/_search", orgs)).toBe(403);
    expect(await ask("POST", "/admin/v1/sms/twilio")).toBe(403);
  });

  it("held in one account gives nothing in another through Twilio's API", async () => {
    const [parent, unrelated] = await Promise.all([gateway.addAccount(), gateway.addAccount()]);
    const below = await gateway.addAccount(parent.accountSid);
    const twilio = async (user: string, path: string, form: Record<string, string> | null) => {
      const body = form === null ? {} : { method: "POST", body: new URLSearchParams(form) };
      const answer = await fetch(`${gateway.url}/2010-04-01/Accounts/${path}`, {
        headers: { authorization: user },
        ...body,
      });
      const json = (await answer.json()) as { incoming_phone_numbers: { sid: string }[]; status: string };
      return { status: answer.status, json };
    };
    const user = await join(unrelated, "between@example.com", "viewer");
    expect((await accept(await invite(below, "between@example.com", "owner"))).status).toBe(204);
    const numbers = `${below.accountSid}/IncomingPhoneNumbers`;
    await expect.poll(async () => (await twilio(user, `${numbers}.json`, null)).status, soon).toBe(200);
    const [number] = (await twilio(user, `${numbers}.json`, null)).json.incoming_phone_numbers;
    const given = await twilio(user, `${numbers}/${number?.sid}.json`, { AccountSid: unrelated.accountSid });
    expect(given.status).toBe(403);
    const suspending = { Status: "suspended" };
    expect((await twilio(user, `${below.accountSid}.json`, suspending)).status).toBe(403);
    expect((await accept(await invite(parent, "between@example.com", "owner"))).status).toBe(204);
    const status = async () => (await twilio(user, `${below.accountSid}.json`, suspending)).json.status;
    await expect.poll(status, soon).toBe("suspended");
  });

  it("in a suspended account keeps nobody from a new password", async () => {
    const parent = await gateway.addAccount();
    const below = await gateway.addAccount(parent.accountSid);
    const user = await join(below, "stranded@example.com", "owner");
    const url = `${gateway.url}/2010-04-01/Accounts/${below.accountSid}.json`;
    const init = { method: "POST", body: new URLSearchParams({ Status: "suspended" }) };
    expect((await fetch(url, { ...init, headers: { authorization: ownerOf(parent) } })).status).toBe(200);
    const change = { current: password, new: "another long password" };
    expect((await call(user, "PUT", "/session/password", change)).status).toBe(204);
  });

  it("is all that an account's client gets of a person, however much the client may by itself", async () => {
    await join(gateway, "through@example.com", "viewer");
    await join(other, "outsider@example.com", "owner");
    const app = { name: "app", role: "owner", public: true, redirectUris: ["https://app.example.com/cb"] };
    const made = await call(ownerOf(gateway), "POST", `/accounts/${gateway.accountSid}/oauth-clients`, app);
    const changes = { client_id: made.body.clientId, redirect_uri: "https://app.example.com/cb" };
    const sessionOf = async (email: string) => {
      const { url, verifier } = authorizationUrl(gateway.url, changes);
      const end = await signIn(openTestBrowser(), url, undefined, { email, password });
      const code = end.searchParams.get("code") ?? "";
      const tokens = await requestTokens(gateway.url, { ...codeForm(gateway.url, code, verifier), ...changes });
      expect(tokens.status).toBe(200);
      return await call(`Bearer ${tokens.access_token}`, "GET", "/session");
    };
    expect((await sessionOf("through@example.com")).body).toMatchObject({ credential: "client", role: "viewer" });
    expect((await sessionOf("outsider@example.com")).status).toBe(401);
  });

  it("changes in every process within moments, and ends with its sign-ins when it is taken away", async () => {
    const sibling = await gateway.startSibling();
    try {
      const email = "changed@example.com";
      expect((await accept(await invite(gateway, email, "viewer"))).status).toBe(204);
      const tokens = await dashboardTokens(gateway.url, { email, password });
      const user = `Bearer ${tokens.access_token}`;
      const roleAt = async (url: string) => (await callNative(url, user, ["GET", "/session"])).body?.role;
      expect([await roleAt(gateway.url), await roleAt(sibling.url)]).toEqual(["viewer", "viewer"]);
      const path = `${usersOf(gateway)}/${await idOf(gateway, email)}`;
      expect((await call(ownerOf(gateway), "PATCH", path, { role: "operator" })).status).toBe(200);
      await expect.poll(() => roleAt(sibling.url), soon).toBe("operator");
      expect((await call(ownerOf(gateway), "DELETE", path)).status).toBe(204);
      const statusAt = async (url: string) => (await callNative(url, user, ["GET", "/session"])).status;
      await expect.poll(() => statusAt(sibling.url), soon).toBe(401);
      await expect.poll(() => statusAt(gateway.url), soon).toBe(401);
      const form = { grant_type: "refresh_token", client_id: "dashboard", refresh_token: tokens.refresh_token ?? "" };
      expect((await requestTokens(gateway.url, form)).error).toBe("invalid_grant");
      await expect(signInAs(email)).rejects.toThrow(/no role in any account/);
    } finally {
      await sibling.stop();
    }
  });

  it("is not changed or taken away by who has it, and is an owner's to give", async () => {
    const owner = await join(gateway, "owner@example.com", "owner");
    const path = `${usersOf(gateway)}/${await idOf(gateway, "owner@example.com")}`;
    expect((await call(owner, "PATCH", path, { role: "viewer" })).status).toBe(409);
    expect((await call(owner, "DELETE", path)).status).toBe(409);
    expect((await call(owner, "GET", usersOf(gateway))).status).toBe(200);
    const viewer = `Bearer ${gateway.viewerKey}`;
    expect((await call(viewer, "GET", usersOf(gateway))).status).toBe(403);
    expect((await call(viewer, "POST", usersOf(gateway), { email: "x@example.com" })).status).toBe(403);
    expect((await call(ownerOf(other), "DELETE", path)).status).toBe(404);
    expect((await call(ownerOf(other), "DELETE", `${usersOf(other)}/${path.split("/").at(-1)}`)).status).toBe(404);
    expect((await call(owner, "GET", "/users")).status).toBe(403);
  });

  it("is in the account's audit log, by the ids of people", async () => {
    await join(gateway, "audited@example.com", "viewer");
    const id = await idOf(gateway, "audited@example.com");
    const { body } = await call(ownerOf(gateway), "GET", `/accounts/${gateway.accountSid}/audit?action=user.`);
    const actions = body.entries.map(({ action, subject, actor }: Record<string, { id?: string }>) => [
      ...[action, subject?.id, actor?.id],
    ]);
    expect(actions).toContainEqual(["user.joined", id, id]);
    expect(JSON.stringify(body)).not.toContain(password);
  });
});

describe("an administrator", () => {
  const people = async (query = "") => (await call(admin, "GET", `/users${query}`)).body;

  it("disables a person, who is signed out everywhere, and lets them in again", async () => {
    const user = await join(gateway, "disabled@example.com", "viewer");
    const [person] = (await people("?email=Disabled")).users;
    expect(person).toMatchObject({ email: "disabled@example.com", administrator: false, state: "active" });
    expect(person.accounts).toMatchObject([{ sid: gateway.accountSid, role: "viewer" }]);
    expect((await call(admin, "PATCH", `/users/${person.id}`, { disabled: true })).status).toBe(204);
    await expect.poll(async () => (await call(user, "GET", "/session")).status, soon).toBe(401);
    await expect(signInAs("disabled@example.com")).rejects.toThrow(/disabled/);
    expect((await call(admin, "PATCH", `/users/${person.id}`, { disabled: false })).status).toBe(204);
    expect((await call(await signInAs("disabled@example.com"), "GET", "/session")).status).toBe(200);
    expect((await call(admin, "DELETE", `/users/${person.id}`)).status).toBe(204);
    expect((await people("?email=disabled")).users).toEqual([]);
  });

  it("invites another, and neither unmakes themselves nor leaves nobody", async () => {
    const [me] = (await people("?email=admin")).users;
    expect(me).toMatchObject({ administrator: true, isCaller: true });
    for (const changes of [{ administrator: false }, { disabled: true }]) {
      expect((await call(admin, "PATCH", `/users/${me.id}`, changes)).status).toBe(409);
    }
    expect((await call(admin, "DELETE", `/users/${me.id}`)).status).toBe(409);
    const { body } = await call(admin, "POST", "/users", { email: "second@example.com" });
    expect((await people()).invitations).toMatchObject([{ email: "second@example.com" }]);
    expect((await accept(tokenIn(body.link))).status).toBe(204);
    const second = await signInAs("second@example.com");
    const session = (await call(second, "GET", `/session?account=${other.accountSid}`)).body;
    expect(session).toMatchObject({ credential: "admin", role: "owner" });
    const [{ id }] = (await people("?email=second")).users;
    // Each takes the other away: one of them stays.
    const both = await Promise.all([
      call(admin, "PATCH", `/users/${id}`, { administrator: false }),
      call(second, "PATCH", `/users/${me.id}`, { administrator: false }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    await gateway.db.query("update users set administrator = (id = $1)", [me.id]);
    expect((await call(admin, "DELETE", `/users/${id}`)).status).toBe(204);
  });

  it("helps a person to a new password, and a person changes their own", async () => {
    const email = "forgetful@example.com";
    const user = await join(gateway, email, "viewer");
    const [{ id }] = (await people(`?email=${email}`)).users;
    const { body } = await call(admin, "POST", `/users/${id}/password-link`);
    expect((await accept(tokenIn(body.link), { password: "another password" })).status).toBe(204);
    await expect.poll(async () => (await call(user, "GET", "/session")).status, soon).toBe(401);
    const again = await signInAs(email, "another password");
    const change = (current: string, next: string) => call(again, "PUT", "/session/password", { current, new: next });
    expect((await change(password, "a third password")).status).toBe(400);
    expect((await change("another password", "short")).status).toBe(400);
    expect((await change("another password", "a third password")).status).toBe(204);
    await expect.poll(async () => (await call(again, "GET", "/session")).status, soon).toBe(401);
    expect((await call(await signInAs(email, "a third password"), "GET", "/session")).status).toBe(200);
    const asKey = await call(`Bearer ${gateway.viewerKey}`, "PUT", "/session/password", {
      current: "x",
      new: adminPassword,
    });
    expect(asKey.status).toBe(403);
  });

  const linkFor = (by: string, id: string) => call(by, "POST", `/users/${id}/password-link`);
  const personId = async (email: string): Promise<string> => (await people(`?email=${email}`)).users[0].id;

  it("makes password links that end with an earlier password, with who made them, and none for themselves", async () => {
    const user = await join(gateway, "linked@example.com", "viewer");
    const id = await personId("linked@example.com");
    const stale = await linkFor(admin, id);
    const change = { current: password, new: "changed by oneself" };
    expect((await call(user, "PUT", "/session/password", change)).status).toBe(204);
    expect((await accept(tokenIn(stale.body.link))).status).toBe(404);
    expect((await linkFor(admin, await personId("admin@"))).status).toBe(409);
    const invited = await call(admin, "POST", "/users", { email: "maker@example.com" });
    expect((await accept(tokenIn(invited.body.link))).status).toBe(204);
    const left = await linkFor(await signInAs("maker@example.com"), id);
    expect(left.status).toBe(201);
    const maker = `/users/${await personId("maker@example.com")}`;
    expect((await call(admin, "PATCH", maker, { administrator: false })).status).toBe(204);
    expect((await call(admin, "PATCH", maker, { administrator: true })).status).toBe(204);
    expect((await accept(tokenIn(left.body.link))).status).toBe(404);
  });

  it("makes none of an address that only an owner let in, until its link has set the password anew", async () => {
    const email = "ceo@example.com";
    const taker = await join(other, email, "viewer");
    const id = await personId(email);
    expect((await call(admin, "PATCH", `/users/${id}`, { administrator: true })).status).toBe(409);
    const { body } = await call(admin, "POST", "/users", { email });
    expect((await accept(tokenIn(body.link), { password: "the real person's" })).status).toBe(204);
    await expect.poll(async () => (await call(taker, "GET", "/session")).status, soon).toBe(401);
    await expect(signInAs(email)).rejects.toThrow(/not right/);
    const session = await call(await signInAs(email, "the real person's"), "GET", "/session");
    expect(session.body).toMatchObject({ credential: "admin" });
    expect((await people(`?email=${email}`)).users[0].accounts).toMatchObject([{ sid: other.accountSid }]);
  });
});

describe("a link", () => {
  it("ends when its maker is no owner any more", async () => {
    const owner = await join(gateway, "leaving@example.com", "owner");
    const { body } = await call(owner, "POST", usersOf(gateway), { email: "late@example.com" });
    const path = `${usersOf(gateway)}/${await idOf(gateway, "leaving@example.com")}`;
    expect((await call(ownerOf(gateway), "PATCH", path, { role: "viewer" })).status).toBe(200);
    expect((await accept(tokenIn(body.link))).status).toBe(404);
  });

  it("sets a new password for who has no role left", async () => {
    const email = "returning@example.com";
    await join(gateway, email, "viewer");
    const path = `${usersOf(gateway)}/${await idOf(gateway, email)}`;
    expect((await call(ownerOf(gateway), "DELETE", path)).status).toBe(204);
    const token = await invite(gateway, email, "viewer");
    expect((await accept(token, { password: "a password anew" })).status).toBe(204);
    expect((await call(await signInAs(email, "a password anew"), "GET", "/session")).status).toBe(200);
  });

  it("answers short passwords alike whether the address is known, and shuts nobody's sign-in", async () => {
    await join(other, "probed@example.com", "viewer");
    for (const email of ["probed@example.com", "unprobed@example.com"]) {
      const token = await invite(gateway, email, "viewer");
      const statuses: number[] = [];
      for (let n = 0; n < 11; n++) statuses.push((await accept(token, { password: "short" })).status);
      expect(statuses).toEqual([...Array(10).fill(400), 429]);
    }
    expect((await call(await signInAs("probed@example.com"), "GET", "/session")).status).toBe(200);
  });

  it("is made for no address, and taken with no name, that turns or breaks the text around it", async () => {
    const turned = await call(ownerOf(gateway), "POST", usersOf(gateway), { email: "a\u202eb@example.com" });
    expect(turned.status).toBe(400);
    const token = await invite(gateway, "plain@example.com", "viewer");
    for (const name of ["A\u202eda", "A\nda"]) expect((await accept(token, { name })).status).toBe(400);
  });

  it("is replaced also when there are as many as there may be", async () => {
    const full = await gateway.addAccount();
    await invite(full, "replaced@example.com", "viewer");
    const fill = (from: number, days: number) =>
      gateway.db.query(
        `insert into invitations (account_id, id, purpose, email, role, token_hash, expires_at)
         select account_id, gen_random_uuid(), 'access', n || '@x.example', role, sha256((account_id::text || n)::bytea),
           expires_at - make_interval(days => $2) from invitations, generate_series($1::int, $1::int + 498) n
         where email = 'replaced@example.com'`,
        [from, days],
      );
    await fill(1000, 30);
    await fill(2000, 0);
    await invite(full, "replaced@example.com", "owner");
    const more = await call(ownerOf(full), "POST", usersOf(full), { email: "more@example.com" });
    expect(more.status).toBe(409);
  });
});
