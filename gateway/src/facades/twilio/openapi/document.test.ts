import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { storeMessage } from "../../../../test/support/stored-messages.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";
import { routesOfTwilioFacade } from "../../../../test/support/twilio-routes.ts";
import { twilioOpenapi } from "./document.ts";

/** `GET /v1/Services/:`: whatever parameters are called, and without the suffix of a format. */
const plain = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replace(/\{\w+\}|:\w+/g, ":").replace(/\.(json|xml|csv)$/, "")}`;

/** What is there only to refuse in Twilio's words. */
const refusing = new Set([
  "POST /v1/Services/:/ChannelSenders",
  "GET /v1/Services/:/ChannelSenders/:",
  "DELETE /v1/Services/:/ChannelSenders/:",
  ...["GET", "POST"].map((method) => `${method} /v1/Credentials/:`),
  ...["GET", "POST", "DELETE"].map((method) => `${method} /v1/Credentials/:/:`),
]);

const { paths, schemas } = twilioOpenapi;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

describe("the description of the Twilio surface", () => {
  it("has every route that there is, and no other", async () => {
    const routes = (await routesOfTwilioFacade())
      .filter(({ method }) => method !== "HEAD" && method !== "OPTIONS")
      .map(({ method, url }) => plain(method, url))
      .filter((route) => !refusing.has(route));
    const described = operations.map(({ method, path }) => plain(method, path));
    expect(described.toSorted()).toEqual([...new Set(routes)].sort());
  });

  it("names a summary, a tag that there is, and schemas that there are", () => {
    const tags = twilioOpenapi.tags.map(({ name }) => name);
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe("");
      expect(tags).toEqual(expect.arrayContaining([...operation.tags]));
    }
    for (const [, name] of JSON.stringify(paths).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(Object.keys(schemas)).toContain(name);
    }
  });
});

describe("what is described", () => {
  let gateway: TestGateway;
  let call: Call;

  beforeAll(async () => {
    gateway = await startTestGateway();
    call = callsOf(gateway.url, gateway);
  });
  afterAll(() => gateway.stop());

  const item = async (path: string, key: string) => {
    const list = ((await call(path)).json?.[key] ?? []) as object[];
    return list[0];
  };
  const made = async (path: string, form: Record<string, string>) => (await call(path, { form })).json;
  const answers: readonly (readonly [schema: string, () => Promise<object | null | undefined>])[] = [
    ["Message", async () => (await call(`/Messages/${await storeMessage(gateway.db, gateway.accountSid)}.json`)).json],
    [
      "Media",
      async () => {
        const sid = await storeMessage(gateway.db, gateway.accountSid, { media: ["https://e.com/1.png"] });
        return item(`/Messages/${sid}/Media.json`, "media_list");
      },
    ],
    ["IncomingPhoneNumber", () => item("/IncomingPhoneNumbers.json", "incoming_phone_numbers")],
    ["Application", () => made("/Applications.json", { FriendlyName: "x" })],
    ["Account", async () => (await call(".json")).json],
    ["Balance", async () => (await call("/Balance.json")).json],
    ["Country", () => item("/AvailablePhoneNumbers.json", "countries")],
    ["NewKey", () => made("/Keys.json", { FriendlyName: "x" })],
    ["Key", () => item("/Keys.json", "keys")],
    ["NewIamKey", () => made("/v1/Keys", { AccountSid: gateway.accountSid })],
    ["ListedIamKey", () => item(`/v1/Keys?AccountSid=${gateway.accountSid}`, "keys")],
    ["Service", () => item("/v1/Services", "services")],
    ["ServicePhoneNumber", () => item(`/v1/Services/${gateway.serviceSid}/PhoneNumbers`, "phone_numbers")],
    [
      "ServiceDestinationAlphaSender",
      () =>
        made(`/v1/Services/${gateway.serviceSid}/DestinationAlphaSenders`, {
          AlphaSender: "Acme",
          IsoCountryCode: "FR",
        }),
    ],
    ["ServiceAlphaSender", () => made(`/v1/Services/${gateway.serviceSid}/AlphaSenders`, { AlphaSender: "Name" })],
    ["Credential", () => made("/v1/Credentials/AWS", { Credentials: "AKIAIOSFODNN7EXAMPLE:secret/secret" })],
    ["SafeListEntry", () => made("/v1/SafeList/Numbers", { PhoneNumber: "+18001234567" })],
    ["SecondaryAuthToken", async () => (await call("/v1/AuthTokens/Secondary", { method: "POST" })).json],
    ["AuthTokenPromotion", async () => (await call("/v1/AuthTokens/Promote", { method: "POST" })).json],
  ];

  it.each(answers)("has the fields that an answer has: %s", async (name, answer) => {
    const fields = Object.keys(schemas[`Twilio${name}`]?.properties ?? {});
    expect(fields.toSorted()).toEqual(Object.keys((await answer()) ?? {}).sort());
  });

  it("is served with the gateway's own API, in both forms", async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(Object.keys(paths)));
    const page = await (await fetch(`${gateway.url}/docs`)).text();
    expect(page).toContain("/2010-04-01/Accounts/{AccountSid}/Messages.json");
    expect(page).toContain("At most 1600 characters.");
  });
});
