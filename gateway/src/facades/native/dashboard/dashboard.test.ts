import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type FastifyInstance, fastify } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { createMetrics } from "../../../observe/metrics.ts";
import { createListener } from "../../listener.ts";
import { registerStartPage } from "../docs/routes.ts";
import { loadDashboard } from "./files.ts";
import { registerDashboard } from "./routes.ts";

const script = `console.log(${JSON.stringify("long ".repeat(500))})`;
let directory: string;
let app: FastifyInstance;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-dashboard-"));
  await mkdir(join(directory, "assets"));
  await writeFile(join(directory, "index.html"), "<!doctype html><title>Trunkline</title>");
  await writeFile(join(directory, "assets", "index-1.js"), script);
  await writeFile(join(directory, ".built-from"), "a digest");
  app = fastify();
  registerDashboard(app, (await loadDashboard(directory)) ?? new Map());
});
afterAll(async () => {
  await app?.close();
  await rm(directory, { recursive: true, force: true });
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

describe("the built dashboard", () => {
  it.each(["/", "/messages", "/messages/SM0123", "/providers/recipes"])("is the same page at %s", async (path) => {
    const { statusCode, body, headers } = await get(path);
    expect([statusCode, body]).toEqual([200, "<!doctype html><title>Trunkline</title>"]);
    expect(headers["cache-control"]).toBe("no-cache");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });

  it.each([
    "/other",
    "/messagesx",
    "/.built-from",
    "/assets/../index.html",
    "/assets/%2e%2e/index.html",
    "/assets/none.js",
  ])("is not at %s", async (path) => {
    expect((await get(path)).statusCode).toBe(404);
  });

  it("is compressed for those who take it, kept for ever by name, and not sent twice", async () => {
    const plain = await get("/assets/index-1.js", { "accept-encoding": "br, gzip;q=0" });
    expect([plain.body, plain.headers["content-encoding"]]).toEqual([script, undefined]);
    const zipped = await get("/assets/index-1.js", { "accept-encoding": "br, gzip;q=0.5" });
    expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding" });
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(script);
    expect(zipped.headers["cache-control"]).toContain("immutable");
    for (const answer of [plain, zipped]) {
      const given = { "if-none-match": `"x", W/${answer.headers.etag}` };
      const encoding = answer === zipped ? { "accept-encoding": "gzip" } : {};
      expect((await get("/assets/index-1.js", { ...given, ...encoding })).statusCode).toBe(304);
    }
  });
});

it("where it has not been built, a plain page says what to do", async () => {
  expect(await loadDashboard(join(directory, "nowhere"))).toBeNull();
  const metrics = createMetrics();
  const config = { publicUrl: null, trustedProxies: [] };
  const health = { draining: false, databaseUp: true };
  const bare = createListener({ config, metrics, health, log: pino({ level: "silent" }), clock: systemClock });
  registerStartPage(bare, "1.2.3");
  const { body, headers } = await bare.inject("/");
  expect(body).toContain("Messages.json");
  expect(body).toContain("npm run build -w dashboard");
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  await bare.close();
  metrics.close();
});
