import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { newAuthToken, newResourceOwner } from "../../core/credentials/secrets.ts";
import { type AccountSid, type CredentialSid, newUuid, sidOf } from "../../core/ids.ts";
import { insertAccountCredential } from "../../store/account-credentials.ts";
import { insertAccount } from "../../store/accounts.ts";
import { verifyStoredSecrets } from "./stored-secrets.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe("the check of the master keys at the start", () => {
  it("sees the keys of AWS credentials too, and opens what they sealed", async () => {
    const { db } = database;
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const accountSid = sidOf<AccountSid>("AC", newUuid());
    await insertAccount(db, createSealer({ keys: [first] }), {
      sid: accountSid,
      friendlyName: "Acme",
      environmentId: newUuid(),
      tenantId: newUuid(),
      resourceOwner: newResourceOwner(),
      authToken: newAuthToken(),
    });
    await verifyStoredSecrets(db, createSealer({ keys: [first] }));
    await insertAccountCredential(db, createSealer({ keys: [second] }), {
      accountSid,
      sid: sidOf<CredentialSid>("CR", newUuid()),
      friendlyName: null,
      content: { kind: "aws", aws: { accessKeyId: "AKIA", secretAccessKey: "secret" } },
    });
    await expect(verifyStoredSecrets(db, createSealer({ keys: [first] }))).rejects.toMatchObject({
      code: "invalid-parameter",
    });
    await verifyStoredSecrets(db, createSealer({ keys: [first, second] }));
  });
});
