import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import {
  addAdmin,
  authorizationUrl,
  codeForm,
  openTestBrowser,
  requestTokens,
  signIn,
} from "../../../test/support/sign-in.ts";
import { type Gateway, startGateway } from "../../app.ts";

const prefix = "/gateway";
let database: TestDatabase;
let dataDir: string;
let proxy: Server;
let gateway: Gateway;
let publicUrl: string;

/** As a proxy in front does: takes the prefix away, and says nothing of itself. */
function startProxy(): Promise<Server> {
  const server = createServer((incoming, answer) => {
    const { port } = new URL(gateway.url);
    const path = (incoming.url ?? "").slice(prefix.length);
    const { method, headers } = incoming;
    const onward = httpRequest({ host: "127.0.0.1", port, path, method, headers: { ...headers, host: "inside" } });
    onward.on("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    incoming.pipe(onward);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function environment(url: string): NodeJS.ProcessEnv {
  return {
    TRUNKLINE_PORT: "0",
    TRUNKLINE_DATA_DIR: dataDir,
    TRUNKLINE_MASTER_KEY: "01".repeat(32),
    TRUNKLINE_ROLES: "api",
    TRUNKLINE_LOG_LEVEL: "silent",
    TRUNKLINE_PUBLIC_URL: url,
    DATABASE_URL: database.url,
  };
}

beforeAll(async () => {
  database = await testDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "trunkline-test-"));
  proxy = await startProxy();
  publicUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`;
  gateway = await startGateway(environment(publicUrl));
  await addAdmin(database.db);
});
afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await gateway.stop();
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

it("everything lies under the public URL, also when it has a path", async () => {
  const discovered = await fetch(`${publicUrl}/.well-known/openid-configuration`).then((answer) => answer.json());
  expect(discovered).toMatchObject({ issuer: publicUrl, token_endpoint: `${publicUrl}/oauth/v2/token` });
  const { url, verifier } = authorizationUrl(publicUrl);
  const browser = openTestBrowser();
  const page = await browser.follow(await browser.open(url), publicUrl);
  expect(page.url.startsWith(`${publicUrl}/oauth/v2/interaction/`)).toBe(true);
  const end = await signIn(browser, url, `${publicUrl}/oauth`);
  expect(end.href.startsWith(`${publicUrl}/?code=`)).toBe(true);
  const tokens = await requestTokens(publicUrl, codeForm(publicUrl, end.searchParams.get("code") ?? "", verifier));
  expect(tokens.status).toBe(200);
});

it("cookies are for https alone where the public URL is", async () => {
  const secure = await startGateway(environment("https://sms.example.com"));
  try {
    const { url } = authorizationUrl(secure.url, { redirect_uri: "https://sms.example.com/" });
    const response = await fetch(url, { redirect: "manual", headers: { "x-forwarded-proto": "http" } });
    const cookies = response.headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; secure; httponly$|; samesite=lax; secure; httponly$/);
  } finally {
    await secure.stop();
  }
});
