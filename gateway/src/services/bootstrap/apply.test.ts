import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { verifyPassword } from "../../core/credentials/password.ts";
import { createSealer, type Sealer } from "../../core/credentials/seal.ts";
import { type AccountSid, newUuid, uuidOf } from "../../core/ids.ts";
import { findAccount, setAuthTokens } from "../../store/accounts.ts";
import { findAccessKey, findApiKey, findClient, insertAccessKey } from "../../store/credentials.ts";
import { listKeys } from "../../store/key-list.ts";
import { insertProvider, loadProviders } from "../../store/providers.ts";
import { findSenderByAddress, listSenders } from "../../store/senders.ts";
import { findUserByEmail } from "../../store/users.ts";
import { applyBootstrap, type BootstrapDeps, type BootstrapResult } from "./apply.ts";
import { loadMasterKeys } from "./master-keys.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const hex = "0123456789abcdef0123456789abcdef";
const sid = `AC${hex}` as AccountSid;
const acme = {
  sid,
  friendlyName: "Acme",
  authToken: hex,
  environmentId: "7d9c3a52-6f0e-4f43-9b2a-0f1c5d7e8a90",
  tenantId: "1f4b8e66-2a77-4d0c-8c55-93b1e7d2f604",
  resourceOwner: "263458912345678901",
  phoneNumbers: ["+12025550100", "+4915112345678"],
  apiKeys: [{ sid: `SK${hex}`, secret: "an-api-secret", friendlyName: "ci" }],
  accessKeys: [{ key: "an-access-key", name: "terraform", role: "operator" }],
  clients: [{ clientId: "worker", clientSecret: "a-client-secret", name: "worker", role: "sender" }],
};

let database: TestDatabase;
let directory: string;
let dataDir: string;
beforeEach(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), "trunkline-bootstrap-"));
  dataDir = join(directory, "data");
});
afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

async function apply(file: unknown = null, more: Partial<BootstrapDeps> = {}): Promise<BootstrapResult> {
  const path = join(directory, "bootstrap.json");
  if (file !== null) await writeFile(path, JSON.stringify(file));
  const log = pino({ level: "silent" });
  const clock = { nowMs: () => Date.UTC(2026, 0, 2) };
  return await applyBootstrap({
    ...{ db: database.db, sealer, clock, log, dataDir },
    file: file === null ? null : path,
    ...more,
  });
}

async function count(table: string): Promise<number> {
  const [row] = await database.db.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return row?.count ?? -1;
}

