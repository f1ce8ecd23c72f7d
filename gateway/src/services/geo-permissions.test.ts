import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertBareAccount } from "../../test/support/sandbox.ts";
import { uuidOf } from "../core/ids.ts";
import { createGeoPermissions } from "./geo-permissions.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

it("asks once for a batch of many accounts, however many batches come at the same time", async () => {
  const accounts = await Promise.all(Array.from({ length: 30 }, () => insertBareAccount(database.db)));
  for (const accountSid of accounts.slice(0, 2)) {
    await database.db.query("insert into geo_permissions (account_id, disabled_countries) values ($1, '{BB}')", [
      uuidOf(accountSid),
    ]);
  }
  const statements: string[] = [];
  const permissions = createGeoPermissions({
    db: {
      ...database.db,
      query(statement, values) {
        statements.push(typeof statement === "string" ? statement : statement.name);
        return database.db.query(statement, values);
      },
    },
  });
  const recipients = accounts.map((accountSid) => ({ accountSid, to: "+12465550142" }));
  const [all, first] = await Promise.all([
    permissions.disabledAmong(recipients),
    permissions.disabledAmong(recipients.slice(0, 1)),
  ]);
  expect(all).toEqual(accounts.map((_, index) => index < 2));
  expect(first).toEqual([true]);
  expect(statements.filter((name) => name === "disabled_countries")).toHaveLength(1);
});
