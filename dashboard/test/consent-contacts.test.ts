// Contacts and countries in a browser: somebody's place is added, changed and forgotten; a continent is switched off.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function call(method: string, path: string, body?: unknown) {
  const answer = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}
const open = (path: string) => openPage(browser, { url: gateway.url, path, account: gateway });

describe("contacts", () => {
  it("are added with what is wrong said at the field, found, changed and deleted", async () => {
    const { page, complaints } = await open("/consent");
    await page.getByRole("tab", { name: "Contacts" }).click();
    await page.getByText("Nobody's place is known").waitFor();
    await page.getByRole("button", { name: "Add a contact" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Contact", { exact: true }).fill("+1 202 555 0142");
    await dialog.getByLabel("Postal code").fill("ABC");
    await page.keyboard.press("Enter");
    await dialog.getByText("must be a ZIP code").waitFor();
    await dialog.getByLabel("Postal code").fill("20001");
    await page.keyboard.press("Enter");
    await page.getByText("+12025550142 is in United States.").waitFor();
    const row = page.getByRole("row").filter({ hasText: "+12025550142" });
    await row.getByText("20001").waitFor();

    await page.getByRole("button", { name: "Change +12025550142" }).click();
    await dialog.getByRole("button", { name: /Country/ }).click();
    await page.getByRole("option", { name: "Germany" }).click();
    await dialog.getByLabel("Postal code").fill("10115");
    await dialog.getByRole("button", { name: "Save" }).click();
    await row.getByText("Germany").waitFor();
    await page.getByRole("searchbox", { name: "Contact" }).fill("+12025550199");
    await page.getByText("Nobody matches").waitFor();
    await page.getByRole("searchbox", { name: "Contact" }).fill("(202) 555-0142".replace("(", "+1 ("));
    await page.getByRole("button", { name: "Delete +12025550142" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
    expect((await call("GET", "/contacts")).contacts).toEqual([]);
    // The one refusal that was provoked.
    expect(complaints).toEqual([expect.stringContaining("400")]);
    await page.context().close();
  });
});

describe("countries", () => {
  it("are switched off by continent, with a warning about those in use, and show when that was", async () => {
    const path = `/accounts/${gateway.accountSid}/geo-permissions`;
    await call("POST", "/messages", { to: "+4915123456789", from: gateway.numbers[0], body: "Hallo" });
    const { page, close } = await open("/protection");
    await page.getByRole("tab", { name: "Countries" }).click();
    const europe = page.getByRole("region", { name: "Europe" });
    await europe.getByText("1 sent in 7 days").waitFor();
    expect(await page.getByRole("region", { name: "Elsewhere" }).count()).toBe(0);
    await page.getByRole("button", { name: "Forbid all: Europe" }).click();
    await page.getByText("that you have written to in the last seven days: Germany.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Forbid all" }).click();
    await europe
      .getByText(/off since/)
      .first()
      .waitFor();
    const off = async () =>
      ((await call("GET", path)).countries as { code: string; enabled: boolean }[])
        .filter(({ enabled }) => !enabled)
        .map(({ code }) => code);
    expect(await off()).toEqual(expect.arrayContaining(["DE", "FR", "GB"]));
    expect(await off()).not.toContain("US");

    await page.getByLabel("Find a country").fill("+49");
    await page.getByRole("switch", { name: /Germany/ }).press("Space");
    await expect.poll(off).not.toContain("DE");
    await page.getByLabel("Find a country").fill("");
    await page.getByRole("button", { name: "Forbid what is not in use" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Forbid all" }).click();
    await page.getByRole("heading", { name: "1 of 245 countries allowed" }).waitFor();
    await expect.poll(async () => (await off()).length).toBe(244);
    await close();
  });
});
