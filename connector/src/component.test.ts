import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createConnection, createHarness } from "@prismatic-io/spectral/dist/testing.js";
import { afterEach, describe, expect, it } from "vitest";
import { authTokenConnection } from "./connections/auth-token.ts";
import component from "./index.ts";

const accountSid = "AC0123456789abcdef0123456789abcdef";
const authToken = "secret-token";
const harness = createHarness(component);

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server with one account behind Basic authentication. */
async function accountServer(): Promise<string> {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const known = request.headers.authorization === expected;
    response.writeHead(known ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? { sid: accountSid, status: "active" } : { code: 20003, status: 401 }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  closers.push(() => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    server.closeAllConnections();
    return closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function verify(fields: Record<string, string>) {
  return harness.action("verifyConnection", { twilioConnection: createConnection(authTokenConnection, fields) });
}

describe("verifyConnection", () => {
  it("reads the account from the server that the connection names", async () => {
    const apiBaseUrl = await accountServer();
    const result = await verify({ username: accountSid, password: authToken, apiBaseUrl });
    expect(result?.data).toEqual({ sid: accountSid, status: "active" });
  });

  it("says that the credentials were refused", async () => {
    const apiBaseUrl = await accountServer();
    await expect(verify({ username: accountSid, password: "wrong", apiBaseUrl })).rejects.toThrow(
      "refused the credentials",
    );
  });

  it.each([
    [
      "an account SID of another kind",
      { username: "SK0123456789abcdef0123456789abcdef", password: authToken },
      "account SID",
    ],
    ["no auth token", { username: accountSid, password: "" }, "auth token is missing"],
    ["a base URL that is none", { username: accountSid, password: authToken, apiBaseUrl: "gateway" }, "base URL"],
  ])("refuses %s before anything is sent", async (_case, fields, reason) => {
    await expect(verify(fields)).rejects.toThrow(reason);
  });
});
