import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { basicAuthorization } from "../core/access/authorization.ts";
import { createSealer } from "../core/credentials/seal.ts";
import { newAccessKey, newApiKeySecret, newAuthToken } from "../core/credentials/secrets.ts";
import { newUuid, sidOf } from "../core/ids.ts";
import { insertAccount, setAccountStatus, setAuthTokens } from "../store/accounts.ts";
import { deleteSecondaryToken, insertSecondaryToken, promoteSecondaryToken } from "../store/auth-tokens.ts";
import { insertApiKey } from "../store/credentials.ts";
import type { Database } from "../store/database.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import { type CompleteAccount, completeAccount, makeAccount } from "./bootstrap/make-account.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const log = pino({ level: "silent" });
const HERE = "192.0.2.1";
const THERE = "198.51.100.7";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let now = Date.now();
let queries = 0;
let account: CompleteAccount;
let auth: Authenticator;
let apiKey: { sid: string; secret: string };
let accessKey: string;

beforeEach(async () => {
  const db = database.db;
  apiKey = { sid: sidOf("SK", newUuid()), secret: newApiKeySecret() };
  accessKey = newAccessKey();
  account = completeAccount({
    friendlyName: "Acme",
    phoneNumbers: [],
    apiKeys: [apiKey],
    accessKeys: [{ key: accessKey, name: "ci", role: "viewer" }],
    clients: [],
  });
  await db.transaction((tx) => makeAccount({ tx, sealer }, account));
  queries = 0;
  const counted: Pick<Database, "query"> = {
    query(...query) {
      queries += 1;
      return db.query(...query);
    },
  };
  auth = createAuthenticator({ db: counted, sealer, clock: { nowMs: () => now }, log });
});

function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "let in",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );
}

async function fail(times: number, address: string, user: string = account.sid): Promise<unknown> {
  let last: unknown;
  for (let i = 0; i < times; i += 1) last = await codeOf(auth.authenticateBasic(user, `wrong ${i}`, address));
  return last;
}

describe("who is let in", () => {
  it("an account by its primary and by its secondary token, as owner", async () => {
    const secondary = newAuthToken();
    await setAuthTokens(database.db, sealer, account.sid, { primary: account.authToken, secondary });
    const expected = {
      accountSid: account.sid,
      accountStatus: "active",
      role: "owner",
      credential: "auth-token",
      credentialId: null,
      requiresSignedRequests: false,
    };
    expect(await auth.authenticateBasic(account.sid, account.authToken, HERE)).toEqual(expected);
    expect(await auth.authenticateBasic(account.sid, secondary, HERE)).toEqual(expected);
    expect(await auth.authenticateBasic(account.sid.toUpperCase(), secondary, HERE)).toEqual(expected);
  });

  it("an API key by its secret", async () => {
    const principal = await auth.authenticateBasic(apiKey.sid, apiKey.secret, HERE);
    expect(principal).toMatchObject({ accountSid: account.sid, credential: "api-key", role: "operator" });
  });

  it("a restricted API key with its policy", async () => {
    const policy = { allow: ["/twilio/messaging/messages/read"] };
    const restricted = { sid: sidOf("SK", newUuid()), secret: newApiKeySecret(), friendlyName: null, policy };
    await insertApiKey(database.db, account.sid, restricted);
    expect(await auth.authenticateBasic(restricted.sid, restricted.secret, HERE)).toMatchObject({ policy });
    expect(await auth.authenticateBasic(apiKey.sid, apiKey.secret, HERE)).not.toHaveProperty("policy");
  });

  it("an access key with its role, as Bearer and bare", async () => {
    const principal = await auth.authenticateKey(accessKey, HERE);
    expect(principal).toMatchObject({ accountSid: account.sid, credential: "access-key", role: "viewer" });
    expect(await auth.authenticate(accessKey, HERE)).toEqual(principal);
  });

  it("a stranger by an account's token or an access key, under the name that the stranger has for it", async () => {
    const letIn = (user: string, password: string) =>
      auth.authenticateBasic(user, password, HERE).then(
        ({ accountSid, role, accountAlias }) => [accountSid === account.sid, role, accountAlias],
        () => "refused",
      );
    const secondary = newAuthToken();
    const { db } = database;
    await insertSecondaryToken(db, sealer, account.sid, secondary);
    expect(await letIn("my name", account.authToken)).toEqual([true, "owner", "my name"]);
    expect(await letIn("my name", secondary)).toEqual([true, "owner", "my name"]);
    expect(await letIn("my name", accessKey)).toEqual([true, "viewer", "my name"]);
    expect(await letIn(accessKey, "")).toEqual([true, "viewer", accessKey]);
    const unknown = sidOf("AC", newUuid());
    expect(await letIn(unknown, accessKey)).toEqual([true, "viewer", unknown]);
    for (const [user, password] of [
      [unknown, account.authToken],
      [account.sid, accessKey],
      ["my name", ""],
      ["my name", apiKey.secret],
      [account.authToken, ""],
    ] as const) {
      expect(await letIn(user, password)).toBe("refused");
    }
    now += 1000;
    await promoteSecondaryToken(db, sealer, account.sid);
    expect(await letIn("my name", account.authToken)).toBe("refused");
    expect(await letIn("my name", secondary)).toEqual([true, "owner", "my name"]);
    const third = newAuthToken();
    await insertSecondaryToken(db, sealer, account.sid, third);
    expect(await letIn("my name", third)).toEqual([true, "owner", "my name"]);
    now += 1000;
    await deleteSecondaryToken(db, account.sid);
    expect(await letIn("my name", third)).toBe("refused");
    const twin = completeAccount({
      ...{ friendlyName: "Twin", phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [], authToken: secondary },
    });
    await db.transaction((tx) => makeAccount({ tx, sealer }, twin));
    now += 1000;
    expect(await letIn("my name", secondary)).toBe("refused");
  });

  it("a suspended account, with its status", async () => {
    await setAccountStatus(database.db, account.sid, "suspended");
    for (const principal of [
      await auth.authenticateBasic(account.sid, account.authToken, HERE),
      await auth.authenticateBasic(apiKey.sid, apiKey.secret, HERE),
      await auth.authenticateKey(accessKey, HERE),
    ]) {
      expect(principal.accountStatus).toBe("suspended");
    }
  });
});

