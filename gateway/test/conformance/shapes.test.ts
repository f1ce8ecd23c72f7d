// The shape of every v2010 answer against the examples of Twilio's own OpenAPI document (see openapi-shapes.ts).

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { storeMessage } from "../support/stored-messages.ts";
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

const document = "twilio_api_v2010.json";
if (openapiMissing !== "") console.warn(`Not run: conformance${openapiMissing}`);

describe.skipIf(openapiDirectory === undefined)(`Twilio's OpenAPI examples${openapiMissing}`, () => {
  let gateway: TestGateway;
  let call: Call;
  const account = "/2010-04-01/Accounts/{AccountSid}";

  beforeAll(async () => {
    gateway = await startTestGateway();
    call = callsOf(gateway.url, gateway);
  });
  afterAll(() => gateway.stop());

  const store = (message: Parameters<typeof storeMessage>[2] = {}) =>
    storeMessage(gateway.db, gateway.accountSid, message);
  const form = () => ({ To: "+15558675310", From: gateway.numbers[0], Body: "x" });

  const cases: readonly (readonly [operation: string, path: string, status: string, () => ReturnType<Call>])[] = [
    ["post", `${account}/Messages.json`, "201", () => call("/Messages.json", { form: form() })],
    [
      "post",
      `${account}/Messages.json`,
      "201",
      () =>
        call("/Messages.json", {
          form: {
            To: "+15558675310",
            MessagingServiceSid: gateway.serviceSid,
            MediaUrl: "https://e.com/1.png",
            ScheduleType: "fixed",
            SendAt: new Date(Date.now() + 3600_000).toISOString(),
          },
        }),
    ],
    [
      "get",
      `${account}/Messages.json`,
      "200",
      async () => {
        await store();
        return call("/Messages.json?PageSize=1");
      },
    ],
    [
      "get",
      `${account}/Messages/{Sid}.json`,
      "200",
      async () => call(`/Messages/${await store({ sentAt: new Date() })}.json`),
    ],
    [
      "post",
      `${account}/Messages/{Sid}.json`,
      "200",
      async () => call(`/Messages/${await store()}.json`, { form: { Body: "" } }),
    ],
    [
      "post",
      `${account}/Messages/{Sid}.json`,
      "200",
      async () => call(`/Messages/${await store({ status: "scheduled" })}.json`, { form: { Status: "canceled" } }),
    ],
    [
      "get",
      `${account}/Messages/{MessageSid}/Media.json`,
      "200",
      async () => call(`/Messages/${await store({ media: ["https://e.com/1.png"] })}/Media.json`),
    ],
    [
      "get",
      `${account}/Messages/{MessageSid}/Media/{Sid}.json`,
      "200",
      async () => {
        const list = await call(`/Messages/${await store({ media: ["https://e.com/1.png"] })}/Media.json`);
        const { media_list: media } = list.json as unknown as { media_list: { uri: string }[] };
        return call(media[0]?.uri ?? "");
      },
    ],
    [
      "post",
      `${account}/Messages/{MessageSid}/Feedback.json`,
      "200",
      async () =>
        call(`/Messages/${await store({ options: { provideFeedback: true } })}/Feedback.json`, { method: "POST" }),
    ],
    ["get", "/2010-04-01/Accounts/{Sid}.json", "200", () => call(".json")],
    ["get", `${account}/Balance.json`, "200", () => call("/Balance.json")],
  ];

  it.each(cases)("%s %s has the shape of its %s examples", async (method, path, status, answerOf) => {
    const answer = await answerOf();
    expect(String(answer.status), answer.text).toBe(status);
    const actual = answer.json as Json;
    for (const example of readExamples(document, path, method, status)) {
      expect(differences(actual, example, coreForms)).toEqual([]);
    }
  });

  it("would notice a missing key, another type, a broken SID, a broken date and a foreign link", () => {
    const example = { sid: `SM${"a".repeat(32)}`, date_created: "x", num_media: "0", list: [{ uri: "/" }], none: null };
    const actual = { sid: "SM1", date_created: "2024-01-01", num_media: 0, list: [{ uri: "x", more: 1 }] };
    expect(differences(actual, example, coreForms)).toHaveLength(6);
    const linked = { url: "https://messaging.twilio.com/v1/Services", links: { messages: "/v1/x" }, meta: {} };
    expect(differences(linked, { ...linked, meta: { next_page_url: "x" } }, productForms)).toHaveLength(3);
  });
});
