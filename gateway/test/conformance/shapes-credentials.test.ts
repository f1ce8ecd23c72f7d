// The shape of every answer about auth tokens and credentials against the examples of Twilio's own OpenAPI document (see
// openapi-shapes.ts).

import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, callsOf } from "../support/twilio-call.ts";
import {
  differences,
  type Json,
  openapiDirectory,
  openapiMissing,
  productForms,
  readExamples,
} from "./openapi-shapes.ts";

const document = "twilio_accounts_v1.json";

describe.skipIf(openapiDirectory === undefined)(`Twilio's examples of credentials${openapiMissing}`, () => {
  let gateway: TestGateway;
  let call: Call;
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const contents = {
    AWS: { Credentials: "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI" },
    PublicKeys: { PublicKey: publicKey.export({ type: "spki", format: "pem" }) as string },
  };

  beforeAll(async () => {
    gateway = await startTestGateway();
    call = callsOf(gateway.url, gateway);
  });
  afterAll(() => gateway.stop());

  const post = (path: string) => call(path, { method: "POST" });
  const make = (kind: keyof typeof contents) =>
    call(`/v1/Credentials/${kind}`, { form: { FriendlyName: "x", ...contents[kind] } });
  const one = async (kind: keyof typeof contents) =>
    `/v1/Credentials/${kind}/${String((await make(kind)).json?.["sid"])}`;
  type Case = readonly [operation: string, path: string, status: string, () => ReturnType<Call>];
  const casesOf = (kind: keyof typeof contents): readonly Case[] => {
    const path = `/v1/Credentials/${kind}`;
    return [
      ["get", path, "200", () => call(path)],
      ["post", path, "201", () => make(kind)],
      ["get", path, "200", () => call(`${path}?PageSize=1`)],
      ["get", `${path}/{Sid}`, "200", async () => call(await one(kind))],
      ["post", `${path}/{Sid}`, "200", async () => call(await one(kind), { form: { FriendlyName: "y" } })],
    ];
  };
  const cases: readonly Case[] = [
    ["post", "/v1/AuthTokens/Secondary", "201", () => post("/v1/AuthTokens/Secondary")],
    ["post", "/v1/AuthTokens/Promote", "200", () => post("/v1/AuthTokens/Promote")],
  ];

  it.each([...casesOf("AWS"), ...casesOf("PublicKeys"), ...cases])(
    "%s %s has the shape of its %s examples",
    async (method, path, status, answerOf) => {
      const answer = await answerOf();
      expect(String(answer.status), answer.text).toBe(status);
      for (const example of readExamples(document, path, method, status)) {
        expect(differences(answer.json as Json, example, productForms)).toEqual([]);
      }
    },
  );
});
