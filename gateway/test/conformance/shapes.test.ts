// The shape of every answer against the examples of Twilio's own OpenAPI document: keys, types, forms of SIDs and dates,
// never values. The document is not part of the project: TRUNKLINE_TWILIO_OPENAPI names a directory that holds it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { storeMessage } from "../support/stored-messages.ts";
import { type Call, callsOf } from "../support/twilio-call.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> } | undefined>>>
  >;
}

const directory = process.env["TRUNKLINE_TWILIO_OPENAPI"];
const skipped = directory === undefined ? " (skipped: TRUNKLINE_TWILIO_OPENAPI names no directory)" : "";
if (directory === undefined) console.warn(`Not run: conformance${skipped}`);

function readExamples(path: string, method: string, status: string): Json[] {
  const file = join(directory ?? "", "twilio_api_v2010.json");
  const document = JSON.parse(readFileSync(file, "utf8")) as OpenApi;
  const response = document.paths[path]?.[method]?.responses[status] as
    | { content: { "application/json": { examples: Record<string, { value: Json }> } } }
    | undefined;
  if (response === undefined) throw new Error(`${file} has no ${method} ${path} with ${status}`);
  return Object.values(response.content["application/json"].examples).map((example) => example.value);
}

const sidForm = /^[A-Z]{2}[0-9a-f]{32}$/;
const dateForm =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000$/;

/** Every way in which `actual` differs in shape from `example`, as `path: what`. */
function differences(actual: Json | undefined, example: Json, path = "$"): string[] {
  if (actual === null || example === null) return actual === undefined ? [`${path}: missing`] : [];
  if (actual === undefined) return [`${path}: missing`];
  if (Array.isArray(actual) || Array.isArray(example)) {
    if (!Array.isArray(actual) || !Array.isArray(example)) return [`${path}: list or not`];
    const [pattern] = example;
    return pattern === undefined ? [] : actual.flatMap((item, at) => differences(item, pattern, `${path}[${at}]`));
  }
  if (typeof actual !== typeof example) return [`${path}: ${typeof actual} instead of ${typeof example}`];
  if (typeof actual === "object" && typeof example === "object") {
    const extra = Object.keys(actual).filter((key) => !(key in example));
    return [
      ...extra.map((key) => `${path}.${key}: not in the example`),
      ...Object.entries(example).flatMap(([key, each]) => differences(actual[key], each, `${path}.${key}`)),
    ];
  }
  return differencesOfText(actual, path);
}

function differencesOfText(actual: Json, path: string): string[] {
  const key = path.slice(path.lastIndexOf(".") + 1);
  const text = String(actual);
  if (/(^|_)sid$/.test(key) && !sidForm.test(text)) return [`${path}: ${text} is no SID`];
  if (key.startsWith("date_") && !dateForm.test(text)) return [`${path}: ${text} is no RFC 2822 date`];
  if (/uri$/.test(key) && !/^\/2010-04-01\/Accounts\/AC[0-9a-f]{32}[/.]/.test(text))
    return [`${path}: ${text} is no path`];
  return [];
}

describe.skipIf(directory === undefined)(`Twilio's OpenAPI examples${skipped}`, () => {
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
    for (const example of readExamples(path, method, status)) expect(differences(actual, example)).toEqual([]);
  });

  it("would notice a missing key, another type, a broken SID and a broken date", () => {
    const example = { sid: `SM${"a".repeat(32)}`, date_created: "x", num_media: "0", list: [{ uri: "/" }], none: null };
    const actual = { sid: "SM1", date_created: "2024-01-01", num_media: 0, list: [{ uri: "x", more: 1 }] };
    expect(differences(actual, example)).toHaveLength(6);
  });
});
