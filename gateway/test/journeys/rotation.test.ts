// Rotating a provider's credentials at a real upstream: another gateway. The judge is what that one takes afterwards.

import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createConnections, systemResolver } from "../../src/carriers/egress/connections.ts";
import { createTwilioUpstream } from "../../src/carriers/twilio/twilio-upstream.ts";
import type { TwilioUpstream } from "../../src/carriers/upstream.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createSealer } from "../../src/core/credentials/seal.ts";
import { type AccountSid, newUuid, type Uuid } from "../../src/core/ids.ts";
import type { Rotation } from "../../src/core/rotation/rotation.ts";
import { completeAccount, makeAccount } from "../../src/services/bootstrap/make-account.ts";
import { createRotationRunner } from "../../src/services/rotation/rotation-runner.ts";
import { createRotations } from "../../src/services/rotation/rotations.ts";
import { findProvider, insertProvider } from "../../src/store/providers.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic } from "../support/native-client.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 7)] });
const log = pino({ level: process.env["TRUNKLINE_TEST_LOG"] ?? "silent" });
const connections = createConnections({ isAllowed: () => true, resolver: systemResolver, connectionsPerOrigin: 8 });
const real = createTwilioUpstream({ connections, clock: systemClock, defaultBaseUrl: null });

let upstream: TestGateway;
let database: TestDatabase;
let accountSid: AccountSid;
/** The account at the upstream that a test rotates the credentials of. */
let theirs: TestAccount;
let providerId: Uuid;
let aheadMs = 0;
const clock = { nowMs: () => Date.now() + aheadMs };

beforeAll(async () => {
  upstream = await startTestGateway();
  database = await testDatabase();
  const account = completeAccount({ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] });
  accountSid = account.sid;
  await database.db.transaction((tx) => makeAccount({ tx, sealer }, account));
}, 60_000);
afterAll(async () => {
  await Promise.all([connections.close(), upstream?.stop(), database?.close()]);
});
beforeEach(async () => {
  theirs = await upstream.addAccount();
  providerId = await addProvider({});
});

async function addProvider(config: object, secrets: object = {}): Promise<Uuid> {
  const id = newUuid();
  await insertProvider(database.db, sealer, {
    accountSid,
    id,
    kind: "twilio",
    name: "upstream",
    config: { baseUrl: upstream.url, accountSid: theirs.accountSid, ...config },
    secrets: { authToken: theirs.authToken, ...secrets },
  });
  return id;
}

const rotations = createRotationsOf();
function createRotationsOf() {
  const deps = { sealer, clock, authenticator: { forget: () => undefined }, wake: () => undefined };
  return {
    start: (id: Uuid = providerId) => createRotations({ ...deps, db: database.db }).start(accountSid, "test", id),
    get: (id: Uuid) => createRotations({ ...deps, db: database.db }).get(accountSid, id),
    rollBack: (id: Uuid) => createRotations({ ...deps, db: database.db }).rollBack(accountSid, "test", id),
  };
}

/** A process that takes steps, with the upstream as it sees it, until `enough` holds. */
async function runUntil(enough: () => Promise<boolean>, seen: TwilioUpstream = real): Promise<void> {
  const runner = createRotationRunner({
    ...{ db: database.db, sealer, clock, log, upstream: seen, settleMs: 0, everyMs: 2 },
    rotations: { start: () => Promise.reject(new Error("nothing is scheduled here")) },
    authenticator: { forget: () => undefined },
  });
  await runner.start();
  try {
    await expect.poll(enough, { interval: 5 }).toBe(true);
  } finally {
    await runner.stop();
  }
}

const isOver = (id: Uuid) => async () => ["done", "rolled-back", "failed"].includes((await rotations.get(id)).state);

async function rotated(seen?: TwilioUpstream): Promise<Rotation> {
  const { id } = await rotations.start();
  await runUntil(isOver(id), seen);
  return rotations.get(id);
}

const provider = async () => {
  const found = await findProvider(database.db, sealer, accountSid, providerId);
  if (found === null) throw new Error("the provider is gone");
  return found;
};

/** What the upstream says to these credentials. */
async function statusFor(user: string, password: string): Promise<number> {
  const url = `${upstream.url}/2010-04-01/Accounts/${theirs.accountSid}/Messages.json?PageSize=1`;
  return (await fetch(url, { headers: { authorization: basic(user, password) } })).status;
}

