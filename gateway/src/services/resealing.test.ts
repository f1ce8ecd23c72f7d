import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { createSealer } from "../core/credentials/seal.ts";
import { newAuthToken, newResourceOwner } from "../core/credentials/secrets.ts";
import { type AccountSid, type CredentialSid, newUuid, sidOf, uuidOf } from "../core/ids.ts";
import { insertAccountCredential } from "../store/account-credentials.ts";
import { findAccount, insertAccount } from "../store/accounts.ts";
import { insertSecondaryToken } from "../store/auth-tokens.ts";
import { listOtherwiseSealed, sealedPlaces } from "../store/sealed-values.ts";
import { verifyStoredSecrets } from "./bootstrap/stored-secrets.ts";
import { createResealing } from "./resealing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const [older, newer] = [randomBytes(32), randomBytes(32)];
const before = createSealer({ keys: [older] });
const between = createSealer({ keys: [newer, older] });
const after = createSealer({ keys: [newer] });

async function addAccount(): Promise<{ sid: AccountSid; authToken: string; secondary: string }> {
  const account = {
    sid: sidOf<AccountSid>("AC", newUuid()),
    friendlyName: "Acme",
    environmentId: newUuid(),
    tenantId: newUuid(),
    resourceOwner: newResourceOwner(),
    authToken: newAuthToken(),
  };
  await insertAccount(database.db, before, account);
  const secondary = newAuthToken();
  await insertSecondaryToken(database.db, before, account.sid, secondary);
  return { sid: account.sid, authToken: account.authToken, secondary };
}

describe("sealing stored secrets anew", () => {
  it("knows every column that has sealed values", async () => {
    const columns = await database.db.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = current_schema() and column_name like '%\\_sealed' order by 1`,
      [],
    );
    const known = sealedPlaces.map(({ table, column }) => `${table}.${column}`);
    expect(columns.map(({ name }) => name)).toEqual(known.toSorted());
  });

  it("makes the older master key needless, whatever it sealed", async () => {
    const accounts = [];
    for (let count = 0; count < 3; count += 1) accounts.push(await addAccount());
    const [first] = accounts;
    if (first === undefined) return expect.unreachable();
    await insertAccountCredential(database.db, before, {
      accountSid: first.sid,
      sid: sidOf<CredentialSid>("CR", newUuid()),
      friendlyName: null,
      content: { kind: "aws", aws: { accessKeyId: "AKIA", secretAccessKey: "secret" } },
    });
    const damaged = await addAccount();
    await database.db.query("update accounts set auth_token_sealed = auth_token_sealed || 'x' where id = $1", [
      uuidOf(damaged.sid),
    ]);
    await expect(verifyStoredSecrets(database.db, after)).rejects.toMatchObject({ code: "invalid-parameter" });
    const resealing = createResealing({ db: database.db, sealer: between, log: pino({ level: "silent" }) });
    await resealing.start();
    const left = async () => {
      const pages = sealedPlaces.map((place) =>
        listOtherwiseSealed(database.db, place, { header: after.header, after: null, limit: 10 }),
      );
      return (await Promise.all(pages)).flat().map(({ id }) => id);
    };
    // One that cannot be opened stays as it is, and keeps no other from being sealed anew.
    await expect.poll(left, { timeout: 20_000 }).toEqual([uuidOf(damaged.sid)]);
    await resealing.stop();
    await database.db.query("delete from accounts where id = $1", [uuidOf(damaged.sid)]);
    await verifyStoredSecrets(database.db, after);
    for (const { sid, authToken, secondary } of accounts) {
      const stored = await findAccount(database.db, after, sid);
      expect(stored).toMatchObject({ authToken, secondaryAuthToken: secondary });
    }
  });
});
