// Signed requests (public key client validation) as they travel: recorded on their way, changed, and sent again.

import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../test/support/gateway.ts";
import { type Answer, basic, type CallOptions, callsOf } from "../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let account: TestAccount;
let credentialSid: string;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;

beforeAll(async () => {
  gateway = await startTestGateway();
  account = await gateway.addAccount();
  credentialSid = await upload(account);
});
afterAll(() => gateway.stop());

async function upload(owner: TestAccount): Promise<string> {
  const { json } = await callsOf(gateway.url, owner)("/v1/Credentials/PublicKeys", {
    form: { PublicKey: pem(publicKey) },
  });
  return String(json?.["sid"]);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const keyOf = ({ apiKey }: TestAccount): string => basic(apiKey.sid, apiKey.secret);
const errorOf = ({ status, json }: Answer) => [status, json?.["code"]];

interface Signing {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly algorithm?: string;
  readonly key?: KeyObject;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The token of a request, as the documentation says to make it. */
async function tokenOf(
  { method, path, query = "", body = "", headers = {} }: Sent,
  signing: Signing = {},
): Promise<string> {
  const all: Record<string, string> = { authorization: keyOf(account), host: new URL(gateway.url).host, ...headers };
  const names = Object.keys(all).sort();
  const lines = names.map((name) => `${name}:${all[name]}`);
  const hrh = names.join(";");
  const canonical = [method, path, query, ...lines, "", hrh, body === "" ? "" : sha256(body)].join("\n");
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: account.apiKey.sid,
    sub: account.accountSid,
    exp: nowSeconds + 300,
    hrh,
    rqh: sha256(canonical),
    ...signing.claims,
  };
  return await new SignJWT(claims)
    .setProtectedHeader({
      cty: "twilio-pkrv;v=1",
      typ: "JWT",
      alg: signing.algorithm ?? "RS256",
      kid: credentialSid,
      ...signing.header,
    })
    .sign(signing.key ?? privateKey);
}

const formType = "application/x-www-form-urlencoded";

function send({ method, path, query, body, headers }: Sent, token: string, options: CallOptions = {}): Promise<Answer> {
  const call = callsOf(gateway.url, account);
  return call(query === undefined ? path : `${path}?${query}`, {
    method,
    ...(body === undefined ? {} : { body }),
    authorization: keyOf(account),
    ...options,
    headers: { "content-type": formType, "twilio-client-validation": token, ...headers, ...options.headers },
  });
}

const messages = () => `/2010-04-01/Accounts/${account.accountSid}/Messages.json`;
const create = (text = randomUUID()): Sent => ({
  method: "POST",
  path: messages(),
  body: `To=%2B15558675310&From=${encodeURIComponent(account.numbers[0])}&Body=${text}`,
});
const read = (query?: string): Sent => ({
  method: "GET",
  path: "/v1/Services",
  ...(query === undefined ? {} : { query }),
});
const countMessages = async (): Promise<number> => {
  const id = account.accountSid.slice(2);
  const rows = await gateway.db.query<{ count: number }>(
    "select count(*)::int as count from messages where account_id = $1::uuid",
    [id],
  );
  return rows[0]?.count ?? 0;
};

describe("a signed request", () => {
  it.each(["RS256", "PS256"])("is taken with %s", async (algorithm) => {
    for (const [sent, status] of [
      [create(), 201],
      [read(), 200],
      [read("PageSize=2"), 200],
    ] as const) {
      expect((await send(sent, await tokenOf(sent, { algorithm }))).status).toBe(status);
    }
  });

  it("may sign further headers, and say since when it is good", async () => {
    const sent = { ...read(), headers: { "x-purpose": "nightly  run" } };
    const nbf = Math.floor(Date.now() / 1000);
    expect((await send(sent, await tokenOf(sent, { claims: { nbf, exp: nbf + 300 } }))).status).toBe(200);
    const token = await tokenOf(sent);
    expect(errorOf(await send({ ...sent, headers: { "x-purpose": "another" } }, token))).toEqual([401, 70156]);
    expect(errorOf(await send(read(), token))).toEqual([401, 70155]);
  });

  it("is refused when anything of it was changed on its way, and does nothing then", async () => {
    const sent = create();
    const before = await countMessages();
    const token = await tokenOf(sent);
    const otherKey = { ...account.apiKey, secret: "x" };
    const changed: readonly (readonly [Sent, number])[] = [
      [{ ...sent, body: `${sent.body}1` }, 70156],
      [{ ...sent, body: sent.body?.replace("15558675310", "15558675311") ?? "" }, 70156],
      [{ ...sent, body: "" }, 70156],
      [{ ...sent, query: "a=1" }, 70156],
      [{ ...sent, path: sent.path.replace("Messages.json", "Messages") }, 70156],
    ];
    for (const [each, code] of changed) {
      const { status, text, json } = await send(each, token);
      expect([status, json?.["code"] ?? Number(/<Code>(\d+)/.exec(text)?.[1])]).toEqual([401, code]);
    }
    expect((await send(sent, token, { authorization: basic(otherKey.sid, otherKey.secret) })).status).toBe(401);
    const list = await tokenOf(read("PageSize=2"));
    expect(errorOf(await send(read("PageSize=3"), list))).toEqual([401, 70156]);
    expect(errorOf(await send(read(), list))).toEqual([401, 70156]);
    expect(errorOf(await send(read("PageSize=2"), await tokenOf(read())))).toEqual([401, 70156]);
    expect(errorOf(await send({ ...read(), path: "/v1/Credentials/AWS" }, await tokenOf(read())))).toEqual([
      401, 70156,
    ]);
    expect(await countMessages()).toBe(before);
    expect((await send(sent, token)).status).toBe(201);
  });

  it("is checked with a body of any type", async () => {
    const sent = { method: "POST", path: "/v1/Services", body: '{"FriendlyName":"x"}' };
    const token = await tokenOf(sent);
    const json = { headers: { "content-type": "application/json" } };
    expect(errorOf(await send(sent, token, json))).toEqual([400, 20001]);
    expect(errorOf(await send({ ...sent, body: '{"FriendlyName":"y"}' }, token, json))).toEqual([401, 70156]);
  });

  it.each<[string, Signing, number]>([
    ["signed by somebody else", { key: stranger.privateKey }, 70154],
    ["of another algorithm", { algorithm: "RS512" }, 70154],
    ["of another content type", { header: { cty: "JWT" } }, 70154],
    ["without a key id", { header: { kid: undefined } }, 70154],
    ["of a key that is not there", { header: { kid: `CR${"0".repeat(32)}` } }, 70153],
    ["of a key id that is none", { header: { kid: "x" } }, 70153],
    ["without an end", { claims: { exp: undefined } }, 70154],
    ["that has ended", { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }, 70154],
    ["that lasts too long", { claims: { exp: Math.floor(Date.now() / 1000) + 3600 } }, 70154],
    ["that lasts too long from its beginning", { claims: { nbf: Math.floor(Date.now() / 1000) - 100 } }, 70154],
    ["that has not begun", { claims: { nbf: Math.floor(Date.now() / 1000) + 100 } }, 70154],
    ["of another API key", { claims: { iss: `SK${"0".repeat(32)}` } }, 70154],
    ["of another account", { claims: { sub: `AC${"0".repeat(32)}` } }, 70154],
    ["without header names", { claims: { hrh: undefined } }, 70154],
    ["with header names that are none", { claims: { hrh: "authorization; host" } }, 70154],
    ["that does not sign the credentials", { claims: { hrh: "host" } }, 70155],
    ["that signs a header that is not there", { claims: { hrh: "authorization;host;x-gone" } }, 70155],
    ["without a hash", { claims: { rqh: 1 } }, 70154],
    ["with another hash", { claims: { rqh: "0".repeat(64) } }, 70156],
  ])("with a token %s is refused: %#", async (_what, signing, code) => {
    const sent = read();
    expect(errorOf(await send(sent, await tokenOf(sent, signing)))).toEqual([401, code]);
  });

  it.each(["", "x", "a.b.c", "e30.e30.", `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`])(
    "with %j for a token is refused",
    async (token) => {
      expect(errorOf(await send(read(), token))).toEqual([401, 70154]);
    },
  );

  it("is of an API key: other credentials are 70053", async () => {
    const authorization = basic(account.accountSid, account.authToken);
    const sent = { ...read(), headers: { authorization } };
    expect(errorOf(await send(read(), await tokenOf(sent), { authorization }))).toEqual([401, 70053]);
  });

  it("is of the account that has the public key", async () => {
    const other = await gateway.addAccount(account.accountSid);
    const sent = { ...read(), headers: { authorization: keyOf(other) } };
    const token = await tokenOf(sent, { claims: { iss: other.apiKey.sid, sub: other.accountSid } });
    expect(errorOf(await send(read(), token, { authorization: keyOf(other) }))).toEqual([401, 70153]);
  });

  it("is refused once its public key is deleted", async () => {
    const sid = await upload(account);
    const sent = read();
    const token = await tokenOf(sent, { header: { kid: sid } });
    expect((await send(sent, token)).status).toBe(200);
    await callsOf(gateway.url, account)(`/v1/Credentials/PublicKeys/${sid}`, { method: "DELETE" });
    expect(errorOf(await send(sent, token))).toEqual([401, 70153]);
  });

  it("can follow a page whose query its client does not sign, and only read with that", async () => {
    const token = await tokenOf(read());
    const page = `PageSize=2&Page=1&PageToken=PA${account.serviceSid}`;
    expect((await send(read(page), token)).status).toBe(200);
    const deletion = { method: "DELETE", path: `/v1/Services/${account.serviceSid}` };
    expect(errorOf(await send({ ...deletion, query: page }, await tokenOf(deletion)))).toEqual([401, 70156]);
  });
});

describe("an account that takes signed requests only", () => {
  const native = async (
    owner: TestAccount,
    body: unknown,
    authorization = basic(owner.accountSid, owner.authToken),
  ) => {
    const response = await fetch(`${gateway.url}/trunkline/v1/accounts/${owner.accountSid}`, {
      method: "PATCH",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };

  it("refuses every other with 70052, whatever its credentials, and only where it says so", async () => {
    const strict = await gateway.addAccount();
    const sibling = await gateway.startSibling();
    try {
      const there = callsOf(sibling.url, strict);
      expect((await there("/Messages.json")).status).toBe(200);
      expect(await native(strict, { requireSignedRequests: true })).toMatchObject({
        status: 200,
        json: { requireSignedRequests: true },
      });
      const call = callsOf(gateway.url, strict);
      for (const authorization of [
        basic(strict.accountSid, strict.authToken),
        keyOf(strict),
        `Bearer ${strict.viewerKey}`,
      ]) {
        for (const path of ["/Messages.json", "/v1/Services"]) {
          expect(errorOf(await call(path, { authorization }))).toEqual([401, 70052]);
        }
        expect(errorOf(await call("/v1/Services", { form: { FriendlyName: "x" }, authorization }))).toEqual([
          401, 70052,
        ]);
      }
      await expect.poll(async () => errorOf(await there("/Messages.json"))).toEqual([401, 70052]);
      expect((await callsOf(gateway.url, gateway)("/Messages.json")).status).toBe(200);
      expect(
        errorOf(await callsOf(gateway.url, strict)("/v1/Services", { authorization: basic(strict.accountSid, "x") })),
      ).toEqual([401, 20003]);
      await native(strict, { requireSignedRequests: false });
      expect((await call("/Messages.json")).status).toBe(200);
    } finally {
      await sibling.stop();
    }
  });

  it("takes signed ones, and its API keys on the native API no more", async () => {
    account = await gateway.addAccount();
    credentialSid = await upload(account);
    const nativeRead = async () => {
      const response = await fetch(`${gateway.url}/trunkline/v1/accounts`, {
        headers: { authorization: keyOf(account) },
      });
      return response.status;
    };
    expect(await nativeRead()).toBe(200);
    await native(account, { requireSignedRequests: true });
    expect(await nativeRead()).toBe(403);
    const sent = create();
    expect((await send(sent, await tokenOf(sent))).status).toBe(201);
    expect((await send(read(), await tokenOf(read()))).status).toBe(200);
  });

  it("is made one by its owner only, and audited", async () => {
    const strict = await gateway.addAccount();
    expect((await native(strict, { requireSignedRequests: true }, keyOf(strict))).status).toBe(403);
    expect((await native(strict, { requireSignedRequests: true }, `Bearer ${strict.viewerKey}`)).status).toBe(403);
    expect(
      (await native(strict, { requireSignedRequests: true }, basic(gateway.accountSid, gateway.authToken))).status,
    ).toBe(404);
    expect((await native(strict, { requireSignedRequests: "yes" })).status).toBe(400);
    expect((await native(strict, {})).json).toMatchObject({ requireSignedRequests: false });
    await native(strict, { requireSignedRequests: true });
    await native(strict, { requireSignedRequests: true });
    const rows = await gateway.db.query(
      "select before, after from audit where account_id = $1::uuid and action = 'account.updated'",
      [strict.accountSid.slice(2)],
    );
    expect(rows).toEqual([{ before: { requireSignedRequests: false }, after: { requireSignedRequests: true } }]);
  });
});
