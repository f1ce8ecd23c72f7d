import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { type AccountSid, newUuid } from "../../core/ids.ts";
import { insertClient } from "../../store/credentials.ts";
import { createAuthenticator } from "../authenticator.ts";
import { completeAccount, makeAccount } from "../bootstrap/make-account.ts";
import { createSignedTokens } from "../oauth/signed-tokens.ts";
import { createSigningKeys } from "../oauth/signing-keys.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const log = pino({ level: "silent" });
const clock = { nowMs: () => Date.now() };
const claims = { issuer: "https://gw.example/as", audience: ["https://api.example"] };
const secret = "client secret";
let database: TestDatabase;
let accountSid: AccountSid;

beforeAll(async () => {
  database = await testDatabase();
  const account = completeAccount({ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] });
  accountSid = account.sid;
  await database.db.transaction((tx) => makeAccount({ tx, sealer }, account));
});
afterAll(() => database.close());

function anotherProcess() {
  const { db } = database;
  const signedTokens = createSignedTokens({ signingKeys: createSigningKeys({ db, sealer, clock }), clock });
  return createAuthenticator({ db, sealer, clock, log, signedTokens });
}

const addClient = (clientId: string) =>
  insertClient(database.db, accountSid, {
    ...{ id: newUuid(), clientId, clientSecret: secret, name: "worker", role: "operator" },
  });

it("a client's signed token authenticates it in every process, with the role that it has", async () => {
  await addClient("worker");
  const { accessToken } = await anotherProcess().grantToken("worker", secret, "192.0.2.1", claims);
  const principal = await anotherProcess().authenticateKey(accessToken, "192.0.2.1");
  expect(principal).toMatchObject({ credential: "client", role: "operator", accountSid });
});

it("it ends with its client, also when one with the same id is made again", async () => {
  await addClient("replaced");
  const { accessToken } = await anotherProcess().grantToken("replaced", secret, "192.0.2.1", claims);
  await database.db.query("delete from oauth_clients where client_id = 'replaced'");
  await addClient("replaced");
  const refused = anotherProcess().authenticateKey(accessToken, "192.0.2.1");
  await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
});

it("a public client has no secret that would be taken", async () => {
  await addClient("public");
  await database.db.query("update oauth_clients set secret_hash = null where client_id = 'public'");
  for (const given of ["", secret]) {
    const refused = anotherProcess().authenticateClient("public", given, "192.0.2.1");
    await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
  }
});
