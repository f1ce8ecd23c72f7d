import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Answer, basic, type Call, type CallOptions, callsOf } from "../../../../../test/support/twilio-call.ts";
import { newUuid, sidOf } from "../../../../core/ids.ts";
import { insertApiKey } from "../../../../store/credentials.ts";

let gateway: TestGateway;
let account: TestAccount;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  account = await gateway.addAccount();
  call = callsOf(gateway.url, account);
});

type Json = Readonly<Record<string, unknown>>;
const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const contents = {
  AWS: { Credentials: `AKIAIOSFODNN7EXAMPLE:${secret}` },
  PublicKeys: { PublicKey: pem },
} as const;
type Kind = keyof typeof contents;
const kinds: readonly Kind[] = ["AWS", "PublicKeys"];
const other = (kind: Kind): Kind => (kind === "AWS" ? "PublicKeys" : "AWS");

const path = (kind: Kind, sid: unknown = null) => `/v1/Credentials/${kind}${sid === null ? "" : `/${String(sid)}`}`;
const post = (kind: Kind, form: Record<string, string> = {}, options: CallOptions = {}) =>
  call(path(kind), { form: { ...contents[kind], ...form }, ...options });
async function make(kind: Kind, form: Record<string, string> = {}): Promise<Json> {
  const { status, json } = await post(kind, form);
  expect(status).toBe(201);
  return json ?? {};
}
const errorOf = ({ status, json }: Answer) => [status, json?.["code"], json?.["message"]];
const notFound = (kind: Kind, sid: unknown) => [
  404,
  20404,
  `The requested resource /Credentials/${kind}/${String(sid)} was not found`,
];
const stored = async (): Promise<unknown[]> =>
  await gateway.db.query("select * from account_credentials where account_id = $1::uuid order by id", [
    account.accountSid.slice(2),
  ]);
const sidsIn = ({ json }: Pick<Answer, "json">) => {
  const { credentials } = json as { credentials: { sid: string }[] };
  return credentials.map(({ sid }) => sid);
};
const metaOf = ({ json }: Answer): Json => (json as { meta: Json }).meta;

