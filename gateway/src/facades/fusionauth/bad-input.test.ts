import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addAccessKey,
  type Call,
  type CallOptions,
  callsWith,
  genericMessenger,
  twilioMessenger,
} from "../../../test/support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";

let gateway: TestGateway;
let call: Call;
let path: string;
let before: unknown;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsWith(gateway.url, await addAccessKey(gateway, gateway));
  const { body } = await call("POST", "/api/messenger", { messenger: twilioMessenger() });
  path = `/api/messenger/${body.messenger.id}`;
  before = body;
});
afterAll(async () => {
  // Whatever came in: nothing of it has left a trace.
  expect((await call("GET", path)).body).toEqual(before);
  await gateway.stop();
});

const general = "generalErrors";

describe("a request that is wrong as a whole", () => {
  const good = JSON.stringify({ messenger: twilioMessenger() });
  it.each<[string, string, string | Uint8Array | undefined, CallOptions, string, string]>([
    [
      "no content type",
      "POST",
      good,
      { type: null },
      "MissingContentType",
      "Missing required [Content-Type] HTTP request header.",
    ],
    [
      "an unknown type",
      "POST",
      good,
      { type: "application/xml" },
      "UnsupportedContentType",
      "Unsupported [Content-Type] HTTP request header value of [application/xml].",
    ],
    ["no media type", "POST", good, { type: "nonsense" }, "UnsupportedContentType", "Unsupported [Content-Type]"],
    [
      "another type",
      "PUT",
      good,
      { type: "text/plain" },
      "InvalidContentType",
      "Supported values for this request include [application/json].",
    ],
    [
      "another type for a patch",
      "PATCH",
      good,
      { type: "text/plain" },
      "InvalidContentType",
      "[application/json, application/json-patch+json, application/merge-patch+json]",
    ],
    [
      "a patch type",
      "POST",
      good,
      { type: "application/json-patch+json" },
      "PatchNotSupported",
      "value of [application/json-patch+json] is not supported",
    ],
    ["no body", "POST", undefined, {}, "missing", "Your request is missing a JSON body."],
    ["an empty body", "PUT", "", { type: "application/json" }, "missing", "Your request is missing a JSON body."],
    ["null", "POST", "null", {}, "missing", "Your request is missing a JSON body."],
    [
      "no JSON",
      "POST",
      "{",
      {},
      "invalidJSON",
      "The property was [unknown]. The error was [Unexpected processing exception].",
    ],
    ["an array", "POST", "[]", {}, "invalidJSON", "Unexpected mapping exception"],
    ["no UTF-8", "POST", new Uint8Array([0x7b, 0xff, 0x7d]), {}, "invalidJSON", "Unexpected processing exception"],
    [
      "depth",
      "POST",
      `{"messenger":{"data":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}}`,
      {},
      "invalidJSON",
      "deeper",
    ],
    [
      "an unknown property",
      "POST",
      '{"messenger":{"foo":1}}',
      {},
      "invalidJSON",
      "The property was [foo]. The error was [Unrecognized property].",
    ],
    [
      "another type's property",
      "POST",
      '{"messenger":{"type":"Generic","authToken":"x"}}',
      {},
      "invalidJSON",
      "[authToken]",
    ],
    [
      "an unknown type of messenger",
      "POST",
      '{"messenger":{"type":"Foo"}}',
      {},
      "invalidJSON",
      "Expected the type field to be one of [Generic, Kafka, Twilio], but found [Foo]",
    ],
    ["Kafka", "POST", '{"messenger":{"type":"Kafka"}}', {}, "invalidJSON", "found [Kafka]"],
    ["a prototype", "POST", '{"messenger":{"__proto__":{"polluted":1}}}', {}, "invalidJSON", "__proto__"],
    [
      "a prototype in data",
      "PATCH",
      '{"messenger":{"data":{"a":{"__proto__":{"polluted":1}}}}}',
      {},
      "invalidJSON",
      "__proto__",
    ],
    [
      "a constructor",
      "PATCH",
      '{"messenger":{"data":{"constructor":{"prototype":{}}}}}',
      {},
      "invalidJSON",
      "constructor",
    ],
  ])("is refused: %s", async (_name, method, body, options, code, message) => {
    const url = method === "POST" ? "/api/messenger" : path;
    const answer = await call(method, url, body, options);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json; charset=UTF-8"]);
    expect(Object.keys(answer.body)).toEqual([general]);
    expect(answer.body.generalErrors[0].code).toBe(`[${code}]`);
    expect(answer.body.generalErrors[0].message).toContain(message);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("may be JSON by any spelling of its type, and a GET may carry any type", async () => {
    for (const type of ["application/json; charset=utf-8", "APPLICATION/JSON"]) {
      expect((await call("PATCH", path, '{"messenger":{"debug":"maybe"}}', { type })).status).toBe(400);
    }
    expect((await call("GET", path, undefined, { type: "text/plain" })).status).toBe(200);
  });

  it("is refused when it is too large, with an empty 413", async () => {
    const { status, text } = await call("POST", "/api/messenger", {
      messenger: twilioMessenger({ data: { x: "x".repeat(1_100_000) } }),
    });
    expect([status, text]).toEqual([413, ""]);
    const huge = await call("PATCH", path, { messenger: { data: { x: "x".repeat(950_000) } } });
    expect([huge.status, huge.body.fieldErrors["messenger.data"][0].code]).toEqual([400, "[tooLong]messenger.data"]);
  });
});

describe("values of a wrong type", () => {
  const object = { a: 1 };
  it.each<[string, readonly unknown[]]>([
    ["name", [object, []]],
    ["accountSID", [object, ["x"]]],
    ["authToken", [object, []]],
    ["fromPhoneNumber", [object, []]],
    ["messagingServiceSid", [object, []]],
    ["url", [object, [], "http://a b", "http://[", "http://a/%zz", "http://a/<x>"]],
    ["debug", ["yes", object, [], 1]],
    ["data", ["x", 1, [], true]],
    ["messageTypes", ["SMS", object, ["Fax"], [1], [null]]],
    ["id", ["nonsense", 1, object]],
    ["transport", [object, []]],
    ["insertInstant", ["soon", object, 1.5]],
    ["lastUpdateInstant", ["soon", []]],
  ])("are refused by name: %s of a Twilio messenger", async (name, values) => {
    for (const value of values) {
      for (const [method, url] of [
        ["POST", "/api/messenger"],
        ["PUT", path],
        ["PATCH", path],
      ] as const) {
        const messenger = method === "PATCH" ? { [name]: value } : twilioMessenger({ [name]: value });
        const { status, body } = await call(method, url, { messenger });
        // A legacy PATCH merges objects into what is there: nothing is wrong with data then, and types append.
        const what = `${method} ${name} ${JSON.stringify(value)} ${JSON.stringify(body)}`;
        if (method === "PATCH" && (name === "id" || name === "insertInstant" || name === "lastUpdateInstant")) continue;
        const invalidUrl = value === "http://[" || value === "http://a/%zz";
        expect([status, body.fieldErrors?.[`messenger.${name}`]?.[0].code], what).toEqual([
          400,
          invalidUrl && body.fieldErrors?.["messenger.url"]?.[0].code === "[invalid]messenger.url"
            ? "[invalid]messenger.url"
            : "[invalidJSON]",
        ]);
      }
    }
  });

  it.each<[string, readonly unknown[]]>([
    ["connectTimeout", ["1000", 1.5, object, 2 ** 31, []]],
    ["readTimeout", ["x", true]],
    ["headers", ["x", [], { a: {} }, { a: [] }]],
    ["httpAuthenticationUsername", [object]],
    ["httpAuthenticationPassword", [[]]],
    ["sslCertificate", [object]],
    ["sslCertificateId", ["x"]],
  ])("are refused by name: %s of a generic messenger", async (name, values) => {
    for (const value of values) {
      const { status, body } = await call("POST", "/api/messenger", { messenger: genericMessenger({ [name]: value }) });
      expect([status, body.fieldErrors?.[`messenger.${name}`]?.[0].code], `${name} ${JSON.stringify(value)}`).toEqual([
        400,
        "[invalidJSON]",
      ]);
    }
  });

  it("are taken where FusionAuth takes them", async () => {
    const { status, body } = await call("POST", "/api/messenger", {
      messenger: twilioMessenger({ accountSID: 123, debug: "true" }),
    });
    expect([status, body.messenger.accountSID, body.messenger.debug]).toEqual([200, "123", true]);
  });
});

describe("values that are wrong", () => {
  it.each<[Record<string, unknown>, readonly string[]]>([
    [
      { type: "Twilio" },
      [
        "[blank]messenger.name",
        "[missing]messenger.url",
        "[blank]messenger.accountSID",
        "[blank]messenger.fromPhoneNumber",
      ],
    ],
    [
      { name: " ", accountSID: "\t", fromPhoneNumber: " ", messagingServiceSid: "", url: " x".trim() },
      [
        "[blank]messenger.name",
        "[invalid]messenger.url",
        "[blank]messenger.accountSID",
        "[blank]messenger.fromPhoneNumber",
      ],
    ],
    [
      { type: "Generic" },
      [
        "[blank]messenger.name",
        "[missing]messenger.url",
        "[missing]messenger.connectTimeout",
        "[missing]messenger.readTimeout",
      ],
    ],
    [
      genericMessenger({ connectTimeout: 0, readTimeout: -1, url: "ftp://x/y" }),
      ["[invalid]messenger.url", "[invalid]messenger.connectTimeout", "[invalid]messenger.readTimeout"],
    ],
    [
      genericMessenger({ url: "/relative", headers: { "Bad Name": "x", Good: "a\nb" } }),
      ["[invalid]messenger.url", "[invalid]messenger.headers", "[invalid]messenger.headers"],
    ],
    [twilioMessenger({ messageTypes: [], url: "http:x" }), ["[empty]messenger.messageTypes", "[invalid]messenger.url"]],
    [
      twilioMessenger({ name: "x".repeat(201), authToken: "t".repeat(5000) }),
      ["[tooLong]messenger.name", "[tooLong]messenger.authToken"],
    ],
    [
      twilioMessenger({ name: "a\u0000b", accountSID: "\ud800" }),
      ["[invalid]messenger.name", "[invalid]messenger.accountSID"],
    ],
    [twilioMessenger({ url: `http://x/${"y".repeat(4000)}` }), ["[tooLong]messenger.url"]],
  ])("are told all at once: %j", async (messenger, codes) => {
    const { status, body } = await call("POST", "/api/messenger", { messenger });
    const found = Object.values(body.fieldErrors as Record<string, { code: string; message: string }[]>).flat();
    expect([status, found.map(({ code }) => code).sort()]).toEqual([400, [...codes].sort()]);
    expect(found.every(({ message }) => message !== "")).toBe(true);
    expect(body).not.toHaveProperty(general);
  });
});

describe("paths and methods", () => {
  it("with an id that is none, or without one, say so", async () => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "POST"]) {
      const { status, body } = await call(method, "/api/messenger/abc");
      expect([status, body.fieldErrors.messengerId[0].code]).toEqual([400, "[couldNotConvert]messengerId"]);
    }
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      for (const url of ["/api/messenger", "/api/messenger/"]) {
        const { status, body } = await call(method, url);
        expect([status, body.fieldErrors.messengerId[0].code]).toEqual([400, "[missing]messengerId"]);
      }
    }
  });

  it("that are not there are empty 404s and 405s; an unknown id is told before the body is looked at", async () => {
    for (const [method, url, status] of [
      ["GET", "/api/nothing", 404],
      ["POST", "/api/messenger/a/b", 404],
      ["GET", "/api/messenger/%E0%A4%A", 400],
      ["OPTIONS", "/api/messenger", 405],
      ["PROPFIND", "/api/messenger", 501],
      ["HEAD", path, 405],
      ["PUT", "/api/system/event-log/1", 405],
      ["PATCH", "/api/messenger/f49c3b86-91fe-48f7-ae46-d166eead0fff", 404],
    ] as const) {
      const answer = await call(method, url, method === "PATCH" ? "{" : undefined);
      expect([method, url, answer.status]).toEqual([method, url, status]);
      if (status !== 400) expect(answer.text).toBe("");
    }
  });
});