describe("with a bootstrap file", () => {
  it("every id and secret of it is used as given", async () => {
    const { db } = database;
    const result = await apply({
      accounts: [acme],
      admins: [{ email: "Admin@example.com", password: "correct horse" }],
    });
    expect(result).toEqual({
      accountSid: sid,
      phoneNumbers: acme.phoneNumbers,
      made: null,
      credentialsFile: null,
    });
    const { friendlyName, authToken, environmentId, tenantId, resourceOwner } = acme;
    expect(await findAccount(db, sealer, sid)).toMatchObject({
      ...{ sid, friendlyName, authToken, environmentId, tenantId, resourceOwner },
    });
    expect(await findApiKey(db, uuidOf(`SK${hex}`))).toMatchObject({ accountSid: sid });
    expect(await findAccessKey(db, "an-access-key", new Date())).toMatchObject({ accountSid: sid, role: "operator" });
    expect(await findClient(db, "worker")).toMatchObject({ accountSid: sid, role: "sender" });
    const admin = await findUserByEmail(db, "admin@example.com");
    expect(await verifyPassword("correct horse", admin?.passwordHash ?? "")).toBe(true);
  });

  it("a new account's numbers stand on its built-in sandbox, the head of its chain", async () => {
    await apply({ accounts: [acme] });
    const [provider, ...others] = await loadProviders(database.db, sealer, sid);
    expect(others).toEqual([]);
    expect(provider).toMatchObject({ kind: "sandbox", builtIn: true, chainPosition: 0 });
    expect((await listSenders(database.db, sid)).map((one) => [one.address, one.friendlyName, one.providerId])).toEqual(
      [
        ["+12025550100", "(202) 555-0100", provider?.id],
        ["+4915112345678", "01511 2345678", provider?.id],
      ],
    );
  });

  it("a second start changes nothing, and adds only what the file has gained", async () => {
    const { db } = database;
    await apply({ accounts: [acme], admins: [{ email: "a@example.com", password: "correct horse" }] });
    await setAuthTokens(db, sealer, sid, { primary: "rotated", secondary: null });
    const audited = await count("audit");
    const before = [await findAccount(db, sealer, sid), await findUserByEmail(db, "a@example.com")];
    const changed = { ...acme, friendlyName: "Renamed", accessKeys: [{ ...acme.accessKeys[0], role: "viewer" }] };
    await apply({ accounts: [changed], admins: [{ email: "a@example.com", password: "another one" }] });
    expect([await findAccount(db, sealer, sid), await findUserByEmail(db, "a@example.com")]).toEqual(before);
    expect(await findAccessKey(db, "an-access-key", new Date())).toMatchObject({ role: "operator" });
    expect(await count("audit")).toBe(audited);

    await apply({ accounts: [{ ...acme, phoneNumbers: [...acme.phoneNumbers, "+12025550109"] }] });
    expect(await findSenderByAddress(db, sid, "+12025550109")).toMatchObject({ kind: "number" });
    expect(await count("audit")).toBe(audited + 1);
    expect(await count("providers")).toBe(1);
  });

  it("the keys that it names are marked, as long as it names them: one that was deleted comes back", async () => {
    const { db } = database;
    const page = { after: null, limit: 10, now: new Date() };
    const marked = async () =>
      (await listKeys(db, sid, {}, page)).filter(({ key }) => key.bootstrapped).map(({ key }) => key.kind);
    const all = ["access-key", "api-key", "oauth-client"];
    await apply({ accounts: [{ ...acme, apiKeys: [], accessKeys: [], clients: [] }] });
    await insertAccessKey(db, sid, { id: newUuid(), key: "an-access-key", name: "earlier", role: "owner" });
    await insertAccessKey(db, sid, { id: newUuid(), key: "another-key", name: "made by hand", role: "owner" });
    expect(await marked()).toEqual([]);
    await apply({ accounts: [acme] });
    expect((await marked()).sort()).toEqual(all);
    for (const table of ["access_keys", "api_keys", "oauth_clients"]) await db.query(`delete from ${table}`);
    await apply({ accounts: [acme] });
    expect((await marked()).sort()).toEqual(all);
    await apply({ accounts: [{ ...acme, accessKeys: [], clients: [] }] });
    expect(await marked()).toEqual(["api-key"]);
  });

  it("an account without a SID is found again by its name, and one with another id by that", async () => {
    const { environmentId } = acme;
    const accounts = [{ friendlyName: "Named" }, { friendlyName: "Known", environmentId }];
    const first = await apply({ accounts });
    await database.db.query("update accounts set friendly_name = 'Renamed'");
    expect((await apply({ accounts })).accountSid).toBe(first.accountSid);
    expect(await count("accounts")).toBe(2);
  });

  it("secrets that it leaves out are made and kept, each account's in a file of its own", async () => {
    const { authToken: _given, ...rest } = acme;
    const result = await apply({ accounts: [rest, { friendlyName: "Other" }] });
    expect(result.made).toMatchObject({ accountSid: sid, accessKey: null, createdAt: "2026-01-02T00:00:00.000Z" });
    expect((await findAccount(database.db, sealer, sid))?.authToken).toBe(result.made?.authToken);
    expect(result.credentialsFile).toBe(join(dataDir, "credentials.json"));
    expect((await readdir(dataDir)).length).toBe(2);
    expect(await apply({ accounts: [rest] })).toMatchObject({ made: null, credentialsFile: result.credentialsFile });
  });

  it("an id or key that belongs to another account stops the start, and nothing of that account is made", async () => {
    await apply({ accounts: [acme] });
    const other = { sid: `AC${"f".repeat(32)}`, authToken: hex };
    await expect(apply({ accounts: [{ ...other, tenantId: acme.tenantId }] })).rejects.toThrow(
      `the tenantId ${acme.tenantId}, which belongs to ${sid}`,
    );
    await expect(apply({ accounts: [{ ...other, accessKeys: acme.accessKeys }] })).rejects.toThrow(
      "the access-key terraform, which belongs to another account",
    );
    expect(await count("accounts")).toBe(1);
  });

  it("a wrong file stops the start before anything is made", async () => {
    await expect(apply({ accounts: [acme, { sid: "AC1" }] })).rejects.toThrow("accounts[1].sid");
    expect(await count("accounts")).toBe(0);
  });
});

