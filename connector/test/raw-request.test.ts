import { createHash } from "node:crypto";
import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import { type ComponentOnGateway, componentOnGateway, harness } from "./support/component-on-gateway.ts";
import { type FaultyServer, startFaultyServer } from "./support/faulty-server.ts";

let on: ComponentOnGateway;
let server: FaultyServer;
beforeAll(async () => {
  on = await componentOnGateway({ dispatch: false });
});
afterAll(() => on.stop());
beforeEach(async () => {
  server = await startFaultyServer();
  server.otherwise = () => ({ status: 200, body: '{"ok":true}' });
});
afterEach(() => server.close());

/** To the faulty server. */
const raw = (params: Readonly<Record<string, unknown>>) =>
  on.run<unknown>("rawRequest", { twilioConnection: on.at(server.url), url: "/x", method: "GET", ...params });
const pairs = (...entries: [string, unknown][]) => entries.map(([key, value]) => ({ key, value }));

describe("Raw Request on a gateway", () => {
  const url = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json";

  it("fills in the account SID, sends a form and gives the wire's own field names", async () => {
    const data = new URLSearchParams({ To: "+12025552000", From: on.gateway.numbers[0], Body: "Raw" }).toString();
    expect(await on.run("rawRequest", { url, method: "POST", data })).toMatchObject({
      num_segments: "1",
      status: "queued",
    });
    const listed = { url, method: "GET", queryParams: pairs(["To", "+12025552000"], ["DateSent>", "2020-01-01"]) };
    expect(await on.run("rawRequest", listed)).toMatchObject({ messages: [] });
  });

  it("makes a form of JSON, which the classic API would not take", async () => {
    const message = { To: "+12025552001", From: on.gateway.numbers[0], Body: "JSON", SmartEncoded: true };
    for (const data of [message, JSON.stringify(message)]) {
      expect(await on.run("rawRequest", { url, method: "POST", data })).toMatchObject({ body: "JSON" });
    }
  });

  it("reaches the other APIs on the gateway's origin", async () => {
    expect(await on.run("rawRequest", { url: "/v1/Services", method: "get" })).toMatchObject({
      meta: expect.anything(),
    });
    const native = `/trunkline/v1/accounts/${on.gateway.accountSid}`;
    expect(await on.run("rawRequest", { url: native, method: "GET" })).toMatchObject({ sid: on.gateway.accountSid });
    const whole = `${on.gateway.url}/2010-04-01/Accounts/{AccountSid}.json`;
    expect(await on.run("rawRequest", { url: whole, method: "GET" })).toMatchObject({ status: "active" });
  });

  it("gives the status and the headers when asked to", async () => {
    const url = ["/Accounts/$", "{TWILIO_ACCOUNT_SID}.json"].join("");
    const params = { url, method: "GET", includeResponseMetadata: "true" };
    expect(await on.run("rawRequest", params)).toMatchObject({
      statusCode: 200,
      data: { status: "active" },
      headers: { "content-type": expect.stringContaining("json") },
    });
  });

  it("throws the server's error with its facts", async () => {
    const refused = on.run("rawRequest", { url, method: "POST", data: "To=%2B12025552002" });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 21603, body: { code: 21603 } });
  });
});