async function hasSecondaryToken(): Promise<boolean> {
  const [row] = await upstream.db.query<{ secondary: Buffer | null }>(
    "select secondary_auth_token_sealed as secondary from accounts where id = $1",
    [theirs.accountSid.slice(2)],
  );
  return row?.secondary != null;
}

async function keysAtUpstream(): Promise<number> {
  const rows = await upstream.db.query("select id from api_keys where account_id = $1", [theirs.accountSid.slice(2)]);
  return rows.length;
}

describe("a rotation of an auth token", () => {
  it("ends with a new token that works, the old one refused, and nothing left over", async () => {
    const rotation = await rotated();
    expect(rotation).toMatchObject({ state: "done", step: "forget", reason: null });
    const { secrets } = await provider();
    expect(secrets["authToken"]).not.toBe(theirs.authToken);
    expect(await statusFor(theirs.accountSid, secrets["authToken"] ?? "")).toBe(200);
    expect(await statusFor(theirs.accountSid, theirs.authToken)).toBe(401);
    expect(await hasSecondaryToken()).toBe(false);
    // What was on its way may still be signed with the old one; later it counts no more.
    expect(secrets["secondaryAuthToken"]).toBe(theirs.authToken);
    aheadMs += 700_000;
    await runUntil(async () => (await rotations.get(rotation.id)).step === null);
    expect((await provider()).secrets).not.toHaveProperty("secondaryAuthToken");
    expect((await rotations.get(rotation.id)).state).toBe("done");
    const audit = await database.db.query("select action, after from audit where subject = $1 order by id", [
      rotation.id,
    ]);
    expect(audit).toEqual([
      { action: "rotation.started", after: null },
      { action: "rotation.finished", after: { state: "done", reason: null, provider: providerId } },
    ]);
  });

  it("serves every provider of the same upstream account, and is refused for another of them while it runs", async () => {
    const sibling = await addProvider({ messagingServiceSid: theirs.serviceSid, baseUrl: `${upstream.url}/` });
    const { id } = await rotations.start();
    await expect(rotations.start()).rejects.toMatchObject({ code: "conflict" });
    await expect(rotations.start(sibling)).rejects.toMatchObject({ code: "conflict" });
    await runUntil(isOver(id));
    const other = await findProvider(database.db, sealer, accountSid, sibling);
    expect(other?.secrets["authToken"]).not.toBe(theirs.authToken);
    expect(other?.secrets["authToken"]).toBe((await provider()).secrets["authToken"]);
  });

  it("is not begun when another account of the gateway sends through the same upstream account", async () => {
    const stranger = completeAccount({ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] });
    await database.db.transaction((tx) => makeAccount({ tx, sealer }, stranger));
    const id = newUuid();
    const config = { baseUrl: upstream.url, accountSid: theirs.accountSid };
    const secrets = { authToken: theirs.authToken };
    await insertProvider(database.db, sealer, {
      accountSid: stranger.sid,
      id,
      kind: "twilio",
      name: "s",
      config,
      secrets,
    });
    expect(await rotated()).toMatchObject({ state: "rolled-back", reason: expect.stringContaining("Another account") });
    expect(await hasSecondaryToken()).toBe(false);
  });

  it("that cannot find its way back, since somebody changed the token, ends and says so", async () => {
    const { id } = await rotations.start();
    const meddled: TwilioUpstream = {
      ...real,
      createSecondaryToken: async (...args) => {
        const answer = await real.createSecondaryToken(...args);
        await upstream.db.query("update accounts set status = 'suspended' where id = $1", [theirs.accountSid.slice(2)]);
        await rotations.rollBack(id);
        return answer;
      },
    };
    await runUntil(isOver(id), meddled);
    expect(await rotations.get(id)).toMatchObject({ state: "failed", step: null });
    await upstream.db.query("update accounts set status = 'active' where id = $1", [theirs.accountSid.slice(2)]);
  });

  it("leaves everything as it was when the upstream refuses the credentials, or has a secondary token of somebody's", async () => {
    const wrong = await addProvider({}, { authToken: "0".repeat(32) });
    const refused = await rotations.start(wrong);
    await runUntil(isOver(refused.id));
    expect(await rotations.get(refused.id)).toMatchObject({ state: "rolled-back", reason: expect.stringMatching(/./) });

    const made = await real.createSecondaryToken(await provider(), new AbortController().signal);
    expect(made.kind).toBe("ok");
    const rotation = await rotated();
    expect(rotation).toMatchObject({ state: "rolled-back", reason: expect.stringContaining("secondary token") });
    expect(await hasSecondaryToken()).toBe(true);
    expect((await provider()).secrets).toEqual({ authToken: theirs.authToken });
  });

  it("is turned back on request before the old token has ended, and not after", async () => {
    const { id } = await rotations.start();
    const stuck: TwilioUpstream = { ...real, promoteSecondaryToken: () => new Promise(() => undefined) };
    const slow: TwilioUpstream = {
      ...stuck,
      createSecondaryToken: async (...args) => {
        const answer = await real.createSecondaryToken(...args);
        await rotations.rollBack(id);
        return answer;
      },
    };
    await runUntil(isOver(id), slow);
    expect(await rotations.get(id)).toMatchObject({ state: "rolled-back", reason: expect.stringContaining("request") });
    expect((await provider()).secrets).toEqual({ authToken: theirs.authToken });
    expect(await hasSecondaryToken()).toBe(false);
    const again = await rotated();
    await expect(rotations.rollBack(again.id)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a rotation of an API key", () => {
  beforeEach(async () => {
    providerId = await addProvider({ apiKeySid: theirs.apiKey.sid }, { apiKeySecret: theirs.apiKey.secret });
  });

  it("ends with a new key, the old one gone", async () => {
    expect(await rotated()).toMatchObject({ state: "done", kind: "api-key", step: null });
    const { config, secrets } = await provider();
    expect(config["apiKeySid"]).not.toBe(theirs.apiKey.sid);
    expect(await statusFor(theirs.apiKey.sid, theirs.apiKey.secret)).toBe(401);
    expect(await keysAtUpstream()).toBe(1);
    expect(secrets["authToken"]).toBe(theirs.authToken);
  });

  it("says what it needs when the provider has no auth token to make keys with", async () => {
    const { apiKey } = theirs;
    const id = newUuid();
    const config = { baseUrl: upstream.url, accountSid: theirs.accountSid, apiKeySid: apiKey.sid };
    const secrets = { apiKeySecret: apiKey.secret };
    await insertProvider(database.db, sealer, { accountSid, id, kind: "twilio", name: "key", config, secrets });
    providerId = id;
    expect(await rotated()).toMatchObject({ state: "rolled-back", reason: expect.stringContaining("authToken") });
  });
});

/** Throws at its nth call, before or after it was done: as if the process had died there. */
function dyingAt(
  nth: number,
  when: "before" | "after",
): { readonly seen: TwilioUpstream; readonly hasDied: () => boolean } {
  let calls = 0;
  let died = false;
  const seen = new Proxy(real, {
    get(target, name: keyof TwilioUpstream) {
      return async (...args: never[]) => {
        const fatal = ++calls === nth;
        const answer =
          fatal && when === "before" ? null : await (target[name] as (...all: never[]) => Promise<unknown>)(...args);
        died ||= fatal;
        if (fatal) throw new Error("the process died");
        return answer;
      };
    },
  });
  return { seen, hasDied: () => died };
}

describe.each(["auth-token", "api-key"] as const)("a process that dies in a rotation of %s", (kind) => {
  it.each(["before", "after"] as const)(
    "%s each question to the upstream in turn: another one ends it well",
    async (when) => {
      for (let nth = 1; ; nth++) {
        theirs = await upstream.addAccount();
        const { sid, secret } = theirs.apiKey;
        providerId =
          kind === "auth-token"
            ? await addProvider({})
            : await addProvider({ apiKeySid: sid }, { apiKeySecret: secret });
        const { id } = await rotations.start();
        const { seen, hasDied } = dyingAt(nth, when);
        const over = isOver(id);
        await runUntil(async () => hasDied() || (await over()), seen);
        if (!hasDied()) {
          expect(nth).toBeGreaterThan(4);
          return;
        }
        // The dead one's lease runs out.
        aheadMs += 121_000;
        await runUntil(over);
        expect(await rotations.get(id), `died ${when} question ${nth}`).toMatchObject({ state: "done" });
        const { config, secrets } = await provider();
        const [user, password] =
          kind === "auth-token" ? [theirs.accountSid, "authToken"] : [config["apiKeySid"], "apiKeySecret"];
        expect(await statusFor(String(user), secrets[password] ?? "")).toBe(200);
        expect(await hasSecondaryToken()).toBe(false);
        expect(await keysAtUpstream()).toBe(1);
        expect(await statusFor(sid, secret)).toBe(kind === "api-key" ? 401 : 200);
      }
    },
    60_000,
  );
});