describe("without a bootstrap file", () => {
  it("the first start makes an account that works, and keeps its secrets for their owner only", async () => {
    const { db } = database;
    const result = await apply();
    const { made } = result;
    expect(made?.phoneNumbers).toEqual(["+12025550100", "+12025550101"]);
    expect(result).toMatchObject({ accountSid: made?.accountSid, phoneNumbers: made?.phoneNumbers });
    const account = await findAccount(db, sealer, result.accountSid);
    const { authToken, environmentId, tenantId, resourceOwner } = account ?? {};
    expect(made).toMatchObject({ authToken, environmentId, tenantId, resourceOwner });
    expect(await findAccessKey(db, made?.accessKey ?? "", new Date())).toMatchObject({
      role: "owner",
      accountSid: account?.sid,
    });

    const path = join(dataDir, "credentials.json");
    expect(result.credentialsFile).toBe(path);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(made);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("later starts make nothing and tell where the secrets are", async () => {
    const first = await apply();
    expect(await apply()).toEqual({ ...first, made: null });
    expect(await count("accounts")).toBe(1);
  });

  it("a start that died after keeping the secrets is finished by the next one with the same secrets", async () => {
    const first = await apply();
    await database.close();
    database = await testDatabase();
    expect(await apply()).toEqual(first);
    expect(await findAccount(database.db, sealer, first.accountSid)).toMatchObject({
      authToken: first.made?.authToken,
    });
  });

  it("a credentials.json of something else is left alone, and stops the start", async () => {
    await apply();
    await database.close();
    database = await testDatabase();
    await writeFile(join(dataDir, "credentials.json"), '{"theirs": true}');
    await expect(apply()).rejects.toThrow("credentials.json is not a credentials file of this gateway");
    expect(await readFile(join(dataDir, "credentials.json"), "utf8")).toBe('{"theirs": true}');
  });

  it("several processes that start together make one account", async () => {
    const results = await Promise.all([1, 2, 3, 4].map((n) => apply(null, { dataDir: join(directory, `data${n}`) })));
    expect(new Set(results.map(({ accountSid }) => accountSid)).size).toBe(1);
    expect(results.filter(({ made }) => made !== null)).toHaveLength(1);
    expect(await count("accounts")).toBe(1);
  });
});

describe("the master key", () => {
  function other(fill: number, ...more: number[]): Sealer {
    return createSealer({ keys: [fill, ...more].map((byte) => Buffer.alloc(32, byte)) });
  }

  it("that does not open what is stored stops the start and says what to do", async () => {
    await apply();
    await expect(apply(null, { sealer: other(2) })).rejects.toThrow(
      "The master key does not open the secrets in this database",
    );
  });

  it("is also missed when only a provider's secrets are under another one", async () => {
    const { accountSid } = await apply();
    await insertProvider(database.db, other(9), {
      ...{ accountSid, id: newUuid(), kind: "twilio", name: "T" },
      secrets: { authToken: "t" },
    });
    await expect(apply()).rejects.toThrow("The master key does not open");
    expect((await apply(null, { sealer: other(1, 9) })).accountSid).toBe(accountSid);
  });

  it("may be changed while the old one stands behind the new one", async () => {
    const { accountSid } = await apply();
    expect((await apply(null, { sealer: other(2, 1) })).accountSid).toBe(accountSid);
  });

  it("is made once, for its owner only, and read again by every later start", async () => {
    const source = { from: "data-directory", path: join(dataDir, "master.key") } as const;
    const [first, ...others] = await Promise.all([loadMasterKeys(source), loadMasterKeys(source)]);
    expect(first).toHaveLength(1);
    expect(others).toEqual([first]);
    expect(await loadMasterKeys(source)).toEqual(first);
    expect((await stat(source.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(["master.key"]);
  });

  it("in a file that is missing or holds something else stops the start without being shown", async () => {
    const path = join(directory, "key");
    await expect(loadMasterKeys({ from: "file", path })).rejects.toThrow("TRUNKLINE_MASTER_KEY_FILE: cannot read");
    await writeFile(path, "hunter2\n");
    const failure = await loadMasterKeys({ from: "file", path }).catch(String);
    expect(failure).toContain("holds 8 characters (not shown)");
    expect(failure).not.toContain("hunter2");
  });
});
