import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { basic } from "../../../test/support/native-client.ts";
import { newUuid, sidOf } from "../../core/ids.ts";

let gateway: TestGateway;
let routes: { readonly method: string; readonly path: string }[];
beforeAll(async () => {
  gateway = await startTestGateway();
  const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const own = Object.entries(document.paths).filter(([path]) => path.startsWith("/trunkline/"));
  routes = own.flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
});

const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom(
    "",
    "\0",
    "a\ud800",
    "null",
    "-1",
    "1e999",
    "SM",
    "../..",
    "%00",
    "'; drop table messages --",
    "x".repeat(5_000),
  ),
  fc.constantFrom("+12025550100", "2999-01-01", "00000000-0000-0000-0000-000000000000", "true"),
);
const fieldName = fc.constantFrom(
  ...["account", "address", "before", "bodies", "body", "from", "fromNumber", "kind", "lastEventId", "limit", "name"],
  ...["providers", "providerId", "messagingServiceSid", "queueLimitSeconds", "rules", "seed", "segmentsPerSecond"],
  ...["smsMethod", "smsUrl", "status", "to", "mediaUrls", "__proto__", "constructor"],
  ...["public", "redirectUris", "role", "publicKey", "expiresAt"],
);
const oddValue = fc.oneof(
  oddText,
  fc.constantFrom("sandbox", "twilio", "http", "GET", "delivered"),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
);
const jsonBody = fc
  .oneof(
    { weight: 5, arbitrary: fc.dictionary(fieldName, oddValue, { maxKeys: 8 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
  .map((value) => JSON.stringify(value));

const request = fc.record({
  route: fc.nat(),
  parameters: fc.array(fc.oneof(oddText, fc.constant("own"), fc.constant("unknown")), { minLength: 2, maxLength: 2 }),
  query: fc.array(fc.tuple(fieldName, oddText), { maxLength: 4 }),
  body: fc.oneof({ weight: 6, arbitrary: jsonBody }, { weight: 1, arbitrary: oddText }),
  contentType: fc.oneof(
    { weight: 6, arbitrary: fc.constant("application/json") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("application/x-www-form-urlencoded", "text/plain", "application/json; charset=x"),
    },
  ),
  lastEventId: fc.option(
    oddText.filter((text) => /^[\x20-\x7e]*$/.test(text)),
    { nil: undefined },
  ),
});

/** A parameter's value: the account's own thing, one that does not exist, or nonsense. */
function parameterValue(name: string, choice: string): string {
  if (choice === "own") return name === "sid" ? gateway.accountSid : gateway.numbers[0];
  if (choice === "unknown") return name === "id" ? newUuid() : sidOf("SM", newUuid());
  return choice === "" ? "x" : choice;
}

it("no native endpoint answers bad input with a 5xx, and none hangs", async () => {
  await fc.assert(
    fc.asyncProperty(request, async ({ route, parameters, query, body, contentType, lastEventId }) => {
      const { method, path } = routes[route % routes.length] ?? { method: "GET", path: "/" };
      let given = 0;
      const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => {
        return encodeURIComponent(parameterValue(name, parameters[given++] ?? "").toWellFormed());
      });
      const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join("&");
      const aborting = new AbortController();
      const response = await fetch(`${gateway.url}${filled}${search === "" ? "" : `?${search}`}`, {
        method,
        headers: {
          authorization: basic(gateway.accountSid, gateway.authToken),
          ...(method === "GET" ? {} : { "content-type": contentType }),
          ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
        },
        ...(method === "GET" ? {} : { body }),
        signal: AbortSignal.any([aborting.signal, AbortSignal.timeout(15_000)]),
      });
      const stream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
      const answer = stream ? "{}" : await response.text();
      aborting.abort();
      expect(response.status, `${method} ${filled} ${body} → ${answer}`).toBeLessThan(500);
      if (response.status >= 400) expect(JSON.parse(answer).error.code).toMatch(/^[a-z-]+$/);
    }),
    { numRuns: 600, endOnFailure: true },
  );
}, 60_000);
