// The shape of every answer about messaging services against the examples of Twilio's own OpenAPI document (see
// openapi-shapes.ts).

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUuid, sidOf } from "../../src/core/ids.ts";
import { findSenderByAddress, insertSender } from "../../src/store/senders.ts";
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

const document = "twilio_messaging_v1.json";

describe.skipIf(openapiDirectory === undefined)(`Twilio's examples of messaging services${openapiMissing}`, () => {
  let gateway: TestGateway;
  let call: Call;
  let service: string;
  let numberSid: string;
  let shortCodeSid: string;
  let alphaSid: string;

  beforeAll(async () => {
    gateway = await startTestGateway();
    call = callsOf(gateway.url, gateway);
    const { accountSid, db } = gateway;
    const number = await findSenderByAddress(db, accountSid, gateway.numbers[0]);
    if (number === null) throw new Error("the account has no number");
    const id = newUuid();
    const { providerId } = number;
    const shortCode = { id, accountSid, kind: "short_code", address: "12345", providerId, friendlyName: "x" } as const;
    await insertSender(db, shortCode);
    [numberSid, shortCodeSid] = [number.sid, sidOf("SC", id)];
    const made = await call("/v1/Services", { form: { FriendlyName: "Shapes" } });
    service = `/v1/Services/${String(made.json?.["sid"])}`;
    const alpha = await call(`${service}/DestinationAlphaSenders`, { form: { AlphaSender: "Acme" } });
    alphaSid = String(alpha.json?.["sid"]);
  });
  afterAll(() => gateway.stop());

  const links = {
    StatusCallback: "https://www.example.com",
    InboundRequestUrl: "https://www.example.com",
    FallbackUrl: "https://www.example.com",
  };
  const below = "/v1/Services/{ServiceSid}";
  const cases: readonly (readonly [operation: string, path: string, status: string, () => ReturnType<Call>])[] = [
    ["post", "/v1/Services", "201", () => call("/v1/Services", { form: { FriendlyName: "x", ...links } })],
    ["get", "/v1/Services", "200", () => call("/v1/Services?PageSize=1")],
    ["get", "/v1/Services/Usecases", "200", () => call("/v1/Services/Usecases")],
    ["get", "/v1/Services/{Sid}", "200", () => call(service)],
    ["post", "/v1/Services/{Sid}", "200", () => call(service, { form: links })],
    [
      "post",
      `${below}/PhoneNumbers`,
      "201",
      () => call(`${service}/PhoneNumbers`, { form: { PhoneNumberSid: numberSid } }),
    ],
    ["get", `${below}/PhoneNumbers`, "200", () => call(`${service}/PhoneNumbers`)],
    ["get", `${below}/PhoneNumbers/{Sid}`, "200", () => call(`${service}/PhoneNumbers/${numberSid}`)],
    [
      "post",
      `${below}/ShortCodes`,
      "201",
      () => call(`${service}/ShortCodes`, { form: { ShortCodeSid: shortCodeSid } }),
    ],
    ["get", `${below}/ShortCodes`, "200", () => call(`${service}/ShortCodes`)],
    ["get", `${below}/ShortCodes/{Sid}`, "200", () => call(`${service}/ShortCodes/${shortCodeSid}`)],
    [
      "post",
      `${below}/AlphaSenders`,
      "201",
      () => call(`${service}/AlphaSenders`, { form: { AlphaSender: "Twilio" } }),
    ],
    ["get", `${below}/AlphaSenders`, "200", () => call(`${service}/AlphaSenders`)],
    ["get", `${below}/AlphaSenders/{Sid}`, "200", () => call(`${service}/AlphaSenders/${alphaSid}`)],
    [
      "post",
      `${below}/DestinationAlphaSenders`,
      "201",
      () => call(`${service}/DestinationAlphaSenders`, { form: { AlphaSender: "Twilio", IsoCountryCode: "FR" } }),
    ],
    ["get", `${below}/DestinationAlphaSenders`, "200", () => call(`${service}/DestinationAlphaSenders`)],
    [
      "get",
      `${below}/DestinationAlphaSenders/{Sid}`,
      "200",
      () => call(`${service}/DestinationAlphaSenders/${alphaSid}`),
    ],
    ["get", "/v1/Services/{MessagingServiceSid}/ChannelSenders", "200", () => call(`${service}/ChannelSenders`)],
  ];

  it.each(cases)("%s %s has the shape of its %s examples", async (method, path, status, answerOf) => {
    const answer = await answerOf();
    expect(String(answer.status), answer.text).toBe(status);
    for (const example of readExamples(document, path, method, status)) {
      expect(differences(answer.json as Json, example, productForms)).toEqual([]);
    }
  });
});
