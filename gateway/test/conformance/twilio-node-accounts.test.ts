// The official npm client against the gateway: subaccounts, keys and OAuth.

import twilio from "twilio";
import RequestClient from "twilio/lib/base/RequestClient.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newApiKeySecret } from "../../src/core/credentials/secrets.ts";
import { newUuid, sidOf } from "../../src/core/ids.ts";
import { insertClient } from "../../src/store/credentials.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { clientByBaseUrl, clientByHttpClient, type TwilioClient } from "./twilio-client.ts";

let gateway: TestGateway;
let client: TwilioClient;
const to = "+15558675310";

beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  client = clientByBaseUrl(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const clientOf = (account: { sid: string; authToken: string }) =>
  clientByHttpClient(gateway.url, { sid: account.sid, secret: account.authToken, accountSid: account.sid });

describe("npm twilio with subaccounts", () => {
  it("creates, lists, fetches, renames, suspends, activates and closes them", async () => {
    const made = await client.api.v2010.accounts.create({ friendlyName: "Shop" });
    expect(made).toMatchObject({ friendlyName: "Shop", status: "active", ownerAccountSid: gateway.accountSid });
    expect(made.dateCreated).toBeInstanceOf(Date);
    const listed = await client.api.v2010.accounts.list({ friendlyName: "Shop", status: "active", pageSize: 1 });
    expect(listed.map(({ sid }) => sid)).toEqual([made.sid]);
    const account = client.api.v2010.accounts(made.sid);
    expect(await account.fetch()).toMatchObject({ sid: made.sid, authToken: made.authToken });
    expect(await account.update({ friendlyName: "Store" })).toMatchObject({ friendlyName: "Store" });

    const own = clientOf(made);
    expect(await own.api.v2010.accounts(made.sid).fetch()).toMatchObject({ friendlyName: "Store" });
    expect(await account.update({ status: "suspended" })).toMatchObject({ status: "suspended" });
    await expect(own.messages.list()).rejects.toMatchObject({ status: 403, code: 20005 });
    expect(await account.update({ status: "active" })).toMatchObject({ status: "active" });
    expect(await own.messages.list()).toEqual([]);
    expect(await account.update({ status: "closed" })).toMatchObject({ status: "closed" });
    await expect(account.update({ status: "active" })).rejects.toMatchObject({ status: 400, code: 21479 });
    await expect(own.api.v2010.accounts.create()).rejects.toMatchObject({ status: 403, code: 20005 });
  });

  it("fails what a subaccount had accepted before it was suspended", async () => {
    const { accountSid } = await gateway.addAccount(gateway.accountSid);
    const subaccount = client.api.v2010.accounts(accountSid);
    const { sid } = await subaccount.messages.create({ to, from: gateway.numbers[0], body: "x", validityPeriod: 60 });
    await expect.poll(async () => (await subaccount.messages(sid).fetch()).status).toBe("delivered");
    const [service] = await gateway.db.query<{ id: string }>(
      "select replace(id::text, '-', '') as id from messaging_services where account_id = $1::uuid",
      [accountSid.slice(2)],
    );
    const later = await subaccount.messages.create({
      ...{ to, messagingServiceSid: `MG${service?.id}`, body: "later" },
      ...{ scheduleType: "fixed", sendAt: new Date(Date.now() + 3600_000) },
    });
    await subaccount.update({ status: "suspended" });
    // What dispatch knew of the account ends within a second; and the message's time comes.
    const afterMemory =
      "update messages set due_at = now() + interval '1 second' where account_id = $1::uuid and id = $2::uuid";
    await gateway.db.query(afterMemory, [accountSid.slice(2), later.sid.slice(2)]);
    await expect
      .poll(() => subaccount.messages(later.sid).fetch(), { interval: 100 })
      .toMatchObject({ status: "failed", errorCode: 30002 });
  });
});

describe("npm twilio with keys", () => {
  it("creates, uses, lists, renames and deletes them in v2010", async () => {
    const { sid, secret, friendlyName } = await client.newKeys.create({ friendlyName: "ci" });
    expect(friendlyName).toBe("ci");
    const signing = await client.newSigningKeys.create();
    const withKey = clientByHttpClient(gateway.url, { sid, secret, accountSid: gateway.accountSid });
    expect(await withKey.messages.list({ limit: 1 })).toBeDefined();
    await expect(withKey.keys.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    await expect(withKey.api.v2010.accounts.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    const listed = await client.keys.list({ limit: 2, pageSize: 1 });
    expect(listed.map((key) => key.sid)).toEqual([signing.sid, sid]);
    expect(await client.signingKeys(sid).update({ friendlyName: "cd" })).toMatchObject({ friendlyName: "cd" });
    expect((await client.keys(sid).fetch()).dateUpdated).toBeInstanceOf(Date);
    expect(await client.keys(sid).remove()).toBe(true);
    expect(await client.signingKeys(signing.sid).remove()).toBe(true);
    await expect(withKey.messages.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  });

  it("creates restricted ones in iam, which may do what their policy lists", async () => {
    const { accountSid } = gateway;
    const policy = { allow: ["/twilio/messaging/messages/create", "/twilio/messaging/messages/read"] };
    const made = await client.iam.v1.newApiKey.create({ accountSid, friendlyName: "r", keyType: "restricted", policy });
    expect(made).toMatchObject({ friendlyName: "r", policy });
    const withKey = clientByHttpClient(gateway.url, { sid: made.sid, secret: made.secret, accountSid });
    const { sid } = await withKey.messages.create({ to, from: gateway.numbers[0], body: "x" });
    expect((await withKey.messages(sid).fetch()).sid).toBe(sid);
    const message = "Authorization Error: required permission twilio/messaging/messages/list is missing";
    await expect(withKey.messages.list()).rejects.toMatchObject({ status: 401, code: 70051, message });

    const key = client.iam.v1.apiKey(made.sid);
    expect(await key.fetch()).toMatchObject({ sid: made.sid, policy });
    const wider = { allow: ["/twilio/messaging/messages/*"] };
    expect(await key.update({ friendlyName: "w", policy: wider })).toMatchObject({ friendlyName: "w", policy: wider });
    expect(await withKey.messages.list({ limit: 1 })).toHaveLength(1);
    const standard = await client.iam.v1.newApiKey.create({ accountSid });
    expect(standard).toMatchObject({ policy: null, friendlyName: null });
    const listed = await client.iam.v1.getApiKeys.list({ accountSid, limit: 2, pageSize: 1 });
    expect(listed.map((each) => each.sid)).toEqual([standard.sid, made.sid]);
    expect(listed[0]?.dateCreated).toBeInstanceOf(Date);
    expect(await key.remove()).toBe(true);
    await expect(withKey.messages.list()).rejects.toMatchObject({ status: 401, code: 20003 });
  });
});

describe("npm twilio with OAuth", () => {
  it("fetches its tokens through a token manager, and calls with them", async () => {
    const clientId = sidOf("OQ", newUuid());
    const clientSecret = newApiKeySecret();
    const stored = { id: newUuid(), clientId, clientSecret, name: "worker", role: "sender" } as const;
    await insertClient(gateway.db, gateway.accountSid, stored);

    // The SDK's own manager always asks Twilio: this is the way around it, with the SDK's own token resource.
    const anonymous = new twilio.Twilio(gateway.accountSid, "", { httpClient: redirected(gateway.url) });
    anonymous.setCredentialProvider(new twilio.NoAuthCredentialProvider());
    const grant = { grantType: "client_credentials", clientId, clientSecret };
    const tokenManager = { fetchToken: async () => (await anonymous.oauth.v2.token.create(grant)).accessToken };
    const provider = new twilio.ClientCredentialProviderBuilder()
      .setClientId(clientId)
      .setClientSecret(clientSecret)
      .setTokenManager(tokenManager)
      .build();
    const withToken = new twilio.Twilio(undefined, undefined, { httpClient: redirected(gateway.url) });
    withToken.setCredentialProvider(provider);
    withToken.setAccountSid(gateway.accountSid);

    const { sid } = await withToken.messages.create({ to, from: gateway.numbers[0], body: "x" });
    expect((await withToken.messages(sid).fetch()).sid).toBe(sid);
    await expect(withToken.messages(sid).remove()).rejects.toMatchObject({ status: 403, code: 20006 });
    const older = await anonymous.iam.v1.token.create(grant);
    expect(older).toMatchObject({ tokenType: "Bearer", expiresIn: expect.anything() });

    const wrong = anonymous.oauth.v2.token.create({ ...grant, clientSecret: "wrong" });
    await expect(wrong).rejects.toMatchObject({ status: 401, code: 20003 });
    await gateway.db.query("delete from oauth_clients where client_id = $1", [clientId]);
    await expect
      .poll(() => withToken.messages.list({ limit: 1 }).catch((error: Error) => error.message))
      .toContain("Failed to fetch access token");
  });
});

/** An HTTP client of the SDK that sends every request to the gateway. */
function redirected(url: string): RequestClient {
  const httpClient = new RequestClient();
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => {
    const { pathname, search } = new URL(options.uri);
    return request({ ...options, uri: url + pathname + search });
  };
  return httpClient;
}
