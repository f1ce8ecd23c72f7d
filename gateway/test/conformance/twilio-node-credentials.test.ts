// The official npm client on auth tokens and credentials, and with its validation client, which signs every request.

import { generateKeyPairSync } from "node:crypto";
import twilio from "twilio";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { clientByBaseUrl, clientByHttpClient, type TwilioClient } from "./twilio-client.ts";

/** What axios keeps of a request that it has sent. */
interface Recorded {
  readonly url: string;
  readonly method: string;
  readonly data?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface RecordingClient {
  readonly axios: {
    readonly interceptors: {
      readonly response: { use(keep: (response: { readonly config: Recorded }) => unknown): void };
    };
  };
}

let gateway: TestGateway;
let account: TestAccount;
let client: TwilioClient;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = publicKey.export({ type: "spki", format: "pem" }) as string;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  account = await gateway.addAccount();
  client = clientByBaseUrl(gateway.url, account);
});

const withToken = (authToken: string): TwilioClient => clientByBaseUrl(gateway.url, { ...account, authToken });
const unauthenticated = { status: 401, code: 20003 };

describe("npm twilio and auth tokens", () => {
  it("creates, deletes and promotes the secondary token", async () => {
    const { v1 } = client.accounts;
    const first = await v1.secondaryAuthToken().create();
    expect(first).toMatchObject({ accountSid: account.accountSid, url: `${gateway.url}/v1/AuthTokens/Secondary` });
    expect(first.dateCreated).toBeInstanceOf(Date);
    await expect(v1.secondaryAuthToken().create()).rejects.toMatchObject({ status: 400, code: 70002 });
    expect(await v1.secondaryAuthToken().remove({ suppressEmailNotification: true })).toBe(true);
    await expect(v1.secondaryAuthToken().remove()).rejects.toMatchObject({ status: 404, code: 20404 });
    await expect(v1.authTokenPromotion().update()).rejects.toMatchObject({
      status: 404,
      code: 20404,
      message: "The requested resource /AuthTokens/Promote was not found",
    });
    const second = await v1.secondaryAuthToken().create({ suppressEmailNotification: true });
    const promoted = await v1.authTokenPromotion().update({ suppressEmailNotification: true });
    expect(promoted.authToken).toBe(second.secondaryAuthToken);
    expect(promoted.dateUpdated.getTime()).toBeGreaterThanOrEqual(promoted.dateCreated.getTime());
    await expect(client.messages.list({ limit: 1 })).rejects.toMatchObject(unauthenticated);
    const renewed = withToken(promoted.authToken);
    expect((await renewed.api.accounts(account.accountSid).fetch()).authToken).toBe(promoted.authToken);
  });

  it("does not with an API key", async () => {
    const limited = clientByHttpClient(gateway.url, { ...account.apiKey, accountSid: account.accountSid });
    await expect(limited.accounts.v1.secondaryAuthToken().create()).rejects.toMatchObject(unauthenticated);
    await expect(limited.accounts.v1.authTokenPromotion().update()).rejects.toMatchObject(unauthenticated);
  });
});

type Credentials = TwilioClient["accounts"]["v1"]["credentials"]["aws"];

