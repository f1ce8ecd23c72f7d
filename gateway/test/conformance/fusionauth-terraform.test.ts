// The requests of FusionAuth's Go client as its Terraform provider makes them, replayed byte by byte: the headers, the members
// that Go leaves out, the newline at the end. What comes back is decoded as strictly as Go does, and planned again: a second
// plan must be empty.

import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAccessKey } from "../support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  key = await addAccessKey(gateway, gateway);
});
afterAll(() => gateway.stop());

type Values = Readonly<Record<string, unknown>>;

/** One call of the Go client; its rules of decoding are checked on the way. */
async function go(
  method: string,
  path: string,
  messenger?: Values,
): Promise<{ status: number; messenger: Values | null }> {
  const body = messenger === undefined ? "" : `${JSON.stringify({ messenger: withoutEmpty(messenger) })}\n`;
  const { status, text } = await exchange(method, path, body);
  // Whatever is not empty must be JSON, and only a DELETE may answer 200 with nothing.
  const decoded = text === "" ? null : (JSON.parse(text) as { messenger?: Values });
  if (status === 200 && method !== "DELETE") expect(decoded).not.toBeNull();
  if (status === 401 || status === 404) expect(text).toBe("");
  const found = decoded?.messenger ?? null;
  if (found !== null) checkTypes(found);
  return { status, messenger: found };
}

/** `omitempty`, which the provider's structs have for everything but `debug`. */
function withoutEmpty(values: Values): Values {
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.filter(([name, value]) => name === "debug" || (value !== "" && value !== 0 && value !== null)),
  );
}

function exchange(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: new URL(gateway.url).host,
      "user-agent": "Go-http-client/1.1",
      ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      accept: "application/json",
      authorization: key,
      ...(body === "" ? {} : { "content-type": "application/json" }),
      "accept-encoding": "gzip",
    };
    const sent = request(gateway.url + path, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        expect(response.headers["content-encoding"]).toBeUndefined();
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const kinds: Readonly<Record<string, string>> = {
  debug: "boolean",
  connectTimeout: "number",
  readTimeout: "number",
  insertInstant: "number",
  lastUpdateInstant: "number",
  data: "object",
  headers: "object",
  messageTypes: "object",
};

/** Go decodes into fields of one type: int64 for instants. */
function checkTypes(messenger: Values): void {
  for (const [name, value] of Object.entries(messenger)) {
    expect([name, typeof value]).toEqual([name, kinds[name] ?? "string"]);
    if (kinds[name] === "number") expect(Number.isInteger(value)).toBe(true);
  }
}

/** What the provider writes into its state after a read; empty data are as none. */
function stateOf(messenger: Values | null, names: readonly string[]): Values {
  return Object.fromEntries(
    names.map((name) => {
      const value = messenger?.[name] ?? (name === "debug" ? false : "");
      const empty = typeof value === "object" && Object.keys(value as object).length === 0;
      return [name, empty ? "" : value];
    }),
  );
}

const twilioNames = [
  "accountSID",
  "authToken",
  "data",
  "debug",
  "fromPhoneNumber",
  "messagingServiceSid",
  "name",
  "url",
];
const genericNames = [
  ...["connectTimeout", "data", "debug", "headers", "httpAuthenticationPassword", "httpAuthenticationUsername"],
  ...["name", "readTimeout", "sslCertificate", "url"],
];

describe.each<[string, readonly string[], readonly Values[]]>([
  [
    "Twilio",
    twilioNames,
    [
      {
        debug: false,
        name: "minimal",
        accountSID: "AC",
        fromPhoneNumber: "555-555-5555",
        url: "https://api.twilio.com",
      },
      {
        ...{ accountSID: "983C6FACEBBE4D858570FADD967A9DD7", authToken: "184C73BE8E44420EBAA0BA147A61B6A9" },
        ...{ data: { foo: "bar", nested: { list: ["1"] } }, debug: false, fromPhoneNumber: "555-555-5555" },
        ...{ messagingServiceSid: "", name: "test twilio messenger ÄÖ", url: "https://api.twilio.com/" },
      },
      {
        ...{ accountSID: "983C6FACEBBE4D858570FADD967A9DD8", authToken: "184C73BE8E44420EBAA0BA147A61B6B0" },
        ...{ data: { fizz: "buzz" }, debug: true, fromPhoneNumber: "+15551234567", messagingServiceSid: "MGabc" },
        ...{ name: "another twilio messenger", url: "HTTPS://Api.Twilio.com:443/a/../b?x=%20" },
      },
    ],
  ],
  [
    "Generic",
    genericNames,
    [
      { debug: false, name: "minimal generic", connectTimeout: 1000, readTimeout: 2000, url: "http://example.com" },
      {
        ...{ connectTimeout: 1000, readTimeout: 90_000, data: { foo: "bar" }, debug: true },
        ...{
          headers: { "X-Key": "s3cret", foo: "bar" },
          httpAuthenticationPassword: "pw",
          httpAuthenticationUsername: "",
        },
        ...{ name: "generic", sslCertificate: "-----BEGIN CERTIFICATE-----\nnot one\n", url: "http://example.com/x" },
      },
      {
        ...{ connectTimeout: 5, readTimeout: 6, data: {}, debug: false, headers: { other: "x" } },
        ...{ httpAuthenticationPassword: "pw2", httpAuthenticationUsername: "user", name: "generic 2" },
        ...{ sslCertificate: "", url: "https://EXAMPLE.com" },
      },
    ],
  ],
])("a %s messenger of Terraform", (type, names, [minimal = {}, first = {}, second = {}]) => {
  const planned = (values: Values) => stateOf(values, names);

  it("is applied, planned again without a difference, replaced, and destroyed", async () => {
    const id = type === "Twilio" ? "f49c3b86-91fe-48f7-ae46-d166eead0166" : "f49c3b86-91fe-48f7-ae46-d166eead0167";
    const path = `/api/messenger/${id}`;
    for (const [method, values] of [
      ["POST", first],
      ["PUT", second],
      ["PUT", first],
    ] as const) {
      const applied = await go(method, path, { ...values, id, type });
      expect([applied.status, stateOf(applied.messenger, names)]).toEqual([200, planned(values)]);
      const read = await go("GET", path);
      expect([read.status, stateOf(read.messenger, names)]).toEqual([200, planned(values)]);
      expect(read.messenger).toMatchObject({ id, type, transport: "sms" });
    }
    expect(await go("DELETE", path)).toEqual({ status: 200, messenger: null });
    expect(await go("GET", path)).toEqual({ status: 404, messenger: null });
    expect((await go("DELETE", path)).status).toBe(404);
  });

  it("may be minimal, and is found by its name", async () => {
    const applied = await go("POST", "/api/messenger", { ...minimal, type });
    expect([applied.status, stateOf(applied.messenger, names)]).toEqual([200, planned(minimal)]);
    const { text } = await exchange("GET", "/api/messenger", "");
    const all = (JSON.parse(text) as { messengers: Values[] }).messengers;
    const named = all.filter((one) => one["name"] === minimal["name"] && one["type"] === type);
    expect(named).toEqual([applied.messenger]);
  });
});

it("a key that is wrong is an empty 401, which the client passes on", async () => {
  const right = key;
  key = "wrong";
  try {
    expect(await go("GET", "/api/messenger")).toEqual({ status: 401, messenger: null });
  } finally {
    key = right;
  }
});