describe("where Raw Request goes", () => {
  it.each([
    ["https://evil.example/2010-04-01/x", "on another server"],
    ["http://127.0.0.1:1/x", "on another server"],
    ["//evil.example/x", "two slashes"],
    ["https:evil.example", "on another server"],
    ["https://user:pass@127.0.0.1/x", "credentials"],
    ["ftp://127.0.0.1/x", "on another server"],
    ["javascript:alert(1)", "on another server"],
    ["/../Accounts", ". or .."],
    ["/Accounts/%2e%2E/x", ". or .."],
    ["/Accounts/%252e%252e/x", ". or .."],
    ["/Accounts/..%2fx", ". or .."],
    ["/Accounts\\..\\x", "backslash"],
    ["/Accounts/\n..", "control character"],
    ["https://api.twilio.com/2010-04-01/Accounts.json", "on another server"],
  ])("refuses %j before anything is sent", async (url, reason) => {
    await expect(raw({ url })).rejects.toThrow(reason);
    expect(server.seen).toEqual([]);
  });

  it("never sends credentials to a host or a path outside, whatever is given", async () => {
    const piece = fc.constantFrom(
      ...[
        "/",
        "//",
        "\\",
        "..",
        ".",
        "%2e",
        "%2f",
        "%5c",
        "%252e",
        "@",
        ":",
        "?",
        "#",
        "http:",
        "https://",
        "evil.example",
      ],
      ...["x", "\t", " ", "\u0000", "2010-04-01", "$TWILIO_ACCOUNT_SID", "[", "]", "ü", "\ud800"],
    );
    const url = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    const twilioConnection = on.at(`${server.url}/sms`);
    await fc.assert(
      fc.asyncProperty(url, async (given) => {
        const before = server.seen.length;
        await raw({ twilioConnection, url: given }).catch((thrown: unknown) => expect(thrown).toBeInstanceOf(Error));
        for (const { path } of server.seen.slice(before)) {
          expect(new URL(path, "http://x").pathname).toMatch(/^\/sms\/(2010-04-01|v\d+|trunkline)(\/|$)/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("follows redirects of a GET, to another host without credentials, and none of a POST", async () => {
    const other = await startFaultyServer();
    other.otherwise = () => ({ status: 200, body: '{"from":"other"}' });
    const headers = { location: `${other.url}/file` };
    server.otherwise = () => ({ status: 307, headers });
    const secret = pairs(["X-Api-Key", "secret"]);
    expect(await raw({ headers: secret })).toEqual({ from: "other" });
    expect(other.seen[0]?.headers).not.toHaveProperty("authorization");
    expect(other.seen[0]?.headers).not.toHaveProperty("x-api-key");
    await expect(raw({ method: "POST", data: "a=b" })).rejects.toThrow("Redirects are not followed");
    expect(other.seen).toHaveLength(1);
    server.otherwise = () => ({ status: 302, headers: { location: "/loop" } });
    await expect(raw({})).rejects.toThrow("Redirects are not followed");
    await other.close();
  });

  it("goes to Twilio's hosts with a connection to Twilio, and to no other", async () => {
    const fields = { username: on.gateway.accountSid, password: on.gateway.authToken };
    const twilioConnection = createConnection(authTokenConnection, fields);
    for (const url of [
      on.gateway.url,
      "https://twilio.com.evil.example/x",
      "http://api.twilio.com/x",
      "https://eviltwilio.com/",
    ]) {
      await expect(raw({ twilioConnection, url })).rejects.toThrow("on another server");
    }
  });
});

describe("what Raw Request sends", () => {
  const only = () => server.seen.at(-1);
  const text = () => only()?.body.toString();

  it.each([
    ["form text", { data: "a=1&b=2" }, "a=1&b=2", "application/x-www-form-urlencoded"],
    [
      "an object",
      { data: { a: 1, b: [true, "x y"], c: null, d: { e: 1 } } },
      "a=1&b=true&b=x%20y&d=%7B%22e%22%3A1%7D",
      "application/x-www-form-urlencoded",
    ],
    [
      "JSON with its type",
      { data: '{"a":1}', headers: pairs(["Content-Type", "application/json"]) },
      '{"a":1}',
      "application/json",
    ],
    ["bytes", { data: Buffer.from([1, 2, 3]) }, "\u0001\u0002\u0003", "application/octet-stream"],
    ["bytes that went through JSON", { data: { type: "Buffer", data: [65] } }, "A", "application/octet-stream"],
    ["a payload", { data: { data: "<x/>", contentType: "text/xml" } }, "<x/>", "text/xml"],
  ])("sends %s", async (_case, params, body, type) => {
    await raw({ method: "POST", ...params });
    expect([text(), only()?.headers["content-type"]]).toEqual([body, type]);
  });

  it("sends JSON as JSON to APIs that are not the classic one", async () => {
    await raw({ method: "POST", url: "/v1/Things", data: '{"a":1}' });
    expect([text(), only()?.headers["content-type"]]).toEqual(['{"a":1}', "application/json"]);
  });

  it("sends a POST without data with a length of 0, and every method of the list", async () => {
    await raw({ method: "POST" });
    expect(only()?.headers["content-length"]).toBe("0");
    for (const method of ["DELETE", "HEAD", "LINK", "OPTIONS", "PATCH", "PURGE", "PUT", "UNLINK"]) {
      await raw({ method });
      expect(only()?.method).toBe(method);
    }
    await expect(raw({ method: "CONNECT" })).rejects.toThrow("method must be one of");
  });

  it("repeats query parameters and joins headers, and lets nobody replace the credentials", async () => {
    await raw({
      url: "/x?z=0",
      queryParams: pairs(["a", "1"], ["a", "2"], ["DateSent>", "2020-01-01"], ["To", "+1"]),
      headers: pairs(
        ["X-Tag", "1"],
        ["x-tag", "2"],
        ["AUTHORIZATION", "Basic x"],
        ["Host", "evil"],
        ["Content-Length", "9"],
      ),
    });
    expect(only()?.path).toBe("/2010-04-01/x?z=0&a=1&a=2&DateSent%3E=2020-01-01&To=%2B1");
    expect(only()?.headers).toMatchObject({ "x-tag": "1, 2", authorization: expect.stringMatching(/^Basic .{20}/) });
    expect(only()?.headers.host).toBe(new URL(server.url).host);
    await expect(raw({ headers: pairs(["X-A", "a\r\nX-B: c"]) })).rejects.toThrow("no header can have");
    await expect(raw({ headers: pairs(["X A", "a"]) })).rejects.toThrow("no header can have");
  });

  it("sends a multipart form, its files with names and types, the same on a retry", async () => {
    const picture = Buffer.from([0x89, 0x50, 0, 255]);
    server.next({ status: 500 });
    await raw({
      method: "PUT",
      maxRetries: "1",
      formData: pairs(["a", "1"], ["a", ["2", true]], ['q"\r\n', null]),
      fileData: pairs(["pic", picture], ["note", { data: "hi", contentType: "text/markdown" }]),
      fileDataFileNames: pairs(["pic", "cat.png"]),
    });
    const [first, second] = server.seen;
    const digest = (body: Buffer | undefined) =>
      createHash("sha256")
        .update(body ?? "")
        .digest("hex");
    expect(digest(second?.body)).toBe(digest(first?.body));
    const request = new Request("http://x/", {
      method: "POST",
      headers: { "content-type": String(second?.headers["content-type"]) },
      body: new Uint8Array(second?.body ?? []),
    });
    const form = await request.formData();
    expect(form.getAll("a")).toEqual(["1", "2", "true"]);
    expect([...form.keys()]).toContain('q"\r\n');
    const [file, note] = [form.get("pic") as File, form.get("note") as File];
    expect([file.name, file.type, Buffer.from(await file.arrayBuffer())]).toEqual(["cat.png", "image/png", picture]);
    expect([note.name, note.type, await note.text()]).toEqual(["note", "text/markdown", "hi"]);
  });

  it("refuses data together with a form", async () => {
    const both = { method: "POST", data: "a=1", formData: pairs(["b", "2"]) };
    await expect(raw(both)).rejects.toThrow("Cannot specify both Data and File/Form Data.");
  });
});

describe("what Raw Request gives", () => {
  it.each([
    ["json", '{"a":1}', { a: 1 }],
    ["json", "<html>", "<html>"],
    ["text", '{"a":1}', '{"a":1}'],
    ["document", "<x/>", "<x/>"],
    ["arraybuffer", "\u0000x", Buffer.from("\u0000x")],
    ["json", "", ""],
    ["json", "null", null],
  ])("as %s: %j", async (responseType, body, expected) => {
    server.next({ status: 200, body });
    expect(await raw({ responseType })).toEqual(expected);
  });

  it("tells the content type of bytes, and refuses a type that there is not", async () => {
    server.next({ status: 200, headers: { "content-type": "image/png" }, body: "x" });
    const params = { twilioConnection: on.at(server.url), url: "/x", method: "GET", responseType: "arraybuffer" };
    expect(await harness.action("rawRequest", params)).toMatchObject({ contentType: "image/png" });
    await expect(raw({ responseType: "xml" })).rejects.toThrow("Response Type");
  });
});
