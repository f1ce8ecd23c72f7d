// Every page, in both themes and on a narrow screen: nothing that axe finds serious, nothing that the browser complains about,
// nothing wider than the screen. With TRUNKLINE_SCREENSHOTS set, a picture of each is kept there.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
let sid: string;
let provider: string;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway({ dispatch: true }), launchBrowser()]);
  const call = (method: string, path: string, body?: unknown) =>
    callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
  await call("POST", "/sandbox/load", { messages: 60, handsets: 12 });
  const from = gateway.numbers[0];
  sid = (await call("POST", "/messages", { to: "+15005553003", from, body: "Grüße 👋" })).body.sid;
  await call("POST", "/sandbox/inbound", { from: "+12025550142", to: from, body: "STOP" });
  provider = (await call("GET", "/providers")).body.providers[0].id;
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const pages = [
  ["sign-in", () => "/", "Sign in"],
  ["welcome", () => "/welcome", "Welcome to Trunkline"],
  ["overview", () => "/", "Overview"],
  ["messages", () => "/messages", "Messages"],
  ["live", () => "/messages?live=true", "Messages"],
  ["message", () => `/messages/${sid}`, "Message"],
  ["providers", () => "/providers", "Providers"],
  ["provider", () => `/providers/${provider}`, "Sandbox"],
  ["recipes", () => "/providers/recipes", "Set-up recipes"],
  ["consent", () => "/consent", "Consent"],
  ["protection", () => "/protection", "Protection"],
  ["callbacks", () => "/callbacks", "Callbacks"],
  ["sandbox", () => "/sandbox", "Sandbox"],
  ["access", () => "/access", "Access"],
  ["invitation", () => "/invitation", "You are invited"],
  ["audit", () => "/audit", "Audit log"],
] as const;

/** 250 kB, as they come over the wire. */
const scriptMax = 250_000;

function scriptBytes(page: Page): Promise<number> {
  return page.evaluate<number>(`performance.getEntriesByType("resource")
    .filter(({ name }) => new URL(name).pathname.endsWith(".js"))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`);
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function seriousOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Violation[] }>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

async function settle(page: Page, heading: string): Promise<void> {
  await page.getByRole("heading", { name: heading, exact: true, level: 1 }).waitFor();
  const waiting = () => page.locator("[aria-busy=true], .skeleton").count();
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
}

describe("every page", () => {
  it.each(pages)("%s is accessible in light and dark, and fits a phone", async (name, path, heading) => {
    const who = name === "sign-in" ? {} : { account: gateway };
    const { page, close } = await openPage(browser, { url: gateway.url, path: path(), ...who });
    await settle(page, heading);
    const script = await scriptBytes(page);
    expect(script, "script was loaded").toBeGreaterThan(10_000);
    expect(script, "bytes of script that a first load of this page takes").toBeLessThanOrEqual(scriptMax);
    // One and the same page, as when the system changes its theme and the window its width.
    for (const [theme, width] of [
      ["light", 1280],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 900 });
      await settle(page, heading);
      await keepPicture(page, `${name}-${theme}-${width}`);
      expect(await seriousOn(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
    await close();
  });

  it.each([
    ["/consent", "Consent"],
    ["/protection", "Protection"],
    ["/callbacks", "Callbacks"],
    ["/providers/recipes", "Set-up recipes"],
    ["/access", "Access"],
  ])("every tab of %s is accessible", async (path, heading) => {
    const { page, close } = await openPage(browser, { url: gateway.url, path, account: gateway });
    await settle(page, heading);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await settle(page, heading);
      await keepPicture(page, `${path.slice(1).replaceAll("/", "-")}-${await tab.textContent()}`);
      expect(await seriousOn(page), `${await tab.textContent()}`).toEqual([]);
    }
    await close();
  });

  it.each([
    ["/messages", "Messages", "New message"],
    ["/providers", "Providers", "Add a provider"],
    ["/consent", "Consent", "Record consent"],
  ])("the dialog of %s is accessible, and Escape closes it", async (path, heading, button) => {
    const { page, close } = await openPage(browser, { url: gateway.url, path, theme: "dark", account: gateway });
    await settle(page, heading);
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("dialog").waitFor();
    expect(await seriousOn(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await close();
  });

  it("may run and load nothing but its own files", async () => {
    const response = await fetch(`${gateway.url}/messages`);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const etag = response.headers.get("etag") ?? "";
    const again = await fetch(`${gateway.url}/`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    const [, script = ""] = /src="(\/assets\/[^"]+\.js)"/.exec(await response.text()) ?? [];
    const asset = await fetch(`${gateway.url}${script}`);
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(asset.headers.get("content-encoding")).toBe("gzip");
    expect((await fetch(`${gateway.url}/assets/none.js`)).status).toBe(404);
  });
});

async function keepPicture(page: Page, name: string): Promise<void> {
  const directory = process.env["TRUNKLINE_SCREENSHOTS"];
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
