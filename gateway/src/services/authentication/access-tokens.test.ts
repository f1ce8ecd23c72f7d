import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { newUuid } from "../../core/ids.ts";
import { type AccessTokens, createAccessTokens } from "./access-tokens.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const client = { clientId: "OQ1", id: newUuid() };
let now = Date.now();
let database: TestDatabase;
let tokens: AccessTokens;

function anotherProcess(): AccessTokens {
  return createAccessTokens({ db: database.db, sealer, clock: { nowMs: () => now } });
}

beforeAll(async () => {
  database = await testDatabase();
  tokens = anotherProcess();
});
afterAll(() => database.close());

describe("an access token", () => {
  it("is understood by every process, also when several issue their first at once", async () => {
    const processes = Array.from({ length: 5 }, anotherProcess);
    const issued = await Promise.all(processes.map((each) => each.issue(client)));
    for (const { accessToken } of issued) {
      for (const each of [...processes, tokens]) expect(await each.verify(accessToken)).toMatchObject(client);
    }
    expect(await database.db.query("select from access_token_keys")).toHaveLength(1);
  });

  it("says when it expires, ends then, and says nothing of what its client may do", async () => {
    const { accessToken, expiresInSeconds } = await tokens.issue(client);
    const { exp, iat, ...claims } = decodeJwt(accessToken);
    expect(exp).toBe(Math.floor(now / 1000) + expiresInSeconds);
    expect(Object.keys(claims).sort()).toEqual(["client", "client_id", "iss", "jti", "sub"]);
    const before = now;
    now += expiresInSeconds * 1000 - 1000;
    expect(await tokens.verify(accessToken)).toMatchObject(client);
    now += 1001;
    expect(await tokens.verify(accessToken)).toBeNull();
    now = before;
  });

  it("is no token once a character of it was changed", async () => {
    const { accessToken } = await tokens.issue(client);
    await fc.assert(
      fc.asyncProperty(fc.nat(accessToken.length - 2), fc.constantFrom("A", "b", "9", "."), async (at, character) => {
        fc.pre(accessToken[at] !== character);
        expect(await tokens.verify(accessToken.slice(0, at) + character + accessToken.slice(at + 1))).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it("is not made by anyone else", async () => {
    const { accessToken } = await tokens.issue(client);
    const { kid = "" } = decodeProtectedHeader(accessToken);
    const claims = decodeJwt(accessToken);
    const sign = (header: { alg: string; kid: string; typ?: string }, key = randomBytes(32)) =>
      new SignJWT(claims).setProtectedHeader(header).sign(key);
    const forged = [
      await sign({ alg: "HS256", typ: "at+jwt", kid }),
      await sign({ alg: "HS256", typ: "at+jwt", kid: newUuid() }),
      await sign({ alg: "HS256", typ: "at+jwt", kid: "'; drop table accounts" }),
      await sign({ alg: "HS512", typ: "at+jwt", kid }, randomBytes(64)),
      new UnsecuredJWT(claims).encode(),
      `${accessToken.slice(0, accessToken.lastIndexOf("."))}.`,
    ];
    for (const token of forged) expect(await tokens.verify(token)).toBeNull();
  });

  it("of another type is none, even under the same key", async () => {
    const { accessToken } = await tokens.issue(client);
    const { kid = "" } = decodeProtectedHeader(accessToken);
    const [row] = await database.db.query<{ key_sealed: Buffer }>("select key_sealed from access_token_keys");
    const key = Buffer.from(sealer.open(row?.key_sealed ?? Buffer.alloc(0), `access_token_keys.key ${kid}`), "base64");
    const sign = (typ: string) =>
      new SignJWT(decodeJwt(accessToken)).setProtectedHeader({ alg: "HS256", typ, kid }).sign(key);
    expect(await tokens.verify(await sign("at+jwt"))).toMatchObject(client);
    expect(await tokens.verify(await sign("JWT"))).toBeNull();
  });

  it("is not what somebody just types", async () => {
    const segment = fc.string().map((text) => Buffer.from(text).toString("base64url"));
    const json = fc.json().map((text) => Buffer.from(`{"kid":${text}}`).toString("base64url"));
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.oneof(segment, json), json, segment).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await tokens.verify(token)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
