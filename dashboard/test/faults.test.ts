// What goes wrong on the way: a sign-in that has ended, a gateway that is slow or cannot be reached, script in what others wrote.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../../gateway/test/support/database-proxy.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
/** The browser's way to the gateway: any TCP proxy that can be cut. */
let way: DatabaseProxy;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway({ dispatch: true }), launchBrowser()]);
  way = await startDatabaseProxy(gateway.url);
});
afterAll(async () => {
  await browser?.close();
  await way?.close();
  await gateway?.stop();
});

async function call(method: string, path: string, body?: unknown) {
  const answer = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const send = (text: string) =>
  call("POST", "/messages", { to: "+12025550142", from: gateway.numbers[0], body: text }) as Promise<{ sid: string }>;

/** Holds answers to requests of this kind back until the result is called. */
async function holdBack(page: Page, method: string, path: string): Promise<{ asked: () => number; letGo(): void }> {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  await page.route(`**/trunkline/v1${path}*`, async (route) => {
    if (route.request().method() !== method) return await route.fallback();
    asked += 1;
    await gate.promise;
    await route.continue();
  });
  return { asked: () => asked, letGo: gate.resolve };
}

describe("a lost connection", () => {
  it("of the live tail comes back by itself, with everything that happened meanwhile", async () => {
    const { page } = await openPage(browser, {
      ...{ url: new URL(way.url).origin, path: "/messages?live=true", account: gateway },
    });
    const badge = (name: string) => page.locator(".tail-bar .badge", { hasText: name });
    await badge("Live").waitFor();
    await send("Before the cut");
    await page.getByRole("cell", { name: "Before the cut" }).waitFor();
    const restore = await way.cut();
    await badge("Connection lost").waitFor();
    for (let index = 0; index < 20; index++) await send(`While away ${index}`);
    await restore();
    for (const index of [0, 19]) {
      const row = page.getByRole("row").filter({ has: page.getByText(`While away ${index}`, { exact: true }) });
      await row.getByText("Delivered").waitFor({ timeout: 30_000 });
    }
    await badge("Live").waitFor();
    expect(await page.getByRole("row").filter({ hasText: "While away" }).count()).toBe(20);
    expect(await page.getByText("left out").count()).toBe(0);
    await page.context().close();
  });
});

describe("an expired sign-in", () => {
  it("is asked for again, and leads back to the same search", async () => {
    const keys = `/accounts/${gateway.accountSid}/access-keys`;
    const key = await call("POST", keys, { name: "to be revoked" });
    await send("After signing in again");
    const { page } = await openPage(browser, { url: gateway.url, path: "/messages?status=delivered&since=24h" });
    await page.getByLabel("Access key", { exact: true }).fill(key.key);
    await page.keyboard.press("Enter");
    await page.getByText("After signing in again").first().waitFor();
    await call("DELETE", `${keys}/${key.id}`);
    // Whatever asks next finds out; nothing of what was seen stays in sight.
    await page.reload();
    await page.getByText("Your sign-in has ended.").waitFor();
    expect(await page.getByText("After signing in again").count()).toBe(0);
    await page.getByLabel("Access key", { exact: true }).fill(gateway.viewerKey);
    await page.keyboard.press("Enter");
    await page.getByText("After signing in again").first().waitFor();
    expect(new URL(page.url()).search).toBe("?status=delivered&since=24h");
    await page.context().close();
  });
});

describe("a slow gateway", () => {
  it("shows the form of what will come, and says that it is waiting", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers", account: gateway });
    await page.getByRole("heading", { name: "Providers" }).waitFor();
    const held = await holdBack(page, "GET", "/messages");
    await page.getByRole("link", { name: "Messages", exact: true }).click();
    await page.getByRole("heading", { name: "Messages" }).waitFor();
    await page.locator("[aria-busy=true] .skeleton").first().waitFor();
    held.letGo();
    await page.getByRole("table").waitFor();
    expect(await page.locator("[aria-busy=true]").count()).toBe(0);
    await close();
  });

  it("is sent a message once, however often one presses", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
    await page.getByRole("button", { name: "New message" }).click();
    await page.getByLabel("To", { exact: true }).fill("+12025550177");
    await page.getByRole("textbox", { name: "Text" }).fill("Only once");
    const held = await holdBack(page, "POST", "/messages");
    const button = page.getByRole("dialog").getByRole("button", { name: "Send", exact: true });
    await button.dblclick();
    await page.getByLabel("To", { exact: true }).press("Enter");
    await expect.poll(held.asked).toBeGreaterThan(0);
    held.letGo();
    await page.getByRole("heading", { name: "Message", exact: true }).waitFor();
    expect((await call("GET", "/messages?number=%2B12025550177")).messages).toHaveLength(1);
    await close();
  });
});

describe("script in what others wrote", () => {
  const script = `"><img src=x onerror="document.title='gone'"><script>document.title='gone'</script>`;

  it("is text wherever it is shown, and nothing of it runs", async () => {
    const provider = await call("POST", "/providers", {
      ...{ name: script.slice(0, 60), kind: "http", format: "zitadel", endpoint: "https://sms.example/send" },
    });
    const { sid } = await send(script);
    await call("POST", "/sandbox/inbound", { from: "+12025550142", to: gateway.numbers[0], body: script });
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
    const pages = [
      ["/messages", script],
      ["/messages?live=true", script],
      [`/messages/${sid}`, script],
      [`/messages?q=${encodeURIComponent(script)}`, script],
      ["/providers", script.slice(0, 60)],
      [`/providers/${provider.id}`, script.slice(0, 60)],
      ["/sandbox", script],
      ["/audit", script.slice(0, 60)],
    ] as const;
    for (const [path, text] of pages) {
      await page.goto(`${gateway.url}${path}`);
      await page.getByText(text).first().waitFor({ state: "attached" });
      expect(await page.title(), path).toContain("Trunkline");
      expect(await page.locator("img[onerror], main script").count(), path).toBe(0);
    }
    await close();
  });
});
