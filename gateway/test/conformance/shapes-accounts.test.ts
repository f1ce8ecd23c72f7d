// The shape of every answer about accounts and keys against the examples of Twilio's own OpenAPI documents (see
// openapi-shapes.ts). iam's document is compared where the directory has it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, callsOf } from "../support/twilio-call.ts";
import {
  coreForms,
  differences,
  type Json,
  openapiDirectory,
  openapiMissing,
  productForms,
  readExamples,
} from "./openapi-shapes.ts";

const core = "twilio_api_v2010.json";
const iam = "twilio_iam_v1.json";
// The list of all accounts is not below one.
const accountForms = { ...coreForms, link: /^\/2010-04-01\/Accounts(\/AC[0-9a-f]{32})?[/.]/ };
const iamForms = { ...productForms, date: coreForms.date };
const hasIam = openapiDirectory !== undefined && existsSync(join(openapiDirectory, iam));

let gateway: TestGateway;
let call: Call;
let key: string;
const account = "/2010-04-01/Accounts/{AccountSid}";
const renamed = { FriendlyName: "foo" };
const policy = '{"allow":["/twilio/messaging/messages/read"]}';

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
  key = String((await call("/Keys.json", { form: renamed })).json?.["sid"]);
});
afterAll(() => gateway.stop());

type Case = readonly [operation: string, path: string, status: string, () => ReturnType<Call>];

const coreCases: readonly Case[] = [
  ["post", "/2010-04-01/Accounts.json", "201", () => call("/2010-04-01/Accounts.json", { form: renamed })],
  ["get", "/2010-04-01/Accounts.json", "200", () => call("/2010-04-01/Accounts.json?Status=active&PageSize=1")],
  ["get", "/2010-04-01/Accounts/{Sid}.json", "200", () => call(".json")],
  ["post", "/2010-04-01/Accounts/{Sid}.json", "200", () => call(".json", { form: renamed })],
  ["get", `${account}/Balance.json`, "200", () => call("/Balance.json")],
  ...["Keys", "SigningKeys"].flatMap((name): Case[] => [
    ["post", `${account}/${name}.json`, "201", () => call(`/${name}.json`, { form: renamed })],
    ["get", `${account}/${name}.json`, "200", () => call(`/${name}.json`)],
    ["get", `${account}/${name}/{Sid}.json`, "200", () => call(`/${name}/${key}.json`)],
    ["post", `${account}/${name}/{Sid}.json`, "200", () => call(`/${name}/${key}.json`, { form: renamed })],
  ]),
];

const iamCases: readonly Case[] = [
  ["post", "/v1/Keys", "201", () => call("/v1/Keys", { form: { AccountSid: gateway.accountSid, ...renamed } })],
  [
    "post",
    "/v1/Keys",
    "201",
    () => call("/v1/Keys", { form: { AccountSid: gateway.accountSid, KeyType: "restricted", Policy: policy } }),
  ],
  ["get", "/v1/Keys", "200", () => call(`/v1/Keys?AccountSid=${gateway.accountSid}&PageSize=1`)],
  ["get", "/v1/Keys/{Sid}", "200", () => call(`/v1/Keys/${key}`)],
  ["post", "/v1/Keys/{Sid}", "200", () => call(`/v1/Keys/${key}`, { form: renamed })],
];

describe.skipIf(openapiDirectory === undefined)(`Twilio's examples of accounts and keys${openapiMissing}`, () => {
  it.each(coreCases)("%s %s has the shape of its %s examples", async (method, path, status, answerOf) => {
    const answer = await answerOf();
    expect(String(answer.status), answer.text).toBe(status);
    for (const example of readExamples(core, path, method, status)) {
      expect(differences(answer.json as Json, example, accountForms)).toEqual([]);
    }
  });

  it.skipIf(!hasIam).each(iamCases)("iam: %s %s has the shape of its %s examples", async (method, path, status, of) => {
    const answer = await of();
    expect(String(answer.status), answer.text).toBe(status);
    for (const example of readExamples(iam, path, method, status)) {
      expect(differences(answer.json as Json, example, iamForms)).toEqual([]);
    }
  });
});

// What iam's document says, for a directory that has it not.
describe("iam's keys", () => {
  it("have exactly the keys of Twilio's, dated in RFC 2822", async () => {
    const dates = {
      date_created: expect.stringMatching(coreForms.date),
      date_updated: expect.stringMatching(coreForms.date),
    };
    const named = { sid: expect.stringMatching(/^SK[0-9a-f]{32}$/), friendly_name: "foo", ...dates };
    const created = await iamCases[0]?.[3]();
    expect(created?.json).toEqual({ ...named, policy: null, secret: expect.any(String) });
    expect((await call(`/v1/Keys/${key}`)).json).toEqual({ ...named, policy: null });
    const restricted = await iamCases[1]?.[3]();
    expect(restricted?.json).toMatchObject({ policy: JSON.parse(policy), friendly_name: null });
    const { json } = await call(`/v1/Keys?AccountSid=${gateway.accountSid}`);
    expect(json?.["keys"]).toContainEqual({ ...named, flags: ["rest_api", "signing"] });
    expect(Object.keys(json?.["meta"] ?? {}).sort()).toEqual([
      "first_page_url",
      "key",
      "next_page_url",
      "page",
      "page_size",
      "previous_page_url",
      "url",
    ]);
  });
});
