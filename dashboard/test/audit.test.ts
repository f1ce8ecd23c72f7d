// The audit log in a browser: who did what in plain words, the difference, filters that stay in the address, the file.

import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
let provider: string;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  };
  const upstream = { baseUrl: "http://127.0.0.1:9", accountSid: `AC${"1".repeat(32)}`, fromNumber: "+12025550177" };
  const secrets = { authToken: "a".repeat(32) };
  const made = await call("POST", "/providers", { name: "Primary", kind: "twilio", ...upstream, ...secrets });
  provider = made.id;
  await call("PATCH", `/providers/${provider}`, { name: "<b>Second</b>", fromNumber: "+12025550178" });
  const countries = [{ code: "DE", enabled: false }];
  await call("PATCH", `/accounts/${gateway.accountSid}/geo-permissions`, { changes: countries });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const open = (path: string, more: { readonly width?: number } = {}) =>
  openPage(browser, { url: gateway.url, path, account: gateway, ...more });

describe("the audit log", () => {
  it("tells in plain words who did what, and opens to what differs", async () => {
    const { page, close } = await open("/audit");
    const day = page.getByRole("region", { name: /^Changes of/ }).first();
    const entry = day.getByRole("button", { name: "changed provider <b>Second</b>" });
    await entry.click();
    expect(await entry.getAttribute("aria-expanded")).toBe("true");
    const changes = day.getByRole("list", { name: "What differs" });
    const number = changes.getByRole("listitem").filter({ hasText: "fromNumber" });
    // By words, not by colour alone.
    expect(await number.textContent()).toMatch(/Before:\+12025550177.*After:\+12025550178/);
    expect(await number.locator("del").count()).toBe(1);
    await day.getByRole("button", { name: "changed the countries" }).click();
    await changes.getByText("DE", { exact: true }).waitFor();
    await day.getByRole("link", { name: "Open the provider" }).click();
    await page.waitForURL(`${gateway.url}/providers/${provider}`);
    await close();
  });

  it("is narrowed down by who, what, when and one thing, which stay in the address", async () => {
    const { page, close } = await open("/audit");
    await page.getByRole("button", { name: "made provider Primary" }).waitFor();
    await page.getByRole("button", { name: /^Anything/ }).click();
    await page.getByRole("option", { name: "Providers" }).click();
    await page.waitForURL(/what=providers/);
    await page.getByRole("button", { name: "changed the countries" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "made provider Primary" }).click();
    await page.getByRole("button", { name: "Everything about this" }).click();
    await page.waitForURL(/subject=/);
    await page.reload();
    await page.getByRole("button", { name: "No longer: Only" }).waitFor();
    await page.getByRole("button", { name: "changed provider" }).waitFor();
    await page.getByRole("button", { name: /^Any time/ }).click();
    await page.getByRole("option", { name: "Last hour" }).click();
    await page.waitForURL(/since=1h/);
    await page.getByRole("button", { name: /^Anyone/ }).click();
    await page.getByRole("option", { name: "OAuth client" }).click();
    await page.getByText("Nothing matches").waitFor();
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await page.getByRole("button", { name: "changed the countries" }).waitFor();
    expect(new URL(page.url()).search).toBe("");
    await close();
  });

  it("goes on to older pages, and gives all of it as a file", async () => {
    await gateway.db.query(
      `insert into audit (account_id, id, actor, action, subject)
       select $1::uuid, uuid_at(now() - n * interval '1 hour'), 'retention', 'message.deleted', 'SM' || n
       from generate_series(1, 120) as n`,
      [gateway.accountSid.slice(2)],
    );
    const { page, close } = await open("/audit?what=messages", { width: 390 });
    const entries = page.getByRole("button", { name: "deleted message" });
    await expect.poll(() => entries.count()).toBe(50);
    await page.getByRole("button", { name: "Load more" }).click();
    await expect.poll(() => entries.count()).toBe(100);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    const text = await readFile(await download.path(), "utf8");
    expect(text.trim().split("\r\n")).toHaveLength(121);
    await close();
  });

  it("is not for viewers, who are told so", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/audit" });
    await page.getByLabel("Access key", { exact: true }).fill(gateway.viewerKey);
    await page.keyboard.press("Enter");
    await page.getByText("Owners and operators see the audit log").waitFor();
    await close();
  });
});
