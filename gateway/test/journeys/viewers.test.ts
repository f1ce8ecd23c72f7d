// Who may only read: sees what there is through every dialect, and none of the credentials that people put into the requests
// of HTTP providers.

import { afterAll, beforeAll, expect, it } from "vitest";
import { newUuid, uuidOf } from "../../src/core/ids.ts";
import { addAccessKey } from "../support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callNative } from "../support/native-client.ts";
import { environmentIdOf } from "../support/pingone.ts";

let gateway: TestGateway;
let operator: string;
let sender: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  operator = await addAccessKey(gateway, gateway, "operator");
  sender = await addAccessKey(gateway, gateway, "sender");
});
afterAll(() => gateway.stop());

const native = (key: string, method: string, path: string, body?: unknown) =>
  callNative(gateway.url, `Bearer ${key}`, [method, path, body]);

async function get(path: string, authorization: string): Promise<string> {
  const response = await fetch(gateway.url + path, { headers: { authorization } });
  expect(response.status, path).toBe(200);
  return await response.text();
}

/** What each dialect answers about the provider. */
async function seenBy(key: string, { id, number }: { id: string; number: string }) {
  const environment = await environmentIdOf(gateway, gateway);
  return {
    native: JSON.stringify((await native(key, "GET", `/providers/${id}`)).body),
    nativeList: JSON.stringify((await native(key, "GET", "/providers")).body),
    zitadel: await get(`/admin/v1/sms/${number}`, `Bearer ${key}`),
    fusionAuth: await get(`/api/messenger/${id}`, key),
    pingOne: await get(
      `/v1/environments/${environment}/notificationsSettings/phoneDeliverySettings/${id}`,
      `Bearer ${key}`,
    ),
  };
}

const secret = "s3cr3t";
const to = "$".concat("{to}");
const template = () => ({
  ...{ kind: "http", name: `own ${newUuid()}`, check: "flag" },
  requests: [
    {
      ...{ deliveryMethod: "SMS", method: "POST", url: `https://sms.example.com/send?apikey=${secret}&to=${to}` },
      ...{ headers: { "x-sms-app": secret }, body: `pass=${secret}&to=${to}&text=${"$".concat("{message}")}` },
    },
  ],
});
const webhook = () => ({
  ...{ kind: "http", name: `hook ${newUuid()}`, format: "zitadel", signingKey: `${secret}${newUuid()}` },
  ...{ endpoint: `https://user:${secret}@hooks.example.com/sms?key=${secret}`, headers: { "x-app": secret } },
});

it.each([
  ["requests of one's own", template],
  ["a webhook", webhook],
])("shows %s to viewers without what is secret in it, and to operators as it is", async (_, draft) => {
  const made = await native(operator, "POST", "/providers", draft());
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  for (const [dialect, text] of Object.entries(await seenBy(operator, made.body))) {
    expect(text, dialect).toContain(secret);
  }
  for (const [dialect, text] of Object.entries(await seenBy(gateway.viewerKey, made.body))) {
    expect(text, dialect).toContain("example.com");
    expect(text, dialect).not.toContain(secret);
  }
  const asSender = await native(sender, "GET", `/providers/${made.body.id}`);
  expect(asSender.status).toBe(200);
  expect(JSON.stringify(asSender.body)).not.toContain(secret);
});

it("keeps them out of the audit log, which says that they were changed", async () => {
  const { body } = await native(operator, "POST", "/providers", template());
  const { requests } = template();
  const other = [{ ...requests[0], headers: { "x-sms-app": `another ${secret}` } }];
  expect((await native(operator, "PATCH", `/providers/${body.id}`, { requests: other })).status).toBe(200);
  expect((await native(operator, "DELETE", `/providers/${body.id}`)).status).toBe(204);
  const rows = await gateway.db.query(
    "select action, before, after from audit where account_id = $1 and subject = $2 order by id",
    [uuidOf(gateway.accountSid), body.id],
  );
  expect(rows).toMatchObject([
    { action: "provider.created" },
    { action: "provider.updated", after: { changedUnseen: ["requests"] } },
    { action: "provider.deleted" },
  ]);
  expect(JSON.stringify(rows)).toContain("sms.example.com");
  expect(JSON.stringify(rows)).not.toContain(secret);
});

it("gives all consents as a file to owners and operators only", async () => {
  const status = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${gateway.url}/trunkline/v1/consents.csv`, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  expect([await status(operator), await status(gateway.viewerKey), await status(sender)]).toEqual([200, 403, 403]);
});
