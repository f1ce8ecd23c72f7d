import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAccessKey, callsWith, genericMessenger } from "../../../../test/support/fusionauth.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { newUuid, sidOf, uuidOf } from "../../../core/ids.ts";
import { writeAudit } from "../../../store/audit.ts";
import { putGrant } from "../../../store/user-grants.ts";
import { insertUser } from "../../../store/users.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.stop());

async function read(account: TestAccount, action: string) {
  const path = `/accounts/${account.accountSid}/audit?action=${action}`;
  const { body } = await callNative(gateway.url, basic(account.accountSid, account.authToken), ["GET", path]);
  return { entries: body.entries, text: JSON.stringify(body) };
}

async function csv(account: TestAccount, action: string): Promise<string> {
  const headers = { authorization: basic(account.accountSid, account.authToken) };
  const url = `${gateway.url}/trunkline/v1/accounts/${account.accountSid}/audit.csv?action=${action}`;
  return await (await fetch(url, { headers })).text();
}

async function addPerson(email: string) {
  const person = { id: newUuid(), email, name: "", administrator: false };
  await insertUser(gateway.db, { ...person, passwordHash: "unusable" });
  return person;
}

const key = { apiKey: { permissions: { endpoints: { "/api/messenger": ["GET"] } } } };

describe("names in the audit log", () => {
  it("of an actor cannot be taken by a thing that was given their key's id", async () => {
    const account = await gateway.addAccount();
    const call = callsWith(gateway.url, await addAccessKey(gateway, account, "owner"));
    expect((await call("POST", "/api/api-key", key)).status).toBe(200);
    const [{ actor }] = (await read(account, "endpoint-key.created")).entries;
    expect(actor).toMatchObject({ kind: "access-key", label: "owner" });

    const operator = callsWith(gateway.url, await addAccessKey(gateway, account, "operator"));
    const messenger = genericMessenger({ name: "Somebody else" });
    expect((await operator("POST", `/api/messenger/${actor.id}`, { messenger })).status).toBe(200);
    const { entries } = await read(account, "endpoint-key.created");
    expect(entries[0].actor).toEqual(actor);
    expect(await csv(account, "endpoint-key.created")).not.toContain("Somebody else");
    const [made] = (await read(account, "provider.created")).entries;
    expect([made.subject.label, made.subject.kind]).toEqual(["Somebody else", "provider"]);
    expect(made.actor.label).toBe("operator");
  });

  it("never tell of a person whose id somebody has given to a key of theirs", async () => {
    const account = await gateway.addAccount();
    const stranger = await addPerson("stranger@example.com");
    const call = callsWith(gateway.url, await addAccessKey(gateway, account, "owner"));
    const made = await call("POST", `/api/api-key/${stranger.id}`, key);
    expect(made.status).toBe(200);
    const own = callsWith(gateway.url, made.body.apiKey.key);
    const { status } = await call("PUT", `/api/api-key/${stranger.id}`, { apiKey: { permissions: {} } });
    expect(status).toBe(200);
    expect((await own("POST", "/api/messenger", { messenger: genericMessenger() })).status).toBe(200);
    const { entries, text } = await read(account, "endpoint-key.,provider.");
    expect(entries[0].actor).toEqual({ kind: "endpoint-key", id: stranger.id, label: null });
    expect(entries[2].subject).toMatchObject({ id: stranger.id, label: null });
    expect(text + (await csv(account, "endpoint-key.,provider."))).not.toContain("stranger@");
  });

  it("keep things apart whose SIDs have the same digits", async () => {
    const account = await gateway.addAccount();
    const id = uuidOf(account.accountSid);
    await gateway.db.query(
      `insert into api_keys (account_id, id, secret_hash, friendly_name)
       select account_id, $1, secret_hash, 'A key' from api_keys where account_id = $1 limit 1`,
      [id],
    );
    for (const subject of [account.accountSid, sidOf("SK", id)]) {
      const entry = { accountSid: account.accountSid, actor: `auth-token ${account.accountSid}`, action: "thing.made" };
      await writeAudit(gateway.db, { ...entry, subject, before: null, after: null });
    }
    const { entries } = await read(account, "thing.made");
    expect(entries.map(({ actor, subject }: typeof entries) => [actor.label, subject.label])).toEqual([
      ["Test", "A key"],
      ["Test", "Test"],
    ]);
  });

  it("are those of people where people did something, or something was done to them", async () => {
    const account = await gateway.addAccount();
    const person = await addPerson("ann@example.com");
    await putGrant(gateway.db, account.accountSid, person.id, "viewer");
    const path = `/accounts/${account.accountSid}/users/${person.id}`;
    const authorization = basic(account.accountSid, account.authToken);
    expect((await callNative(gateway.url, authorization, ["DELETE", path])).status).toBe(204);
    const [removed] = (await read(account, "user.removed")).entries;
    expect(removed.subject.label).toBe("ann@example.com");
  });

  it("tell of a key with permissions by endpoint which of them changed", async () => {
    const account = await gateway.addAccount();
    const call = callsWith(gateway.url, await addAccessKey(gateway, account, "owner"));
    const withPermissions = (endpoints: Record<string, string[]>) => ({ apiKey: { permissions: { endpoints } } });
    const narrow = { "/api/api-key": ["GET"], "/api/messenger": ["GET"] };
    const { body } = await call("POST", "/api/api-key", withPermissions(narrow));
    const wide = { ...narrow, "/api/api-key": ["POST", "GET"] };
    expect((await call("PUT", `/api/api-key/${body.apiKey.id}`, withPermissions(wide))).status).toBe(200);
    const [changed] = (await read(account, "endpoint-key.updated")).entries;
    expect(changed.changes).toEqual([
      { path: "endpoints[]", before: "GET /api/api-key", after: null },
      { path: "endpoints[]", before: null, after: "GET,POST /api/api-key" },
    ]);
  });
});
