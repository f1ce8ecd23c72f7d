// Set-up recipes that make what a platform needs: ZITADEL's hook with its key, and a key for who calls the gateway.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { holdBack, openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const read = async (path: string) =>
  (await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), ["GET", path])).body;

describe("a set-up recipe", () => {
  it("makes ZITADEL's hook, takes its signing key, and deletes it", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers/recipes", account: gateway });
    await page.getByRole("tab", { name: "ZITADEL" }).click();
    await page.getByRole("button", { name: "Make the hook" }).click();
    await page.getByText("Waits for the signing key").waitFor();
    const hooks = `/accounts/${gateway.accountSid}/incoming-hooks`;
    const [made] = (await read(hooks)).hooks;
    await page.getByText(`${gateway.url}/hooks/zitadel/${made.id}`, { exact: true }).waitFor();
    await page.getByLabel("Signing key").fill("a-key-of-zitadels");
    await page.getByRole("button", { name: "Save the key" }).click();
    await page.getByText("Ready", { exact: true }).waitFor();
    expect(await page.getByLabel("Signing key").inputValue()).toBe("");
    expect((await read(hooks)).hooks[0]).toMatchObject({ hasSigningKey: true, unsigned: false });

    await page.getByRole("button", { name: "Delete ZITADEL" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete the hook" }).click();
    await page.getByText("There is no hook yet.").waitFor();
    expect((await read(hooks)).hooks).toEqual([]);
    await close();
  });

  it("makes a key for FusionAuth with which it can send, and lets nobody lose it without being asked", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers/recipes", account: gateway });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("tab", { name: "FusionAuth" }).click();
    await page.getByRole("button", { name: "Make a key" }).click();
    const dialog = page.getByRole("dialog", { name: "A key for FusionAuth" });
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByText("It has not been copied").waitFor();
    await page.getByRole("button", { name: "Go back to it" }).click();
    await dialog.getByRole("button", { name: "Copy: Ready to paste" }).click();
    await dialog.locator("button.primary", { hasText: "Done" }).waitFor();
    const header = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(header).toMatch(/^Authorization: Bearer tl_\w{40}$/);
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    const response = await fetch(`${gateway.url}/hooks/fusionauth/default`, {
      method: "POST",
      headers: { authorization: header.replace("Authorization: ", ""), "content-type": "application/json" },
      body: JSON.stringify({ phoneNumber: "+12025550142", textMessage: "Your code is 123456" }),
    });
    expect(response.status).toBeLessThan(300);
    expect(await page.content()).not.toContain(header.replace("Authorization: Bearer ", ""));
    await close();
  });

  it("shows a key that arrives when its tab has been left", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers/recipes", account: gateway });
    await page.getByRole("tab", { name: "PingOne" }).click();
    const letGo = await holdBack(page, `/accounts/${gateway.accountSid}/access-keys`);
    const asked = page.waitForRequest("**/access-keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    await asked;
    await page.getByRole("tab", { name: "FusionAuth" }).click();
    letGo();
    const dialog = page.getByRole("dialog", { name: "A key for PingOne" });
    await dialog.getByText(/^tl_\w{40}$/).waitFor();
    await close();
  });

  it("names an address of PingOne's API that is there", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers/recipes", account: gateway });
    await page.getByRole("tab", { name: "PingOne" }).click();
    const step = page.getByRole("region", { name: "Or manage the gateway's providers with PingOne's own API" });
    const [, address = ""] = /curl (\S+)/.exec((await step.locator("code").textContent()) ?? "") ?? [];
    const response = await fetch(address, { headers: { authorization: `Bearer ${gateway.viewerKey}` } });
    expect(response.status).toBe(200);
    await close();
  });

  it("makes nothing for those who may not, and says who may", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers/recipes" });
    await page.getByLabel("Access key", { exact: true }).fill(gateway.viewerKey);
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "ZITADEL" }).click();
    await page.getByText("Owners and operators can make a hook.").waitFor();
    await page.getByRole("tab", { name: "PingOne" }).click();
    await page.getByText("Owners can make a key here").waitFor();
    await close();
  });
});
