// The shape of every answer about numbers, short codes and applications against the examples of Twilio's own OpenAPI
// document (see openapi-shapes.ts). The lists by type of number are left out: their examples lack `type`.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUuid, sidOf } from "../../src/core/ids.ts";
import { findSenderByAddress, insertSender } from "../../src/store/senders.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Call, callsOf } from "../support/twilio-call.ts";
import { coreForms, differences, type Json, openapiDirectory, openapiMissing, readExamples } from "./openapi-shapes.ts";

const document = "twilio_api_v2010.json";

describe.skipIf(openapiDirectory === undefined)(
  `Twilio's examples of numbers and applications${openapiMissing}`,
  () => {
    let gateway: TestGateway;
    let call: Call;
    let number: string;
    let shortCode: string;
    let application: string;

    beforeAll(async () => {
      gateway = await startTestGateway();
      call = callsOf(gateway.url, gateway);
      const { accountSid, db } = gateway;
      const sender = await findSenderByAddress(db, accountSid, gateway.numbers[0]);
      if (sender === null) throw new Error("the account has no number");
      const id = newUuid();
      const { providerId } = sender;
      await insertSender(db, { id, accountSid, kind: "short_code", address: "12345", providerId, friendlyName: "x" });
      [number, shortCode] = [sender.sid, sidOf("SC", id)];
      application = String((await call("/Applications.json", { form: urls })).json?.["sid"]);
    });
    afterAll(() => gateway.stop());

    const urls = {
      FriendlyName: "x",
      SmsUrl: "https://e.com",
      VoiceUrl: "https://e.com",
      StatusCallback: "https://e.com",
    };
    const base = "/2010-04-01/Accounts/{AccountSid}";
    const cases: readonly (readonly [operation: string, path: string, status: string, () => ReturnType<Call>])[] = [
      ["get", "/IncomingPhoneNumbers.json", "200", () => call("/IncomingPhoneNumbers.json?PageSize=1")],
      [
        "post",
        "/IncomingPhoneNumbers.json",
        "201",
        () =>
          call("/IncomingPhoneNumbers.json", { form: { AreaCode: "415", SmsApplicationSid: application, ...urls } }),
      ],
      ["get", "/IncomingPhoneNumbers/{Sid}.json", "200", () => call(`/IncomingPhoneNumbers/${number}.json`)],
      [
        "post",
        "/IncomingPhoneNumbers/{Sid}.json",
        "200",
        () => call(`/IncomingPhoneNumbers/${number}.json`, { form: urls }),
      ],
      ["get", "/SMS/ShortCodes.json", "200", () => call("/SMS/ShortCodes.json?PageSize=1")],
      ["get", "/SMS/ShortCodes/{Sid}.json", "200", () => call(`/SMS/ShortCodes/${shortCode}.json`)],
      ["post", "/SMS/ShortCodes/{Sid}.json", "200", () => call(`/SMS/ShortCodes/${shortCode}.json`, { form: urls })],
      ["get", "/Applications.json", "200", () => call("/Applications.json?PageSize=1")],
      ["post", "/Applications.json", "201", () => call("/Applications.json", { form: urls })],
      ["get", "/Applications/{Sid}.json", "200", () => call(`/Applications/${application}.json`)],
      ["post", "/Applications/{Sid}.json", "200", () => call(`/Applications/${application}.json`, { form: urls })],
      ["get", "/AvailablePhoneNumbers.json", "200", () => call("/AvailablePhoneNumbers.json")],
      ["get", "/AvailablePhoneNumbers/{CountryCode}.json", "200", () => call("/AvailablePhoneNumbers/US.json")],
      [
        "get",
        "/AvailablePhoneNumbers/{CountryCode}/Local.json",
        "200",
        () => call("/AvailablePhoneNumbers/US/Local.json"),
      ],
    ];

    it.each(cases)("%s %s has the shape of its %s examples", async (method, path, status, answerOf) => {
      const answer = await answerOf();
      expect(String(answer.status), answer.text).toBe(status);
      for (const example of readExamples(document, base + path, method, status)) {
        expect(differences(answer.json as Json, example, coreForms)).toEqual([]);
      }
    });
  },
);
