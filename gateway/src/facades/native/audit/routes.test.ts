import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAccessKey } from "../../../../test/support/fusionauth.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { addAdmin, adminEmail, dashboardTokens } from "../../../../test/support/sign-in.ts";
import { actorOf } from "../../../core/access/principal.ts";
import { newUuid } from "../../../core/ids.ts";
import { auditSignIn } from "../../../services/oauth/audit-sign-in.ts";
import { writeAudit } from "../../../store/audit.ts";
import { putGrant } from "../../../store/user-grants.ts";
import { insertUser } from "../../../store/users.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly id: string | null; readonly label: string | null };
  readonly subject: { readonly id: string; readonly label: string | null; readonly kind: string | null };
  readonly changes: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
}

const as = (account: TestAccount) => basic(account.accountSid, account.authToken);

async function read(account: TestAccount, query = "", of: TestAccount = account) {
  const path = `/accounts/${of.accountSid}/audit${query}`;
  const { status, body } = await callNative(gateway.url, as(account), ["GET", path]);
  return { status, body, entries: (body.entries ?? []) as readonly Entry[] };
}

/** Rows of one account as they would be written by changes. */
async function write(account: TestAccount, ...rows: readonly { action: string; subject?: string; actor?: string }[]) {
  for (const { action, subject = "thing", actor = "retention" } of rows) {
    await writeAudit(gateway.db, { accountSid: account.accountSid, actor, action, subject, before: null, after: {} });
  }
}

