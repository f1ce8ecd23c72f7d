import { importJWK, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { newUuid } from "../../core/ids.ts";
import { createSignedTokens } from "./signed-tokens.ts";
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts";
import { createOauthUpkeep } from "./upkeep.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const opened: TestDatabase[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

async function open() {
  const database = await testDatabase();
  opened.push(database);
  const time = { nowMs: Date.now() };
  const clock = { nowMs: () => time.nowMs };
  const anotherProcess = (): SigningKeys => createSigningKeys({ db: database.db, sealer, clock });
  return { db: database.db, time, clock, anotherProcess };
}

const idsOf = async (keys: SigningKeys) => (await keys.current()).keys.map(({ id }) => id);

describe("signing keys", () => {
  it("are made once, however many processes need the first one", async () => {
    const { anotherProcess } = await open();
    const sets = await Promise.all(Array.from({ length: 4 }, () => idsOf(anotherProcess())));
    expect(new Set(sets.flat()).size).toBe(1);
  });

  it("are published before they sign, and until what they signed has expired", async () => {
    const { time, anotherProcess } = await open();
    const [keys, others] = [anotherProcess(), anotherProcess()];
    const [first] = await idsOf(keys);
    time.nowMs += 80 * dayMs;
    await keys.rotate();
    expect(await idsOf(keys)).toEqual([first]);
    time.nowMs += 10 * dayMs;
    await Promise.all([keys.rotate(), others.rotate()]);
    const [signing, next, ...more] = await idsOf(keys);
    expect([signing, more]).toEqual([first, []]);
    expect(next).toBeDefined();
    expect(await idsOf(others)).toEqual([first, next]);
    time.nowMs += hourMs;
    expect(await idsOf(keys)).toEqual([next, first]);
    time.nowMs += dayMs - 1;
    await keys.rotate();
    expect(await idsOf(keys)).toEqual([next, first]);
    time.nowMs += 1;
    await keys.rotate();
    expect(await idsOf(keys)).toEqual([next]);
    expect(await idsOf(others)).toEqual([next]);
  });

  it("sign all the same when the clock was set back", async () => {
    const { time, anotherProcess } = await open();
    const keys = anotherProcess();
    const first = await idsOf(keys);
    time.nowMs -= dayMs;
    expect(await idsOf(anotherProcess())).toEqual(first);
  });
});

describe("a signed access token", () => {
  const client = { clientId: "worker", id: newUuid() };

  it("says what it is, and is understood until it expires, by every process and after a rotation", async () => {
    const { time, clock, anotherProcess } = await open();
    const signingKeys = anotherProcess();
    const tokens = createSignedTokens({ signingKeys, clock });
    const claims = { issuer: "https://gw.example/x/as", audience: ["https://api.example"], extra: { env: "x" } };
    const { accessToken, expiresInSeconds } = await tokens.issue(client, { ...claims, scope: "a b" });
    const [header, payload] = accessToken.split(".").map((part) => Buffer.from(part, "base64url").toString());
    const { kid } = JSON.parse(header ?? "") as { kid: string };
    expect(JSON.parse(payload ?? "")).toMatchObject({
      iss: claims.issuer,
      aud: claims.audience,
      scope: "a b",
      env: "x",
    });
    const elsewhere = createSignedTokens({ signingKeys: anotherProcess(), clock });
    expect(await elsewhere.verify(accessToken, kid)).toEqual({ ...client, issuedAtSeconds: expect.any(Number) });
    expect(await elsewhere.verify(accessToken, newUuid())).toBeNull();
    time.nowMs += expiresInSeconds * 1000 + 1000;
    expect(await elsewhere.verify(accessToken, kid)).toBeNull();
  });

  it("is none when it was signed with another key, with none, or as another kind of token", async () => {
    const { clock, anotherProcess } = await open();
    const signingKeys = anotherProcess();
    const tokens = createSignedTokens({ signingKeys, clock });
    const [key] = (await signingKeys.current()).keys;
    const issuedAtSeconds = Math.floor(Date.now() / 1000);
    const payload = { sub: client.clientId, client: client.id, iat: issuedAtSeconds, exp: issuedAtSeconds + 600 };
    const privateKey = await importJWK(key.privateJwk as JWK, "RS256");
    const sign = (typ: string | undefined) =>
      new SignJWT(payload)
        .setProtectedHeader({ alg: "RS256", kid: key.id, ...(typ === undefined ? {} : { typ }) })
        .sign(privateKey);
    const right = await sign("at+jwt");
    expect(await tokens.verify(right, key.id)).toEqual({ ...client, issuedAtSeconds });
    for (const token of [await sign("JWT"), await sign(undefined), new UnsecuredJWT(payload).encode()]) {
      expect(await tokens.verify(token, key.id)).toBeNull();
    }
    expect(await tokens.verify(`${right.slice(0, -8)}AAAAAAAA`, key.id)).toBeNull();
  });
});

it("the upkeep drops what has expired, and nothing else", async () => {
  const { db, clock, anotherProcess } = await open();
  const insert = `insert into oidc_records (model, id_hash, payload, expires_at)
    select 'AccessToken', sha256(convert_to($1 || n, 'utf8')), '{}', now() + $2::interval from generate_series(1, 3) n`;
  await db.query(insert, ["old", "-1 minute"]);
  await db.query(insert, ["new", "1 hour"]);
  const log = pino({ level: "silent" });
  const upkeep = createOauthUpkeep({ db, clock, log, signingKeys: anotherProcess() });
  await upkeep.start();
  const count = async () => (await db.query("select from oidc_records")).length;
  await expect.poll(count).toBe(3);
  await upkeep.stop();
  expect(await db.query("select from oidc_records where expires_at < now()")).toEqual([]);
});