describe("who is not let in", () => {
  it("anyone with a wrong, empty, swapped or missing credential", async () => {
    const attempts = [
      auth.authenticate(undefined, HERE),
      auth.authenticate("Digest x", HERE),
      auth.authenticateBasic(account.sid, "", HERE),
      auth.authenticateBasic(account.sid, apiKey.secret, HERE),
      auth.authenticateBasic(account.sid, account.authToken.toUpperCase().concat("0"), HERE),
      auth.authenticateBasic(apiKey.sid, account.authToken, HERE),
      auth.authenticateBasic(sidOf("AC", newUuid()), account.authToken, HERE),
      auth.authenticateBasic(sidOf("SK", newUuid()), apiKey.secret, HERE),
      auth.authenticateKey(`${accessKey}x`, HERE),
    ];
    expect(new Set(await Promise.all(attempts.map(codeOf)))).toEqual(new Set(["unauthenticated"]));
  });
});

describe("what is remembered", () => {
  it("answers at once and without a query for less than a second", async () => {
    const header = basicAuthorization(account.sid, account.authToken);
    expect(auth.tryCached(header)).toBeUndefined();
    const principal = await auth.authenticate(header, HERE);
    expect(queries).toBe(1);
    now += 899;
    expect(auth.tryCached(header)).toBe(principal);
    expect(await auth.authenticate(header, THERE)).toBe(principal);
    expect(queries).toBe(1);
    now += 1;
    expect(auth.tryCached(header)).toBeUndefined();
  });

  it("does not hold a revoked token beyond that", async () => {
    await auth.authenticateBasic(account.sid, account.authToken, HERE);
    await setAuthTokens(database.db, sealer, account.sid, { primary: newAuthToken(), secondary: null });
    now += 900;
    expect(await codeOf(auth.authenticateBasic(account.sid, account.authToken, HERE))).toBe("unauthenticated");
  });

  it("is dropped at once by forget()", async () => {
    const header = basicAuthorization(account.sid, account.authToken);
    await auth.authenticate(header, HERE);
    auth.forget(account.sid);
    expect(auth.tryCached(header)).toBeUndefined();
  });

  it("is not filled by a lookup that began before forget()", async () => {
    const header = basicAuthorization(account.sid, account.authToken);
    const pending = auth.authenticate(header, HERE);
    auth.forget(account.sid);
    await pending;
    expect(auth.tryCached(header)).toBeUndefined();
  });

  it("costs one lookup when many ask at once, and none of them counts as failed", async () => {
    const header = basicAuthorization(account.sid, account.authToken);
    const all = await Promise.all(Array.from({ length: 100 }, () => auth.authenticate(header, HERE)));
    expect(new Set(all).size).toBe(1);
    expect(queries).toBe(1);
  });
});