describe("npm twilio and credentials", () => {
  const kinds = [
    [
      "AWS",
      () => client.accounts.v1.credentials.aws,
      (friendlyName?: string) =>
        client.accounts.v1.credentials.aws.create({
          credentials: "AKIA:sec/+ret=",
          ...(friendlyName === undefined ? {} : { friendlyName }),
        }),
    ],
    [
      "public key",
      // The same methods; the package gives each resource types of its own.
      () => client.accounts.v1.credentials.publicKey as unknown as Credentials,
      (friendlyName?: string) =>
        client.accounts.v1.credentials.publicKey.create({
          publicKey: pem,
          ...(friendlyName === undefined ? {} : { friendlyName }),
        }),
    ],
  ] as const;

  it.each(kinds)("makes, fetches, renames, lists and deletes one: %s", async (_name, of, create) => {
    const made = await create("Name");
    expect(made).toMatchObject({ accountSid: account.accountSid, friendlyName: "Name" });
    expect((await of()(made.sid).fetch()).friendlyName).toBe("Name");
    expect((await of()(made.sid).update({ friendlyName: "Other" })).friendlyName).toBe("Other");
    const sids = [made.sid];
    for (let count = 0; count < 4; count += 1) sids.unshift((await create()).sid);
    expect((await of().list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids);
    const first = await of().page({ pageSize: 2 });
    const second = await first.nextPage();
    const back = await second?.previousPage();
    expect([second, back].map((page) => page?.instances.map(({ sid }) => sid))).toEqual([
      sids.slice(2, 4),
      sids.slice(0, 2),
    ]);
    expect(await of()(made.sid).remove()).toBe(true);
    await expect(of()(made.sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it("is told what is wrong with one", async () => {
    const { aws, publicKey: publicKeys } = client.accounts.v1.credentials;
    await expect(aws.create({ credentials: "AKIA" })).rejects.toMatchObject({ status: 400, code: 70106 });
    await expect(publicKeys.create({ publicKey: "x" })).rejects.toMatchObject({ status: 400, code: 70104 });
    await expect(aws.create({ credentials: "a:b", friendlyName: "x".repeat(65) })).rejects.toMatchObject({
      code: 70001,
    });
  });
});

describe("npm twilio with a validation client", () => {
  /** Signs with the given half of the pair, as the credential that the other half was made. */
  async function signing(algorithm?: string, key = privateKey): Promise<TwilioClient> {
    const { sid } = await client.accounts.v1.credentials.publicKey.create({ publicKey: pem });
    const signed = twilio(account.apiKey.sid, account.apiKey.secret, {
      accountSid: account.accountSid,
      validationClient: {
        accountSid: account.accountSid,
        credentialSid: sid,
        signingKey: account.apiKey.sid,
        privateKey: key.export({ type: "pkcs8", format: "pem" }) as string,
        ...(algorithm === undefined ? {} : { algorithm }),
      },
    });
    for (const product of [signed.api, signed.accounts, signed.messaging]) product.baseUrl = gateway.url;
    return signed;
  }

  async function requireSignatures(): Promise<void> {
    await gateway.db.query("update accounts set requires_signed_requests = true where id = $1::uuid", [
      account.accountSid.slice(2),
    ]);
  }

  it.each([undefined, "RS256", "PS256"])("sends, reads, changes and deletes: %s", async (algorithm) => {
    const signed = await signing(algorithm);
    await requireSignatures();
    const recipient = "+15558675310";
    const sids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const body = "100% Grüße & 'more' (a*b~c)!";
      const message = await signed.messages.create({ to: recipient, from: account.numbers[0], body });
      expect(message.body).toBe(body);
      sids.unshift(message.sid);
    }
    const filters = { to: recipient, dateSentBefore: new Date(Date.now() + 86_400_000), pageSize: 2 };
    expect((await signed.messages.list({ to: recipient, pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids);
    expect(await signed.messages.list(filters)).toEqual([]);
    const service = await signed.messaging.v1.services.create({ friendlyName: "Signed" });
    expect((await signed.messaging.v1.services(service.sid).update({ friendlyName: "Again" })).friendlyName).toBe(
      "Again",
    );
    expect(await signed.messaging.v1.services(service.sid).remove()).toBe(true);
    const keys = await signed.accounts.v1.credentials.publicKey.list({ pageSize: 1 });
    expect(keys).toHaveLength(1);
  });

  it("makes requests that can be sent as they are, and not in any other form", async () => {
    const signed = await signing();
    const recorded: Recorded[] = [];
    const { axios } = signed.httpClient as unknown as RecordingClient;
    axios.interceptors.response.use((response) => {
      recorded.push(response.config);
      return response;
    });
    await signed.messages.create({ to: "+15558675310", from: account.numbers[0], body: "once" });
    await signed.messages.list({ to: "+15558675310", limit: 1 });
    const [creation, list] = recorded;
    const query = "To=%2B15558675310&PageSize=1";
    const replay = async (request: Recorded | undefined, changes: Partial<Recorded> & { query?: string } = {}) => {
      const { url = "", method = "", data, headers } = { ...request, ...changes };
      const kept = ["Authorization", "Twilio-Client-Validation", "Content-Type"].flatMap((name) => {
        const value = headers?.[name];
        return value === undefined ? [] : [[name, String(value)] as [string, string]];
      });
      const target = changes.query === undefined ? url : `${url}?${changes.query}`;
      const init = { method: method.toUpperCase(), headers: kept, ...(data === undefined ? {} : { body: data }) };
      const { code } = (await (await fetch(target, init)).json()) as { code?: number };
      return code ?? null;
    };
    expect(await replay(creation)).toBeNull();
    expect(await replay(creation, { data: creation?.data?.replace("once", "twice") ?? "" })).toBe(70156);
    expect(await replay(creation, { data: `${creation?.data}&MediaUrl=https%3A%2F%2Fe.com` })).toBe(70156);
    expect(await replay(creation, { query: "a=1" })).toBe(70156);
    expect(await replay(creation, { url: `${gateway.url}/v1/Services` })).toBe(70156);
    expect(await replay(list, { query })).toBeNull();
    expect(await replay(list, { query: query.replace("=1", "=2") })).toBe(70156);
    expect(await replay(list, { query: `${query}&From=x` })).toBe(70156);
    expect(await replay(list)).toBe(70156);
    expect(await replay(list, { method: "DELETE", query })).toBe(70156);
    expect(await signed.messages.list({ to: "+15558675310" })).toHaveLength(2);
  });

  it("is refused with another key", async () => {
    const signed = await signing("RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
    await expect(signed.messages.list({ limit: 1 })).rejects.toMatchObject({ status: 401, code: 70154 });
  });

  it("is needed where the account says so", async () => {
    await signing();
    await requireSignatures();
    const unsigned = clientByHttpClient(gateway.url, { ...account.apiKey, accountSid: account.accountSid });
    await expect(unsigned.messages.list({ limit: 1 })).rejects.toMatchObject({ status: 401, code: 70052 });
  });
});