describe.each(kinds)("a credential of the kind %s", (kind) => {
  it("is six keys, never what is in it", async () => {
    const json = await make(kind, { FriendlyName: "Deploy" });
    expect(json).toEqual({
      sid: expect.stringMatching(/^CR[0-9a-f]{32}$/),
      account_sid: account.accountSid,
      friendly_name: "Deploy",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: json["date_created"],
      url: `${gateway.url}/v1/Credentials/${kind}/${String(json["sid"])}`,
    });
    expect((await call(path(kind, json["sid"]))).json).toEqual(json);
    expect((await call(path(kind, String(json["sid"]).toUpperCase()))).json).toEqual(json);
    expect((await call(path(kind))).json?.["credentials"]).toEqual([json]);
  });

  it("has no name when none is given, and takes a new one and nothing else", async () => {
    const { sid, friendly_name: name } = await make(kind);
    expect(name).toBeNull();
    const content = (await stored()).map((row) => ({ ...(row as object), friendly_name: null, updated_at: null }));
    const change = async (form: Record<string, string>) =>
      (await call(path(kind, sid), { form })).json?.["friendly_name"];
    expect(await change({ FriendlyName: "One", Credentials: "a:b", PublicKey: "x" })).toBe("One");
    expect(await change({})).toBe("One");
    expect(await change({ FriendlyName: "" })).toBeNull();
    const after = (await stored()).map((row) => ({ ...(row as object), friendly_name: null, updated_at: null }));
    expect(after).toEqual(content);
  });

  it("has a name of at most 64 characters", async () => {
    const long = "\u{1f61c}".repeat(65);
    const { sid } = await make(kind, { FriendlyName: "\u{1f61c}".repeat(64) });
    const violation = [400, 70001, "The request has constraint violations"];
    expect(errorOf(await post(kind, { FriendlyName: long }))).toEqual(violation);
    expect(errorOf(await call(path(kind, sid), { form: { FriendlyName: long } }))).toEqual(violation);
    expect(await stored()).toHaveLength(1);
  });

  it("is gone once it is deleted", async () => {
    const { sid } = await make(kind);
    const answer = await call(path(kind, sid), { method: "DELETE" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(errorOf(await call(path(kind, sid)))).toEqual(notFound(kind, sid));
    expect(errorOf(await call(path(kind, sid), { form: { FriendlyName: "x" } }))).toEqual(notFound(kind, sid));
    expect(errorOf(await call(path(kind, sid), { method: "DELETE" }))).toEqual(notFound(kind, sid));
    expect(await stored()).toEqual([]);
  });

  it("is none of the other kind", async () => {
    const { sid } = await make(kind);
    const elsewhere = path(other(kind), sid);
    for (const options of [{}, { form: { FriendlyName: "x" } }, { method: "DELETE" }]) {
      expect(errorOf(await call(elsewhere, options))).toEqual(notFound(other(kind), sid));
    }
    expect((await call(path(other(kind)))).json?.["credentials"]).toEqual([]);
    expect((await call(path(kind, sid))).status).toBe(200);
  });

  it("has a SID: what is none is 70002", async () => {
    const expected = [400, 70002, "Invalid Sid provided in the request"];
    for (const sid of ["x", "CR1", `AC${"0".repeat(32)}`])
      expect(errorOf(await call(path(kind, sid)))).toEqual(expected);
    expect(errorOf(await call(path(kind, "CR1"), { method: "DELETE" }))).toEqual(expected);
  });

  it("is listed newest first, page by page, in both directions", async () => {
    const sids: unknown[] = [];
    for (let count = 0; count < 5; count += 1) sids.unshift((await make(kind))["sid"]);
    await make(other(kind));
    const first = await call(`${path(kind)}?PageSize=2`);
    expect(metaOf(first)).toMatchObject({
      key: "credentials",
      page: 0,
      page_size: 2,
      url: `${gateway.url}${path(kind)}?PageSize=2&Page=0`,
      previous_page_url: null,
    });
    const follow = async (answer: Answer, name: string): Promise<Answer> =>
      await call(String(metaOf(answer)[name]).replace(gateway.url, ""));
    const second = await follow(first, "next_page_url");
    const third = await follow(second, "next_page_url");
    const back = await follow(third, "previous_page_url");
    expect([first, second, third, back].map(sidsIn)).toEqual([
      sids.slice(0, 2),
      sids.slice(2, 4),
      sids.slice(4),
      sids.slice(2, 4),
    ]);
    expect(metaOf(third)["next_page_url"]).toBeNull();
    expect(errorOf(await call(`${path(kind)}?PageSize=1001`))).toEqual([400, 20007, expect.any(String)]);
  });

  it("can be made for a direct subaccount, whose own it is then", async () => {
    const subaccount = await gateway.addAccount(account.accountSid);
    const made = await make(kind, { AccountSid: subaccount.accountSid });
    expect(made["account_sid"]).toBe(subaccount.accountSid);
    const list = await callsOf(gateway.url, subaccount)(path(kind));
    expect(sidsIn(list)).toEqual([made["sid"]]);
    expect((await call(path(kind))).json?.["credentials"]).toEqual([]);
    expect((await make(kind, { AccountSid: account.accountSid }))["account_sid"]).toBe(account.accountSid);
  });

  it("cannot be made for anybody else", async () => {
    const subaccount = await gateway.addAccount(account.accountSid);
    const suspended = await gateway.addAccount(account.accountSid);
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [
      suspended.accountSid.slice(2),
    ]);
    const missing = [404, 20404, `The requested resource /Credentials/${kind} was not found`];
    const refused = async (options: CallOptions, AccountSid: string) =>
      errorOf(await post(kind, { AccountSid }, options));
    const { sid, secret: password } = account.apiKey;
    expect(await refused({}, gateway.accountSid)).toEqual(missing);
    expect(await refused({}, `AC${"0".repeat(32)}`)).toEqual(missing);
    expect(await refused({ authorization: basic(sid, password) }, subaccount.accountSid)).toEqual(missing);
    const asSubaccount = basic(subaccount.accountSid, subaccount.authToken);
    expect(await refused({ authorization: asSubaccount }, account.accountSid)).toEqual(missing);
    expect(await refused({}, suspended.accountSid)).toEqual([403, 20005, expect.any(String)]);
    expect(await refused({}, "AC1")).toEqual([400, 70002, "Invalid AccountSid provided in the request"]);
    const [row] = await gateway.db.query<{ count: number }>(
      "select count(*)::int as count from account_credentials where account_id = any ($1::uuid[])",
      [[account, subaccount, suspended, gateway].map(({ accountSid }) => accountSid.slice(2))],
    );
    expect(row?.count).toBe(0);
  });

  it("is out of the reach of other accounts, parents and subaccounts", async () => {
    const { sid } = await make(kind);
    const subaccount = await gateway.addAccount(account.accountSid);
    const child = await callsOf(gateway.url, subaccount)(path(kind), { form: contents[kind] });
    for (const [from, target] of [
      [gateway, sid],
      [subaccount, sid],
      [account, child.json?.["sid"]],
    ] as const) {
      const there = callsOf(gateway.url, from);
      for (const options of [{}, { form: { FriendlyName: "mine" } }, { method: "DELETE" }]) {
        expect(errorOf(await there(path(kind, target), options))).toEqual(notFound(kind, target));
      }
    }
    expect((await call(path(kind, sid))).json?.["friendly_name"]).toBeNull();
  });

  it("is read by every role, changed by owners, operators and API keys, and by nobody of a suspended account", async () => {
    const { sid } = await make(kind);
    const viewer = { authorization: `Bearer ${account.viewerKey}` };
    const key = { authorization: basic(account.apiKey.sid, account.apiKey.secret) };
    expect((await call(path(kind), viewer)).status).toBe(200);
    expect((await call(path(kind, sid), viewer)).status).toBe(200);
    expect(errorOf(await post(kind, {}, viewer))).toEqual([403, 20006, expect.any(String)]);
    expect(errorOf(await call(path(kind, sid), { form: { FriendlyName: "x" }, ...viewer }))).toEqual([
      403,
      20006,
      expect.any(String),
    ]);
    expect(errorOf(await call(path(kind, sid), { method: "DELETE", ...viewer }))).toEqual([
      403,
      20006,
      expect.any(String),
    ]);
    expect((await post(kind, {}, key)).status).toBe(201);
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [
      account.accountSid.slice(2),
    ]);
    const fresh = { authorization: basic(account.accountSid.toLowerCase(), account.authToken) };
    expect(errorOf(await call(path(kind), fresh))).toEqual([403, 20005, expect.any(String)]);
  });

  it("is for restricted API keys as far as their policy goes", async () => {
    const permission = `/twilio/accounts/credentials.${kind === "AWS" ? "aws" : "public-keys"}`;
    const restricted = { sid: sidOf("SK", newUuid()), secret: "secret", friendlyName: null };
    const policy = { allow: [`${permission}/list`, `${permission}/create`] };
    await insertApiKey(gateway.db, account.accountSid, { ...restricted, policy });
    const key = { authorization: basic(restricted.sid, restricted.secret) };
    const made = await post(kind, {}, key);
    expect([made.status, (await call(path(kind), key)).status]).toEqual([201, 200]);
    const one = path(kind, made.json?.["sid"]);
    for (const options of [{}, { form: { FriendlyName: "x" } }, { method: "DELETE" }]) {
      expect(errorOf(await call(one, { ...options, ...key }))).toEqual([401, 70051, expect.any(String)]);
    }
    const secondary = await call("/v1/AuthTokens/Secondary", { method: "POST", ...key });
    expect(errorOf(secondary)).toEqual([401, 20003, "Authenticate"]);
  });

  it("is audited without its secret", async () => {
    const { sid } = await make(kind);
    await call(path(kind, sid), { form: { FriendlyName: "x" } });
    await call(path(kind, sid), { form: {} });
    await call(path(kind, sid), { method: "DELETE" });
    const rows = await gateway.db.query<{ action: string }>(
      "select * from audit where account_id = $1::uuid and action like 'credential.%' order by id",
      [account.accountSid.slice(2)],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      "credential.created",
      "credential.updated",
      "credential.deleted",
    ]);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows[0]).toMatchObject({
      subject: sid,
      after:
        kind === "AWS"
          ? { accessKeyId: "AKIAIOSFODNN7EXAMPLE" }
          : { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});

describe("the content of a credential", () => {
  const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;
  const rsa = (modulusLength: number, publicExponent: number): string =>
    pemOf(generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey);
  const ed25519 = pemOf(generateKeyPairSync("ed25519").publicKey);

  it.each([
    ["AWS", 20001, "Missing required parameter Credentials in the post body", {}],
    ["AWS", 70106, "Invalid AWS credentials", { Credentials: "AKIA" }],
    ["PublicKeys", 20001, "Missing required parameter PublicKey in the post body", {}],
    ["PublicKeys", 70104, "Invalid Public Key", { PublicKey: "x" }],
    ["PublicKeys", 70101, "Unsupported Public Key Algorithm", { PublicKey: ed25519 }],
    ["PublicKeys", 70102, "Unsupported Public Key Length", { PublicKey: rsa(1024, 65_537) }],
    ["PublicKeys", 70103, "Unsupported Public Key Exponent", { PublicKey: rsa(2048, 3) }],
  ] as const)("of %s is checked: %i %s", async (kind, code, message, form) => {
    expect(errorOf(await call(path(kind), { method: "POST", form }))).toEqual([400, code, message]);
    expect(await stored()).toEqual([]);
  });

  it("is stored sealed if it is secret", async () => {
    const { sid } = await make("AWS");
    const [row] = (await stored()) as { aws_sealed: Buffer }[];
    const id = `${String(sid).slice(2)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const owner = account.accountSid.slice(2).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    expect(row?.aws_sealed.includes(secret)).toBe(false);
    expect(gateway.sealer.open(row?.aws_sealed ?? Buffer.alloc(0), `account_credentials.aws ${owner} ${id}`)).toBe(
      contents.AWS.Credentials,
    );
  });

  it("has one of two types: any other is 70105", async () => {
    for (const options of [{}, { form: {}, method: "POST" }]) {
      expect(errorOf(await call("/v1/Credentials/GCP", options))).toEqual([400, 70105, expect.any(String)]);
      expect(errorOf(await call(`/v1/Credentials/GCP/CR${"0".repeat(32)}`, options))).toEqual([
        400,
        70105,
        expect.any(String),
      ]);
    }
  });

  it("is right or nothing is stored, whatever the parameters are", async () => {
    const value = fc.oneof(
      fc.constantFrom(
        "",
        " ",
        "a:b",
        "a:b:c",
        "AC1",
        account.accountSid,
        gateway.accountSid,
        pem,
        pem.replaceAll("\n", ""),
        "x".repeat(3000),
      ),
      fc.string({ unit: "grapheme", maxLength: 70 }).map((each) => each.toWellFormed().replaceAll("\0", "")),
    );
    const form = fc.dictionary(
      fc.constantFrom("Credentials", "PublicKey", "FriendlyName", "AccountSid", "Sid"),
      value,
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), form, async (kind, given) => {
        const before = (await stored()).length;
        const { status, json } = await call(path(kind), { method: "POST", form: given });
        expect([201, 400, 404]).toContain(status);
        expect((await stored()).length).toBe(before + (status === 201 ? 1 : 0));
        if (status === 201) expect([...String(json?.["friendly_name"] ?? "")].length).toBeLessThanOrEqual(64);
      }),
      { numRuns: 100 },
    );
  });
});
