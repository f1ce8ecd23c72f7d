import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { createSealer } from "../core/credentials/seal.ts";
import { newAuthToken, newResourceOwner } from "../core/credentials/secrets.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, sidOf, uuidOf } from "../core/ids.ts";
import {
  findAccount,
  findAccountBy,
  findSubaccount,
  insertAccount,
  type NewAccount,
  setAuthTokens,
  setFallbackChain,
} from "./accounts.ts";
import { writeAudit } from "./audit.ts";
import { findClient, insertAccessKey, insertApiKey, insertClient } from "./credentials.ts";
import { findMessagingService, insertMessagingService } from "./messaging-services.ts";
import { insertProvider, loadProviders } from "./providers.ts";
import { findSender, findSenderByAddress, insertSender, listSenders } from "./senders.ts";
import { listServiceSenders, setSenderService } from "./service-pools.ts";
import { findUserByEmail, insertUser } from "./users.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

async function newAccount(parentSid?: AccountSid): Promise<NewAccount> {
  const account: NewAccount = {
    sid: sidOf("AC", newUuid()),
    ...(parentSid === undefined ? {} : { parentSid }),
    friendlyName: "Acme",
    environmentId: newUuid(),
    tenantId: newUuid(),
    resourceOwner: newResourceOwner(),
    authToken: newAuthToken(),
  };
  await insertAccount(database.db, sealer, account);
  return account;
}

describe("accounts", () => {
  it("come back whole under each of their four ids, with the token opened", async () => {
    const made = await newAccount();
    const found = await findAccount(database.db, sealer, made.sid);
    expect(found).toMatchObject({ ...made, status: "active", type: "Full", parentSid: null, secondaryAuthToken: null });
    for (const key of ["environmentId", "tenantId", "resourceOwner"] as const) {
      expect(await findAccountBy(database.db, sealer, key, made[key])).toEqual(found);
    }
  });

  it("keep both tokens, and a token moved to another row or column does not open", async () => {
    const { db } = database;
    const [one, other] = [await newAccount(), await newAccount()];
    await setAuthTokens(db, sealer, one.sid, { primary: "first", secondary: "second" });
    expect(await findAccount(db, sealer, one.sid)).toMatchObject({ authToken: "first", secondaryAuthToken: "second" });
    await db.query(
      "update accounts set auth_token_sealed = (select auth_token_sealed from accounts where id = $1) where id = $2",
      [uuidOf(one.sid), uuidOf(other.sid)],
    );
    await expect(findAccount(db, sealer, other.sid)).rejects.toThrow("wrong place");
    await db.query("update accounts set auth_token_sealed = secondary_auth_token_sealed where id = $1", [
      uuidOf(one.sid),
    ]);
    await expect(findAccount(db, sealer, one.sid)).rejects.toThrow("wrong place");
  });

  it("are subaccounts of their direct parent only", async () => {
    const parent = await newAccount();
    const child = await newAccount(parent.sid);
    expect(await findSubaccount(database.db, parent.sid, child.sid)).toEqual({
      accountSid: child.sid,
      accountStatus: "active",
    });
    expect(await findSubaccount(database.db, child.sid, parent.sid)).toBeNull();
  });
});

describe("providers", () => {
  it("come in the order of the chain, then the others, with their secrets opened", async () => {
    const { db } = database;
    const { sid: accountSid } = await newAccount();
    const ids = [newUuid(), newUuid(), newUuid()] as const;
    for (const id of ids) {
      await insertProvider(db, sealer, {
        accountSid,
        id,
        kind: "twilio",
        name: "T",
        secrets: { authToken: `t-${id}` },
      });
    }
    await setFallbackChain(db, accountSid, [ids[2], ids[0]]);
    const loaded = await loadProviders(db, sealer, accountSid);
    expect(loaded.map(({ id, chainPosition }) => [id, chainPosition])).toEqual([
      [ids[2], 0],
      [ids[0], 1],
      [ids[1], null],
    ]);
    expect(loaded[1]?.secrets).toEqual({ authToken: `t-${ids[0]}` });
    expect(await loadProviders(db, sealer, (await newAccount()).sid)).toEqual([]);
  });
});

