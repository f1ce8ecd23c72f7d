// Whatever a client sends: an answer of Twilio's shape, at once, and never a 5xx.

import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { storeMessage } from "../../../test/support/stored-messages.ts";
import { basic } from "../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let sid: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  sid = await storeMessage(gateway.db, gateway.accountSid, { media: ["https://e.com/1.png"] });
});
afterAll(() => gateway.stop());

/** One request of raw bytes on its own connection; resolves to the status of the answer. */
function exchange(request: Buffer): Promise<number> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(request));
    socket.setTimeout(5000, () =>
      socket.destroy(new Error(`no answer to ${request.toString("latin1").slice(0, 300)}`)),
    );
    socket.on("data", (bytes) => {
      answer += bytes.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? Number.NaN)));
  });
}

interface Parts {
  readonly method: string;
  readonly target: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

function send({ method, target, headers = [], body = new Uint8Array() }: Parts): Promise<number> {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    `Content-Length: ${body.length}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return exchange(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]));
}

const authorization = () => ["Authorization", basic(gateway.accountSid, gateway.authToken)] as const;
const formType = ["Content-Type", "application/x-www-form-urlencoded"] as const;
const base = () => `/2010-04-01/Accounts/${gateway.accountSid}`;
const hasNoServerError = (status: number) =>
  expect(status, String(status)).toSatisfy((code: number) => code >= 200 && code < 500);

const coreRoutes = () => [
  ["POST", "/Messages.json"],
  ["GET", "/Messages.json"],
  ["POST", "/Messages"],
  ["GET", "/Messages.csv"],
  ["POST", `/Messages/${sid}.json`],
  ["GET", `/Messages/${sid}`],
  ["GET", `/Messages/${sid}/Media.json`],
  ["GET", `/Messages/${sid}/Media/ME${"0".repeat(32)}`],
  ["POST", `/Messages/${sid}/Feedback.json`],
  ["GET", "/Balance.json"],
  ["GET", ".json"],
  ["POST", ".json"],
  ["POST", "/Keys.json"],
  ["GET", "/SigningKeys"],
  ["POST", `/Keys/SK${"0".repeat(32)}.json`],
  ["GET", "/IncomingPhoneNumbers.json"],
  ["POST", "/IncomingPhoneNumbers.json"],
  ["GET", "/IncomingPhoneNumbers/TollFree.json"],
  ["POST", `/IncomingPhoneNumbers/PN${"0".repeat(32)}.json`],
  ["GET", "/SMS/ShortCodes.json"],
  ["POST", "/Applications.json"],
  ["GET", "/Applications"],
  ["GET", "/AvailablePhoneNumbers/US/Local.json"],
];
const productRoutes = () => [
  ["POST", "/v1/Services"],
  ["GET", "/v1/Services"],
  ["POST", `/v1/Services/${gateway.serviceSid}`],
  ["POST", `/v1/Services/${gateway.serviceSid}/PhoneNumbers`],
  ["GET", `/v1/Services/${gateway.serviceSid}/ShortCodes`],
  ["POST", `/v1/Services/${gateway.serviceSid}/AlphaSenders`],
  ["POST", `/v1/Services/${gateway.serviceSid}/DestinationAlphaSenders`],
  ["GET", `/v1/Services/${gateway.serviceSid}/DestinationAlphaSenders`],
  ["POST", `/v1/Services/${gateway.serviceSid}/ChannelSenders`],
  ["GET", "/2010-04-01/Accounts.json"],
  ["GET", "/v1/Keys"],
  ["POST", "/v1/Keys"],
  ["POST", `/v1/Keys/SK${"0".repeat(32)}`],
  ["POST", "/v1/token"],
  ["POST", "/v2/token"],
  ["POST", "/v1/AuthTokens/Secondary"],
  ["POST", "/v1/Credentials/AWS"],
  ["GET", "/v1/Credentials/AWS"],
  ["POST", "/v1/Credentials/PublicKeys"],
  ["DELETE", "/v1/Credentials/PublicKeys/CR1"],
  ["POST", "/v1/Consents/Bulk"],
  ["POST", "/v1/Contacts/Bulk"],
  ["GET", "/v1/SafeList/Numbers"],
  ["POST", "/v1/SafeList/Numbers"],
  ["GET", "/v1/Messaging/GeoPermissions"],
  ["PATCH", "/v1/Messaging/GeoPermissions"],
];
const routes = () => [...coreRoutes().map(([method, path]) => [method, base() + path]), ...productRoutes()];
const route = fc.nat().map((index) => routes()[index % routes().length] as [string, string]);

const name = fc.oneof(
  fc.constantFrom(
    "To",
    "From",
    "Body",
    "MediaUrl",
    "Credentials",
    "PublicKey",
    "AccountSid",
    "MessagingServiceSid",
    "StatusCallback",
    "ValidityPeriod",
    "MaxPrice",
    "Attempt",
    "SendAt",
    "ScheduleType",
    "ContentSid",
    "ContentVariables",
    "Tags",
    "ApplicationSid",
    "SmartEncoded",
    "RiskCheck",
    "Status",
    "Outcome",
    "PageSize",
    "Page",
    "PageToken",
    "DateSent",
    "DateSent<",
    "DateSent>",
    "DateCreated>",
    "FriendlyName",
    "PhoneNumber",
    "AreaCode",
    "SmsUrl",
    "SmsApplicationSid",
    "ShortCode",
    "Origin",
    "InboundRequestUrl",
    "InboundMethod",
    "StickySender",
    "ScanMessageContent",
    "Usecase",
    "PhoneNumberSid",
    "ShortCodeSid",
    "AlphaSender",
    "IsoCountryCode",
    "KeyType",
    "Policy",
    "grant_type",
    "client_id",
    "Items",
    "PhoneNumber",
    "Permissions",
    "CountryCode",
    "Sid",
    "__proto__",
    "constructor",
    "toString",
  ),
  fc.string(),
);
const value = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "+15558675310",
    "+12025550100",
    "true",
    "-1",
    "1e400",
    "NaN",
    "99999999999999999999",
    "fixed",
    "canceled",
    "2026-01-01T00:00:00Z",
    "2024-02-30",
    "275760-09-14",
    "https://e.com/x",
    "http://[",
    "{}",
    "[1]",
    '{"a":1}',
    "null",
    `MG${"0".repeat(32)}`,
    `PN${"0".repeat(32)}`,
    "Acme",
    "FR",
    `PASM${"f".repeat(32)}`,
    `PBSM${"0".repeat(32)}`,
    "\u{1f61c}".repeat(400),
    "x".repeat(5000),
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const text = fc
  .array(fc.tuple(name, value), { maxLength: 8 })
  .map((pairs) =>
    new URLSearchParams(
      pairs.map(([key, each]) => [key.toWellFormed(), each.toWellFormed()] as [string, string]),
    ).toString(),
  );
const bytes = fc.uint8Array({ maxLength: 200 });

describe("bad input", () => {
  it("in forms", async () => {
    const body = fc.oneof(
      text.map((form) => Buffer.from(form)),
      bytes,
    );
    await fc.assert(
      fc.asyncProperty(route, body, async ([method, path], form) => {
        hasNoServerError(await send({ method, target: path, headers: [authorization(), formType], body: form }));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("in create requests that are nearly right", async () => {
    const form = fc.tuple(name, value).map(([key, each]) => {
      const right = { To: "+15558675310", From: "+12025550100", Body: "x" };
      return new URLSearchParams({ ...right, [key.toWellFormed()]: each.toWellFormed() }).toString();
    });
    await fc.assert(
      fc.asyncProperty(form, async (body) => {
        const target = `${base()}/Messages.json`;
        hasNoServerError(
          await send({ method: "POST", target, headers: [authorization(), formType], body: Buffer.from(body) }),
        );
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("in query strings", async () => {
    // Bytes of a URL as clients may write them: without white space and control characters, which end it.
    const raw = fc.stringMatching(/^[!-~]{0,80}$/);
    await fc.assert(
      fc.asyncProperty(route, fc.oneof(text, raw), async ([method, path], query) => {
        hasNoServerError(await send({ method, target: `${path}?${query}`, headers: [authorization()] }));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("in paths and methods", async () => {
    const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "QUERY");
    const tail = fc.oneof(
      fc.stringMatching(/^[!-~]{0,60}$/),
      fc.string({ unit: "binary", maxLength: 20 }).map((each) => encodeURIComponent(each.toWellFormed())),
      fc.constantFrom("%", "%00", "..", ".json", "Media", "x".repeat(3000)),
    );
    await fc.assert(
      fc.asyncProperty(method, route, tail, fc.boolean(), async (each, [, path], end, authorized) => {
        const headers = authorized ? [authorization()] : [];
        hasNoServerError(await send({ method: each, target: `${path}/${end}`, headers }));
        hasNoServerError(await send({ method: each, target: `/2010-04-01/${end}`, headers }));
        hasNoServerError(await send({ method: each, target: `/v1/${end}`, headers }));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("in headers", async () => {
    const headerValue = fc.stringMatching(/^[ -~\x80-\xff]{0,60}$/);
    const header = fc.tuple(
      fc.constantFrom(
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "Accept",
        "X-Forwarded-For",
        "Origin",
        "Twilio-Client-Validation",
      ),
      fc.oneof(
        headerValue,
        headerValue.map((each) => `Basic ${Buffer.from(each).toString("base64")}`),
      ),
    );
    const headers = fc.array(header, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(route, headers, fc.boolean(), async ([method, path], given, authorized) => {
        const all = authorized ? [authorization(), ...given] : given;
        hasNoServerError(await send({ method, target: path, headers: all, body: Buffer.from("To=1") }));
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