it("TRACE, which fetch does not send, is an empty 405 like any other method that a path does not have", async () => {
  const [answer] = await once(request(`${gateway.url}/api/messenger`, { method: "TRACE" }).end(), "response");
  const { statusCode } = (answer as IncomingMessage).resume();
  expect(statusCode).toBe(405);
});

describe("an instant", () => {
  it.each([-8_640_000_000_000_000, -210_866_803_200_001, 8_640_000_000_000_001])(
    "that cannot be kept (%d) is a conversion error",
    async (instant) => {
      const search = await call("POST", "/api/system/event-log/search", { search: { start: instant } });
      expect([search.status, search.body.fieldErrors?.["search.start"]?.[0].code]).toEqual([400, "[invalidJSON]"]);
      const key = await call("POST", "/api/api-key", { apiKey: { expirationInstant: instant } });
      expect([key.status, key.body.fieldErrors?.["apiKey.expirationInstant"]?.[0].code]).toEqual([
        400,
        "[invalidJSON]",
      ]);
    },
  );

  it.each([-210_866_803_200_000, 8_640_000_000_000_000])("at the limit (%d) is searched from", async (instant) => {
    const { status } = await call("POST", "/api/system/event-log/search", { search: { start: instant, end: instant } });
    expect(status).toBe(200);
  });
});
