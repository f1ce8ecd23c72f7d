import fc from "fast-check";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { type Answer, type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import type { Role } from "../../../core/access/principal.ts";
import { newApiKeySecret } from "../../../core/credentials/secrets.ts";
import { newUuid, sidOf } from "../../../core/ids.ts";
import { insertClient } from "../../../store/credentials.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

async function makeClient(role: Role = "operator", account: TestAccount = gateway): Promise<Client> {
  const client = { clientId: sidOf("OQ", newUuid()), clientSecret: newApiKeySecret() };
  await insertClient(gateway.db, account.accountSid, { ...client, id: newUuid(), name: "worker", role });
  return client;
}

/** As the SDK asks: with an Authorization header that is empty. */
function askToken({ clientId, clientSecret }: Client, path = "/v2/token"): Promise<Answer> {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  return call(path, { form, authorization: "" });
}

async function bearerOf(client: Client): Promise<string> {
  const { json, status, text } = await askToken(client);
  expect(status, text).toBe(200);
  return `Bearer ${String(json?.["access_token"])}`;
}

const codeOf = async (answer: Promise<Answer>) => {
  const { status, json } = await answer;
  return [status, json?.["code"]];
};
const deleteClient = ({ clientId }: Client) =>
  gateway.db.query("delete from oauth_clients where client_id = $1", [clientId]);

describe("the token endpoint", () => {
  it.each([
    ["/v2/token", 200],
    ["/v1/token", 201],
  ])("%s grants a JWT that says when it expires, with %i, not to be cached", async (path, status) => {
    const answer = await askToken(await makeClient(), path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { access_token: token, ...rest } = answer.json ?? {};
    expect(rest).toEqual({ refresh_token: null, id_token: null, expires_in: 3600, token_type: "Bearer" });
    expect(decodeJwt(String(token)).exp).toBeGreaterThan(Date.now() / 1000 + 3500);
  });

  it("refuses unknown clients, wrong secrets, other grants and missing fields", async () => {
    const { clientId, clientSecret } = await makeClient();
    const grant = { grant_type: "client_credentials" };
    const attempts: readonly [Record<string, string>, number, number][] = [
      [{ ...grant, client_id: clientId, client_secret: "wrong" }, 401, 20003],
      [{ ...grant, client_id: clientId }, 401, 20003],
      [{ ...grant, client_id: sidOf("OQ", newUuid()), client_secret: clientSecret }, 401, 20003],
      [{ ...grant, client_id: "x".repeat(100_000), client_secret: clientSecret }, 401, 20003],
      [{ ...grant, client_secret: clientSecret }, 400, 20001],
      [{ grant_type: "password", client_id: clientId, client_secret: clientSecret }, 400, 20001],
      [{ client_id: clientId, client_secret: clientSecret }, 400, 20001],
      [{}, 400, 20001],
    ];
    for (const [form, status, code] of attempts) {
      expect(await codeOf(call("/v2/token", { method: "POST", form, authorization: null }))).toEqual([status, code]);
    }
    expect(await codeOf(call("/v2/token"))).toEqual([405, 20004]);
    expect(await codeOf(call("/v2/other", { authorization: null }))).toEqual([401, 20003]);
  });

  it("takes the account in the query, if it is the client's", async () => {
    const client = await makeClient();
    expect((await askToken(client, `/v2/token?account_sid=${gateway.accountSid}`)).status).toBe(200);
    const { accountSid } = await gateway.addAccount();
    expect(await codeOf(askToken(client, `/v2/token?account_sid=${accountSid}`))).toEqual([404, 20404]);
  });

  it("answers whatever is sent, and grants nothing for it", async () => {
    const name = fc.constantFrom("grant_type", "client_id", "client_secret", "scope", "audience", "code");
    const value = fc.oneof(
      fc.constant("client_credentials"),
      fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
    );
    const form = fc.dictionary(name, value);
    await fc.assert(
      fc.asyncProperty(form, fc.constantFrom("/v1/token", "/v2/token"), async (given, path) => {
        expect([400, 401, 429]).toContain(
          (await call(path, { method: "POST", form: given, authorization: null })).status,
        );
      }),
      { numRuns: 80 },
    );
  });
});

describe("a bearer token", () => {
  it("is taken by Twilio's API and the gateway's own, in every process", async () => {
    const sibling = await gateway.startSibling();
    try {
      const authorization = await bearerOf(await makeClient());
      for (const url of [gateway.url, sibling.url]) {
        expect(await codeOf(callsOf(url, gateway)("/Messages.json", { authorization }))).toEqual([200, undefined]);
        const response = await fetch(`${url}/trunkline/v1/messages`, { headers: { authorization } });
        expect(response.status).toBe(200);
      }
    } finally {
      await sibling.stop();
    }
  });

  it("may do what the client's role covers, as it is now", async () => {
    const form = { To: "+15558675310", From: gateway.numbers[0], Body: "x" };
    const client = await makeClient("viewer");
    const authorization = await bearerOf(client);
    expect(await codeOf(call("/Messages.json", { authorization, form }))).toEqual([403, 20006]);
    expect(await codeOf(call("/Messages.json", { authorization }))).toEqual([200, undefined]);
    expect(await codeOf(call("/Keys.json", { authorization }))).toEqual([401, 20003]);
    await gateway.db.query("update oauth_clients set role = 'sender' where client_id = $1", [client.clientId]);
    await expect.poll(() => codeOf(call("/Messages.json", { authorization, form }))).toEqual([201, undefined]);
    const owner = await bearerOf(await makeClient("owner"));
    expect(await codeOf(call("/Keys.json", { authorization: owner }))).toEqual([200, undefined]);
  });

  it("reaches its own account only", async () => {
    const authorization = await bearerOf(await makeClient("owner"));
    for (const account of [await gateway.addAccount(), await gateway.addAccount(gateway.accountSid)]) {
      const path = `/2010-04-01/Accounts/${account.accountSid}/Messages.json`;
      expect(await codeOf(call(path, { authorization }))).toEqual([404, 20404]);
    }
  });

  it("ends with the secret that got it, but not with an earlier one", async () => {
    const owner = basic(gateway.accountSid, gateway.authToken);
    const path = `/accounts/${gateway.accountSid}/oauth-clients`;
    const made = await callNative(gateway.url, owner, ["POST", path, { name: "worker", role: "operator" }]);
    const { id, clientId, clientSecret } = made.body;
    const earlier = await bearerOf({ clientId, clientSecret });
    const statusOf = async (bearer: string) => (await callNative(gateway.url, bearer, ["GET", "/session"])).status;
    expect(await statusOf(earlier)).toBe(200);
    // Tokens say whole seconds.
    const issuedAt = decodeJwt(earlier.slice("Bearer ".length)).iat ?? 0;
    await expect.poll(() => Math.floor(Date.now() / 1000), { interval: 20 }).toBeGreaterThan(issuedAt);
    const renewed = await callNative(gateway.url, owner, ["POST", `${path}/${id}/secret`]);
    expect(await statusOf(earlier)).toBe(401);
    expect(await statusOf(await bearerOf({ clientId, clientSecret: renewed.body.clientSecret }))).toBe(200);
  });

  it("ends with its client within a second in every process, and stays ended when the client is made anew", async () => {
    const sibling = await gateway.startSibling();
    try {
      const client = await makeClient();
      const authorization = await bearerOf(client);
      const use = (url: string) => codeOf(callsOf(url, gateway)("/Messages.json", { authorization }));
      expect([await use(gateway.url), await use(sibling.url)]).toEqual([
        [200, undefined],
        [200, undefined],
      ]);
      await deleteClient(client);
      const ended = () => Promise.all([use(gateway.url), use(sibling.url)]);
      await expect.poll(ended, { interval: 50 }).toEqual([
        [401, 20003],
        [401, 20003],
      ]);
      expect(await codeOf(askToken(client))).toEqual([401, 20003]);
      await insertClient(gateway.db, gateway.accountSid, { ...client, id: newUuid(), name: "worker", role: "owner" });
      expect(await use(gateway.url)).toEqual([401, 20003]);
      expect((await askToken(client)).status).toBe(200);
    } finally {
      await sibling.stop();
    }
  });

  it("is neither taken nor granted while the account is suspended", async () => {
    const child = await gateway.addAccount(gateway.accountSid);
    const client = await makeClient("operator", child);
    const authorization = await bearerOf(client);
    const use = () => codeOf(callsOf(gateway.url, child)("/Messages.json", { authorization }));
    expect(await use()).toEqual([200, undefined]);
    await call(`/2010-04-01/Accounts/${child.accountSid}.json`, { form: { Status: "suspended" } });
    expect(await use()).toEqual([403, 20005]);
    expect(await codeOf(askToken(client))).toEqual([403, 20005]);
    const response = await fetch(`${gateway.url}/trunkline/v1/messages`, { headers: { authorization } });
    expect(response.status).toBe(403);
  });
});

// Last: it uses up what this address may get wrong.
describe("wrong secrets", () => {
  it("are limited", async () => {
    const client = await makeClient();
    const guess = () => codeOf(askToken({ ...client, clientSecret: "wrong" }));
    const answers: unknown[] = [];
    for (let count = 0; count < 25; count += 1) answers.push(await guess());
    expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => [401, 20003]));
    expect(answers.at(-1)).toEqual([429, 20429]);
    expect(await codeOf(askToken(client))).toEqual([429, 20429]);
  });
});
