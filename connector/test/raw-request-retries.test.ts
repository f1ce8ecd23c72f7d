import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import { harness, logger } from "./support/component-on-gateway.ts";
import { type FaultyServer, startFaultyServer } from "./support/faulty-server.ts";

let server: FaultyServer;
beforeEach(async () => {
  server = await startFaultyServer();
  server.otherwise = () => ({ status: 200, body: '{"ok":true}' });
});
afterEach(() => server.close());

function raw(params: Readonly<Record<string, unknown>>) {
  const fields = { username: `AC${"0".repeat(32)}`, password: "a-secret-token", apiBaseUrl: server.url };
  const twilioConnection = createConnection(authTokenConnection, fields);
  return harness.action("rawRequest", { twilioConnection, url: "/x", method: "GET", ...params }, { logger });
}
const gaps = () => server.seen.slice(1).map(({ atMs }, index) => atMs - (server.seen[index]?.atMs ?? 0));

describe("when Raw Request tries again", () => {
  const failing = (fate: { status: number } | "reset" | "hang") => {
    server.otherwise = () => fate;
  };

  it.each([
    ["GET", 500, {}, 3],
    ["PUT", 503, {}, 3],
    ["DELETE", 502, {}, 3],
    ["GET", 404, {}, 1],
    ["POST", 500, {}, 1],
    ["PATCH", 503, {}, 1],
    ["POST", 429, {}, 3],
    ["GET", 429, {}, 3],
    ["POST", 500, { retryAllErrors: "true" }, 3],
    ["POST", 400, { retryAllErrors: "true" }, 3],
    ["POST", 500, { headers: [{ key: "Idempotency-Key", value: "k" }] }, 3],
    ["GET", 500, { maxRetries: "0" }, 1],
  ])("%s answered with %i, %j: %i attempts", async (method, status, params, attempts) => {
    failing({ status });
    await expect(raw({ method, maxRetries: "2", ...params })).rejects.toMatchObject({ status });
    expect(server.seen).toHaveLength(attempts);
  });

  it.each([
    ["GET", {}, 3],
    ["POST", {}, 1],
    ["POST", { retryAllErrors: "true" }, 3],
  ])("%s whose connection is reset, %j: %i attempts", async (method, params, attempts) => {
    failing("reset");
    const kind = attempts === 1 ? "unknown-outcome" : expect.any(String);
    await expect(raw({ method, maxRetries: "2", ...params })).rejects.toMatchObject({ kind });
    expect(server.seen).toHaveLength(attempts);
  });

  it("repeats a POST whose connection could not be made: nothing was sent", async () => {
    await server.close();
    const port = Number(new URL(server.url).port);
    const posting = raw({ method: "POST", maxRetries: "5", retryDelayMS: "100" });
    await expect(posting).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("Nothing was sent"),
    });
    expect(port).toBeGreaterThan(0);
    server = await startFaultyServer();
  });

  it("waits between two attempts as long as the delay says", async () => {
    failing({ status: 500 });
    await expect(raw({ maxRetries: "2", retryDelayMS: "120" })).rejects.toThrow("500");
    for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(115);
  });

  it("backs off exponentially, also with a delay of 0", async () => {
    failing({ status: 500 });
    await expect(raw({ maxRetries: "3", useExponentialBackoff: "true" })).rejects.toThrow("500");
    const [first = 0, second = 0, third = 0] = gaps();
    expect(first).toBeGreaterThanOrEqual(245);
    expect(second).toBeGreaterThanOrEqual(495);
    expect(third).toBeGreaterThanOrEqual(995);
  });

  it("waits for Retry-After, in seconds or as a date", async () => {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000).toUTCString();
    server.next({ status: 429, headers: { "retry-after": "1" } }, { status: 503, headers: { "retry-after": date } });
    await raw({ maxRetries: "2" });
    expect(gaps()[0]).toBeGreaterThanOrEqual(990);
    expect(server.seen).toHaveLength(3);
  });

  it("limits each attempt by the timeout, and tries a GET again", async () => {
    failing("hang");
    const slow = raw({ timeout: "150", maxRetries: "1" });
    await expect(slow).rejects.toThrow("no answer within 150 ms");
    expect(server.seen).toHaveLength(2);
    const post = raw({ method: "POST", timeout: "150", maxRetries: "1" });
    await expect(post).rejects.toMatchObject({ kind: "unknown-outcome" });
    expect(server.seen).toHaveLength(3);
  });

  it.each([
    [{ timeout: "soon" }, "Timeout: Value 'soon' cannot be coerced"],
    [{ timeout: "-1" }, "must not be negative"],
    [{ maxRetries: "many" }, "cannot be coerced"],
    [{ maxRetries: "-1" }, "must not be negative"],
  ])("refuses %j", async (params, reason) => {
    await expect(raw(params)).rejects.toThrow(reason);
    expect(server.seen).toEqual([]);
  });
});