describe("the audit log", () => {
  it("tells who changed what, by name, with the difference and without secrets", async () => {
    const account = await gateway.addAccount();
    const sandbox = (await callNative(gateway.url, as(account), ["GET", "/providers"])).body.providers[0];
    const settings = { baseUrl: "http://127.0.0.1:9", accountSid: `AC${"1".repeat(32)}`, fromNumber: "+12025550100" };
    const made = await callNative(gateway.url, as(account), [
      ...(["POST", "/providers"] as const),
      { name: "Primary", kind: "twilio", authToken: "a".repeat(32), ...settings },
    ]);
    expect(made.status).toBe(201);
    const path = `/providers/${made.body.id}`;
    const changes = { name: "Second", authToken: "b".repeat(32) };
    await callNative(gateway.url, as(account), ["PATCH", path, changes]);
    const chain = { providers: [made.body.id, sandbox.id] };
    await callNative(gateway.url, as(account), ["PUT", `/accounts/${account.accountSid}/fallback-chain`, chain]);

    const { entries, body } = await read(account, "?limit=3");
    expect(entries.map(({ action }) => action)).toEqual([
      ...["account.fallback-chain.replaced", "provider.updated", "provider.created"],
    ]);
    expect(entries[1]).toMatchObject({
      scope: "account",
      actor: { kind: "auth-token", id: account.accountSid, label: "Test" },
      subject: { id: made.body.id, label: "Second", kind: "provider" },
      changes: [
        { path: "name", before: "Primary", after: "Second" },
        { path: "authToken", before: "[secret]", after: "[secret]" },
      ],
      moreChanges: 0,
    });
    expect(entries[2]?.changes).toContainEqual({ path: "kind", before: null, after: "twilio" });
    expect(JSON.stringify(body)).not.toMatch(/a{32}|b{32}/);

    await callNative(gateway.url, as(account), ["DELETE", path]);
    const [deleted] = (await read(account, "?action=provider.deleted")).entries;
    expect(deleted?.subject).toEqual({ id: made.body.id, label: "Second", kind: null });
  });

  it("comes in pages, newest first, each row once, while rows are added", async () => {
    const account = await gateway.addAccount();
    await write(
      account,
      ...Array.from({ length: 7 }, (_none, index) => ({ action: "thing.made", subject: `${index}` })),
    );
    const seen: Entry[] = [];
    let before = "";
    do {
      const { body, entries } = await read(account, `?limit=3&action=thing.made${before}`);
      seen.push(...entries);
      await write(account, { action: "thing.made", subject: "late" });
      before = body.next === null ? "" : `&before=${body.next}`;
    } while (before !== "");
    expect(seen.map(({ subject }) => subject.id)).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
  });

  it("filters by action, actor, subject and time", async () => {
    const account = await gateway.addAccount();
    const key = `access-key ${newUuid()}`;
    await write(
      ...([account, { action: "thing.made", actor: key }, { action: "thing.gone", subject: "other" }] as const),
      ...[{ action: "things.made" }, { action: "word.said", actor: `access-key ${newUuid()}` }],
    );
    const actions = async (query: string) => (await read(account, query)).entries.map(({ action }) => action);
    expect(await actions("?action=thing.")).toEqual(["thing.gone", "thing.made"]);
    expect(await actions("?action=thing.made,word.")).toEqual(["word.said", "thing.made"]);
    expect(await actions("?action=thing")).toEqual([]);
    expect(await actions("?actor=access-key")).toEqual(["word.said", "thing.made"]);
    expect(await actions("?actor=access")).toEqual([]);
    expect(await actions(`?actor=${encodeURIComponent(key)}`)).toEqual(["thing.made"]);
    expect(await actions("?subject=other")).toEqual(["thing.gone"]);
    const [newest, , , oldest] = (await read(account, "?action=thing.,things.,word.")).body.entries;
    const [later] = (await read(account, `?since=${newest.at}`)).entries;
    expect(later?.action).toBe("word.said");
    expect((await read(account, `?since=${oldest.at}&until=${oldest.at}`)).entries).toEqual([]);
  });

  it.each([
    ...["?action=Provider", "?action=a%25", "?action=", "?before=1", "?limit=0", "?limit=201", "?since=yesterday"],
    ...["?actor=", "?unknown=1", "?subject=%00"],
  ])("refuses %s", async (query) => {
    expect((await read(gateway, query)).status).toBe(400);
  });

  it("is seen by its owner and operators alone; nobody sees another account's, nor its names", async () => {
    const [mine, other] = [await gateway.addAccount(), await gateway.addAccount()];
    const child = await gateway.addAccount(mine.accountSid);
    await write(other, { action: "secret.thing" });
    expect((await read(mine, "", other)).status).toBe(404);
    expect((await read(mine)).entries.map(({ action }) => action)).not.toContain("secret.thing");
    const viewer = await callNative(gateway.url, `Bearer ${mine.viewerKey}`, [
      ...(["GET", `/accounts/${mine.accountSid}/audit`] as const),
    ]);
    expect(viewer.status).toBe(403);

    // The parent acts for its subaccount: the parent knows its own name, the subaccount only the id.
    const settings = { messageDays: 5 };
    await callNative(gateway.url, as(mine), ["PUT", `/accounts/${child.accountSid}/retention`, settings]);
    const parent = { kind: "auth-token", id: mine.accountSid };
    expect((await read(mine, "?limit=1", child)).entries[0]?.actor).toEqual({ ...parent, label: "Test" });
    expect((await read(child, "?limit=1")).entries[0]?.actor).toEqual({ ...parent, label: null });
  });

  it("keeps what concerns the installation from everybody but administrators, whose sign-ins it tells of", async () => {
    await addAdmin(gateway.db);
    const admin = `Bearer ${(await dashboardTokens(gateway.url)).access_token}`;
    const path = `/accounts/${gateway.accountSid}/audit?action=user.signed-in`;
    const { body } = await callNative(gateway.url, admin, ["GET", path]);
    expect(body.entries).toMatchObject([
      {
        ...{ scope: "installation", action: "user.signed-in" },
        actor: { kind: "admin", label: adminEmail },
        changes: [{ path: "remoteAddress", before: null, after: "127.0.0.1" }],
      },
    ]);
    expect((await read(gateway, "?action=user.")).entries).toEqual([]);
  });

  it("tells each account that a person has a role in of their sign-in, by name, and no other", async () => {
    const [one, two, stranger] = [await gateway.addAccount(), await gateway.addAccount(), await gateway.addAccount()];
    const person = { id: newUuid(), email: "ann@example.com", name: "Ann", administrator: false };
    await insertUser(gateway.db, { ...person, passwordHash: "unusable" });
    for (const { accountSid } of [one, two]) await putGrant(gateway.db, accountSid, person.id, "viewer");
    await auditSignIn(gateway.db, person, "192.0.2.1");
    for (const account of [one, two]) {
      expect((await read(account, "?action=user.")).entries).toMatchObject([
        { scope: "account", action: "user.signed-in", actor: { kind: "user", id: person.id, label: "Ann" } },
      ]);
    }
    expect((await read(stranger, "?action=user.")).entries).toEqual([]);
  });

  it("is given out as CSV, all of it, with nothing that a spreadsheet would run", async () => {
    const account = await gateway.addAccount();
    const rows = Array.from(
      { length: 1_203 },
      (_none, index) => `(gen_random_uuid(), 'made.${index % 2}', '=1+${index}')`,
    );
    await gateway.db.query(
      `insert into audit (account_id, id, actor, action, subject, before, after)
       select $1::uuid, v.id, 'retention', v.action, v.subject, null, '{"a": 1}'
       from (values ${rows.join(",")}) as v(id, action, subject)`,
      [account.accountSid.slice(2)],
    );
    const url = `${gateway.url}/trunkline/v1/accounts/${account.accountSid}/audit.csv?action=made.`;
    const response = await fetch(url, { headers: { authorization: as(account) } });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const lines = parse(await response.text(), { columns: true }) as Record<string, string>[];
    expect(lines).toHaveLength(1_203);
    expect(new Set(lines.map((line) => line["subject"])).size).toBe(1_203);
    expect(lines.every((line) => line["subject"]?.startsWith("'=1+"))).toBe(true);
    expect(JSON.parse(lines[0]?.["changes"] ?? "")).toEqual([{ path: "a", before: null, after: 1 }]);
  });

  it("breaks off its CSV when the key that asked for it is gone", async () => {
    const account = await gateway.addAccount();
    const key = await addAccessKey(gateway, account, "operator");
    const accountId = account.accountSid.slice(2);
    // More than sockets hold, so that the gateway waits for its reader.
    await gateway.db.query(
      `insert into audit (account_id, id, actor, action, subject, before, after)
       select $1::uuid, gen_random_uuid(), 'retention', 'made.big', 'thing', null,
         jsonb_build_object('a', repeat('x', 40000))
       from generate_series(1, 2000)`,
      [accountId],
    );
    const url = `${gateway.url}/trunkline/v1/accounts/${account.accountSid}/audit.csv`;
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(url, { headers });
    expect(response.status).toBe(200);
    await gateway.db.query("delete from access_keys where account_id = $1::uuid and name = 'operator'", [accountId]);
    await expect.poll(async () => (await fetch(url, { method: "HEAD", headers })).status).toBe(401);
    await expect(response.text()).rejects.toThrow();
  });

  it("knows an actor of every kind by the name of what they act with", async () => {
    const account = await gateway.addAccount();
    const [key] = await gateway.db.query<{ id: string }>("select id from access_keys where account_id = $1::uuid", [
      account.accountSid.slice(2),
    ]);
    const principal = { accountSid: account.accountSid, credential: "access-key", credentialId: key?.id } as never;
    await write(account, { action: "thing.made", actor: actorOf(principal) });
    await write(account, { action: "thing.made", actor: `access-key ${newUuid()}` });
    const { entries } = await read(account, "?action=thing.made");
    expect(entries.map(({ actor }) => actor.label)).toEqual([null, "viewer"]);
  });
});
