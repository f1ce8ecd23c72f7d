import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
let other: TestAccount;
beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
});
afterAll(() => gateway?.stop());

const call = (method: string, path: string, body?: unknown, account: TestAccount = gateway) =>
  callNative(gateway.url, basic(account.accountSid, account.authToken), [method, `/contacts${path}`, body]);
const at = (contact: string) => `/${encodeURIComponent(contact)}`;
const alice = { contact: "+12025550142", country: "US", postalCode: "20001" };

it("records where contacts are, changes and forgets it, each once in the audit log with what was before", async () => {
  expect(await call("PUT", "", alice)).toMatchObject({ status: 200, body: alice });
  await call("PUT", "", alice);
  const moved = { ...alice, contact: "+1 (202) 555-0142", country: "DE", postalCode: "10115" };
  expect((await call("PUT", "", moved)).body).toMatchObject({ ...moved, contact: alice.contact });
  expect((await call("GET", `?contact=${encodeURIComponent(alice.contact)}`)).body.contacts).toMatchObject([
    { contact: alice.contact, country: "DE" },
  ]);
  expect((await call("DELETE", at(alice.contact))).status).toBe(204);
  expect((await call("DELETE", at(alice.contact))).status).toBe(404);
  const rows = await gateway.db.query(
    "select action, before, after from audit where account_id = $1 and action like 'contact.%' order by id",
    [uuidOf(gateway.accountSid)],
  );
  const [us, de] = [
    { country: "US", postalCode: "20001" },
    { country: "DE", postalCode: "10115" },
  ];
  expect(rows).toEqual([
    { action: "contact.recorded", before: null, after: us },
    { action: "contact.recorded", before: us, after: de },
    { action: "contact.deleted", before: de, after: null },
  ]);
});

it("tells in the audit log what was before each change, also of many at once", async () => {
  const account = await gateway.addAccount();
  const codes = Array.from({ length: 12 }, (_none, index) => String(20_000 + index));
  const answers = await Promise.all(codes.map((postalCode) => call("PUT", "", { ...alice, postalCode }, account)));
  expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
  const rows = await gateway.db.query<{ before: string | null; after: string }>(
    `select before->>'postalCode' as before, after->>'postalCode' as after from audit
     where account_id = $1 and action = 'contact.recorded'`,
    [uuidOf(account.accountSid)],
  );
  // One chain from nothing to what is there now: nobody's change is left out of anybody's before.
  const after = new Map(rows.map((row) => [row.before, row.after]));
  const seen: string[] = [];
  for (let at = after.get(null); at !== undefined && seen.length <= codes.length; at = after.get(at)) seen.push(at);
  expect(seen.toSorted()).toEqual(codes);
  const { contacts } = (await call("GET", "", undefined, account)).body;
  expect(contacts).toMatchObject([{ postalCode: seen.at(-1) }]);
});

it.each([
  [{ ...alice, contact: "hello" }, "contact"],
  [{ ...alice, country: "us" }, "country"],
  [{ ...alice, country: "ZZ" }, "country"],
  [{ ...alice, postalCode: "ABC" }, "postalCode"],
  [{ ...alice, postalCode: "" }, "postalCode"],
])("refuses %j because of its %s", async (body, field) => {
  expect(await call("PUT", "", body)).toMatchObject({
    status: 400,
    body: { error: { details: expect.arrayContaining([expect.objectContaining({ field })]) } },
  });
});

it("lists them in pages and as CSV", async () => {
  const account = await gateway.addAccount();
  const numbers = Array.from({ length: 5 }, (_none, index) => `+1202555010${index}`);
  for (const contact of numbers) await call("PUT", "", { ...alice, contact }, account);
  const first = (await call("GET", "?limit=3", undefined, account)).body;
  const rest = (await call("GET", `?limit=3&after=${encodeURIComponent(first.next)}`, undefined, account)).body;
  expect([...first.contacts, ...rest.contacts].map(({ contact }: { contact: string }) => contact)).toEqual(numbers);
  expect(rest.next).toBeNull();
  const response = await fetch(`${gateway.url}/trunkline/v1/contacts.csv`, {
    headers: { authorization: basic(account.accountSid, account.authToken) },
  });
  const lines = parse(await response.text(), { columns: true }) as Record<string, string>[];
  expect(lines.map((line) => line["contact"])).toEqual(numbers);
});

it("are another account's business neither to see nor to change, and a viewer's to see alone", async () => {
  await call("PUT", "", alice);
  expect((await call("GET", "", undefined, other)).body.contacts).toEqual([]);
  expect((await call("GET", `?account=${gateway.accountSid}`, undefined, other)).status).toBe(404);
  expect((await call("PUT", `?account=${gateway.accountSid}`, alice, other)).status).toBe(404);
  expect((await call("DELETE", at(alice.contact), undefined, other)).status).toBe(404);
  const viewer = `Bearer ${gateway.viewerKey}`;
  expect((await callNative(gateway.url, viewer, ["GET", "/contacts"])).body.contacts).toHaveLength(1);
  expect((await callNative(gateway.url, viewer, ["PUT", "/contacts", alice])).status).toBe(403);
  expect((await callNative(gateway.url, viewer, ["DELETE", `/contacts${at(alice.contact)}`])).status).toBe(403);
});