describe("senders", () => {
  it("are found within their account only, by address, SID and service", async () => {
    const { db } = database;
    const [{ sid: accountSid }, { sid: stranger }] = [await newAccount(), await newAccount()];
    const providerId = newUuid();
    await insertProvider(db, sealer, { accountSid, id: providerId, kind: "sandbox", name: "S", builtIn: true });
    const serviceSid = sidOf<MessagingServiceSid>("MG", newUuid());
    await insertMessagingService(db, { accountSid, sid: serviceSid, friendlyName: "Pool" });
    const id = newUuid();
    const sender = { id, accountSid, kind: "number", address: "+12025550100", providerId, friendlyName: "N" } as const;
    expect(await insertSender(db, sender)).toBe(true);
    expect(await insertSender(db, { ...sender, id: newUuid() })).toBe(false);

    const found = await findSenderByAddress(db, accountSid, "+12025550100");
    expect(found).toMatchObject({
      ...sender,
      sid: sidOf("PN", id),
      messagingServiceSid: null,
      segmentsPerSecond: null,
    });
    expect(found).toMatchObject({ queueLimitSeconds: 36_000, smsUrl: "", smsMethod: "POST" });
    expect(await findSenderByAddress(db, stranger, "+12025550100")).toBeNull();
    expect(await findSender(db, accountSid, sidOf("PN", id))).toEqual(found);
    expect(await findSender(db, accountSid, sidOf("SC", id))).toBeNull();
    expect(await findSender(db, stranger, sidOf("PN", id))).toBeNull();

    expect(await listServiceSenders(db, accountSid, serviceSid)).toEqual([]);
    expect(await setSenderService(db, stranger, id, null)).toBe(false);
    expect(await setSenderService(db, accountSid, id, serviceSid)).toBe(true);
    expect(await listServiceSenders(db, accountSid, serviceSid)).toMatchObject([
      { id, messagingServiceSid: serviceSid },
    ]);
    expect(await listServiceSenders(db, stranger, serviceSid)).toEqual([]);
    expect(await listSenders(db, stranger)).toEqual([]);
    expect(await findMessagingService(db, accountSid, serviceSid)).toMatchObject({ friendlyName: "Pool" });
    expect(await findMessagingService(db, stranger, serviceSid)).toBeNull();
  });
});

describe("credentials", () => {
  it("tell what was made, what the account had, and what another account has", async () => {
    const { db } = database;
    const [{ sid: one }, { sid: other }] = [await newAccount(), await newAccount()];
    const apiKey = { sid: sidOf("SK", newUuid()), secret: "s", friendlyName: null };
    const accessKey = { key: "an access key", name: "k", role: "owner" } as const;
    const client = { clientId: "worker", clientSecret: "s", name: "c", role: "sender" } as const;
    for (const insert of [
      (sid: AccountSid) => insertApiKey(db, sid, apiKey),
      (sid: AccountSid) => insertAccessKey(db, sid, { id: newUuid(), ...accessKey }),
      (sid: AccountSid) => insertClient(db, sid, { id: newUuid(), ...client }),
    ]) {
      expect([await insert(one), await insert(one), await insert(other)]).toEqual(["made", "exists", "taken"]);
    }
    expect(await findClient(db, "worker")).toMatchObject({ accountSid: one, role: "sender", accountStatus: "active" });
    expect(await findClient(db, "nobody")).toBeNull();
  });

  it("of administrators are found whatever the case of the address, and not overwritten", async () => {
    const { db } = database;
    const ada = { name: "Ada", administrator: false };
    expect(await insertUser(db, { ...ada, id: newUuid(), email: "Ada@Example.com", passwordHash: "1" })).toBe(true);
    expect(await insertUser(db, { ...ada, id: newUuid(), email: "ada@example.com", passwordHash: "2" })).toBe(false);
    expect(await findUserByEmail(db, "ADA@example.com")).toMatchObject({ email: "ada@example.com", passwordHash: "1" });
  });
});

describe("the audit log", () => {
  it("holds who and what, and no secret", async () => {
    const { db } = database;
    const { sid: accountSid } = await newAccount();
    const entry = { accountSid, actor: "auth-token AC1", action: "provider.updated", subject: "p" };
    await db.transaction((tx) =>
      writeAudit(tx, { ...entry, before: { name: "a", authToken: "hush" }, after: { name: "b", authToken: "hush2" } }),
    );
    const rows = await db.query("select actor, action, subject, before, after from audit where account_id = $1", [
      uuidOf(accountSid),
    ]);
    expect(rows).toEqual([
      {
        actor: "auth-token AC1",
        action: "provider.updated",
        subject: "p",
        before: { name: "a", authToken: "[secret]" },
        after: { name: "b", authToken: "[secret]" },
      },
    ]);
  });
});