describe("failures", () => {
  it("are limited for the address and account: then even the right token waits", async () => {
    expect(await fail(20, HERE)).toBe("unauthenticated");
    queries = 0;
    expect(await fail(1, HERE)).toBe("rate-limited");
    expect(await codeOf(auth.authenticateBasic(account.sid, account.authToken, HERE))).toBe("rate-limited");
    expect(queries).toBe(0);
    now += 60_000;
    expect(await codeOf(auth.authenticateBasic(account.sid, account.authToken, HERE))).toBe("let in");
  });

  it("do not lock the account out elsewhere", async () => {
    await fail(25, HERE);
    expect(await codeOf(auth.authenticateBasic(account.sid, account.authToken, THERE))).toBe("let in");
  });

  it("do not shut out a client at the same address whose credential has worked", async () => {
    await auth.authenticateBasic(account.sid, account.authToken, HERE);
    await fail(25, HERE);
    now += 900;
    expect(await codeOf(auth.authenticateBasic(account.sid, account.authToken, HERE))).toBe("let in");
  });

  it("are counted for accounts that do not exist just the same", async () => {
    const nobody = sidOf("AC", newUuid());
    expect(await fail(20, HERE, nobody)).toBe("unauthenticated");
    expect(await fail(1, HERE, nobody)).toBe("rate-limited");
  });

  it("count in full when they come as a volley", async () => {
    const codes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => codeOf(auth.authenticateBasic(account.sid, `guess ${i}`, HERE))),
    );
    expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(20);
    expect(codes.filter((code) => code === "rate-limited")).toHaveLength(30);
  });

  it("of the database are not the caller's", async () => {
    const away = createAuthenticator({
      db: { query: () => Promise.reject(new Error("away")) },
      sealer,
      clock: { nowMs: () => now },
      log,
    });
    for (let i = 0; i < 30; i += 1) {
      await expect(away.authenticateBasic(account.sid, `guess ${i}`, HERE)).rejects.toThrow("away");
    }
  });
});

describe("access to an account", () => {
  async function makeSubaccount(parentSid = account.sid) {
    const { sid, friendlyName, authToken, environmentId, tenantId, resourceOwner } = completeAccount({
      phoneNumbers: [],
      apiKeys: [],
      accessKeys: [],
      clients: [],
    });
    const sub = { sid, friendlyName, authToken, environmentId, tenantId, resourceOwner };
    await insertAccount(database.db, sealer, { ...sub, parentSid });
    return sub;
  }

  it("is given to the own account in any spelling, without a query", async () => {
    const principal = await auth.authenticateKey(accessKey, HERE);
    queries = 0;
    const own = { accountSid: account.sid, accountStatus: "active", role: principal.role };
    expect(await auth.accessToAccount(principal, account.sid)).toEqual(own);
    expect(await auth.accessToAccount(principal, `AC${account.sid.slice(2).toUpperCase()}`)).toEqual(own);
    expect(queries).toBe(0);
  });

  it("is given to a direct subaccount by the parent's token only, with the subaccount's own status", async () => {
    const sub = await makeSubaccount();
    const grandchild = await makeSubaccount(sub.sid);
    await setAccountStatus(database.db, sub.sid, "suspended");
    const parent = await auth.authenticateBasic(account.sid, account.authToken, HERE);
    const key = await auth.authenticateBasic(apiKey.sid, apiKey.secret, HERE);
    const child = await auth.authenticateBasic(sub.sid, sub.authToken, HERE);
    expect(await auth.accessToAccount(parent, sub.sid)).toEqual({
      ...{ accountSid: sub.sid, accountStatus: "suspended", role: "owner" },
    });
    expect(await codeOf(auth.accessToAccount(key, sub.sid))).toBe("not-found");
    expect(await codeOf(auth.accessToAccount(parent, grandchild.sid))).toBe("not-found");
    expect(await codeOf(auth.accessToAccount(child, account.sid))).toBe("not-found");
    expect(await codeOf(auth.accessToAccount(parent, sidOf("AC", newUuid())))).toBe("not-found");
    expect(await codeOf(auth.accessToAccount(parent, "me"))).toBe("not-found");
  });

  it("is remembered, and dropped by forget()", async () => {
    const sub = await makeSubaccount();
    const parent = await auth.authenticateBasic(account.sid, account.authToken, HERE);
    await auth.accessToAccount(parent, sub.sid);
    await setAccountStatus(database.db, sub.sid, "closed");
    expect((await auth.accessToAccount(parent, sub.sid)).accountStatus).toBe("active");
    auth.forget(sub.sid);
    expect((await auth.accessToAccount(parent, sub.sid)).accountStatus).toBe("closed");
  });
});
