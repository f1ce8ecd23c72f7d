// The shape of every answer about consents, contacts, the safe list and geo permissions against the examples of Twilio's
// own OpenAPI document (see openapi-shapes.ts).

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

describe.skipIf(openapiDirectory === undefined)(`Twilio's examples of contacts${openapiMissing}`, () => {
  let gateway: TestGateway;
  let call: Call;

  beforeAll(async () => {
    gateway = await startTestGateway();
    call = callsOf(gateway.url, gateway);
  });
  afterAll(() => gateway.stop());

  const consent = {
    contact_id: "+19999999999",
    correlation_id: "ad388b5a46b33b874b0d41f7226db2ef",
    sender_id: "MG00000000000000000000000000000001",
    status: "opt-out",
    source: "website",
  };
  const contact = { ...consent, country_iso_code: "US", zip_code: "12345" };
  const bulk = (path: string, item: object) =>
    call(path, { form: { Items: [JSON.stringify(item), JSON.stringify({ ...item, contact_id: "+19" })] } });
  const add = () => call("/v1/SafeList/Numbers", { form: { PhoneNumber: "+18001234567" } });
  const permission = JSON.stringify({ country_code: "IN", type: "country", enabled: false });

  const cases: readonly (readonly [operation: string, path: string, status: string, () => ReturnType<Call>])[] = [
    ["post", "/v1/Consents/Bulk", "201", () => bulk("/v1/Consents/Bulk", consent)],
    ["post", "/v1/Contacts/Bulk", "201", () => bulk("/v1/Contacts/Bulk", contact)],
    ["post", "/v1/SafeList/Numbers", "201", add],
    ["get", "/v1/SafeList/Numbers", "200", () => call("/v1/SafeList/Numbers?PhoneNumber=%2B18001234567")],
    [
      "patch",
      "/v1/Messaging/GeoPermissions",
      "200",
      () => call("/v1/Messaging/GeoPermissions", { method: "PATCH", form: { Permissions: permission } }),
    ],
    ["get", "/v1/Messaging/GeoPermissions", "200", () => call("/v1/Messaging/GeoPermissions?CountryCode=IN,PK")],
  ];

  it.each(cases)("%s %s has the shape of its %s examples", async (method, path, status, answerOf) => {
    const answer = await answerOf();
    expect(String(answer.status), answer.text).toBe(status);
    for (const example of readExamples(document, path, method, status)) {
      expect(differences(answer.json as Json, example, productForms)).toEqual([]);
    }
  });
});
