// People as their owner handles them: invited by a link, let in as what they were invited for, given another role, removed. And
// what an administrator, and a person for themselves, can do about passwords.

import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { addAdmin, adminEmail, adminPassword } from "../../gateway/test/support/sign-in.ts";
import { openPage } from "./support/open-page.ts";
import { keepPicture } from "./support/picture.ts";

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
  await addAdmin(gateway.db);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const email = "ada@example.com";
const password = "a long enough password";

async function seriousOn(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  const serious = `axe.run({ exclude: ["[data-live-announcer]"] }, { resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]))`;
  return await page.evaluate<unknown[]>(serious);
}

async function signIn(page: Page, who: { readonly email: string; readonly password: string }): Promise<void> {
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.keyboard.press("Enter");
}

it("somebody is invited as a viewer, comes, becomes an operator, and is removed", async () => {
  const sent = { to: "+12025550142", from: gateway.numbers[0], body: "Seen by a viewer" };
  await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), ["POST", "/messages", sent]);
  const owner = await openPage(browser, { url: gateway.url, path: "/access", account: gateway });
  await owner.page.getByText("Nobody is invited yet").waitFor();
  await owner.page.getByRole("button", { name: "Invite a person" }).click();
  await owner.page.getByLabel("E-mail address").fill(email);
  expect(await seriousOn(owner.page)).toEqual([]);
  await keepPicture(owner.page, "users-invite");
  await owner.page.getByRole("button", { name: "Make the link" }).click();
  const link = await owner.page.getByRole("dialog").locator("code").textContent();
  expect(await seriousOn(owner.page)).toEqual([]);
  await keepPicture(owner.page, "users-link");
  await owner.page.getByRole("button", { name: "Done" }).click();
  await owner.page.getByText("Invited", { exact: true }).waitFor();

  const { hash } = new URL(link ?? "");
  for (const look of [{ width: 1280 }, { theme: "dark", width: 390 }] as const) {
    const opened = await openPage(browser, { url: gateway.url, path: `/invitation${hash}`, ...look });
    await opened.page.getByRole("button", { name: "Accept" }).waitFor();
    expect(await seriousOn(opened.page)).toEqual([]);
    expect(await opened.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(look.width);
    await keepPicture(opened.page, `invitation-${look.width}`);
    await opened.close();
  }

  const { page, complaints } = await openPage(browser, { url: gateway.url, path: `/invitation${hash}` });
  await page.getByText("Test invites you as viewer.").waitFor();
  await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("A password takes at least 10 characters.").waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/interaction/);
  expect(await page.getByLabel("E-mail address").inputValue()).toBe(email);
  await signIn(page, { email, password });
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  await page.getByText("Ada Lovelace").waitFor();
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByText("Seen by a viewer").waitFor();
  expect(await page.getByRole("button", { name: "New message" }).count()).toBe(0);
  const warnings: string[] = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  await page.getByRole("link", { name: "Providers" }).click();
  // Who may not reorder the chain has nothing to drag.
  await page.getByRole("row", { name: /Sandbox/ }).waitFor();
  expect(warnings).toEqual([]);
  await page.getByRole("link", { name: "Access" }).click();
  await page.getByText("Your role is Viewer.").waitFor();
  expect(await seriousOn(page)).toEqual([]);
  await keepPicture(page, "users-viewer");

  await owner.page.reload();
  await owner.page.getByText("Ada Lovelace").waitFor();
  await keepPicture(owner.page, "users-list");
  expect(await seriousOn(owner.page)).toEqual([]);
  await owner.page.getByRole("button", { name: /Role of Ada Lovelace/ }).click();
  await owner.page.getByRole("option", { name: "Operator" }).click();
  await owner.page.getByText("Ada Lovelace is now Operator.").waitFor();
  await expect
    .poll(
      async () => {
        // Coming back to the window is enough.
        await page.evaluate("dispatchEvent(new Event('focus'))");
        return await page.getByText("Your role is Operator.").count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await page.getByRole("link", { name: "Messages" }).click();
  await page.getByRole("button", { name: "New message" }).waitFor();
  expect(complaints.filter((complaint) => !complaint.includes("400"))).toEqual([]);

  await owner.page.getByRole("button", { name: "Actions for Ada Lovelace" }).click();
  await owner.page.getByRole("menuitem", { name: "Remove from this account" }).click();
  await owner.page.getByRole("dialog").getByRole("button", { name: "Remove from this account" }).click();
  await owner.page.getByText("Nobody is invited yet").waitFor();
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.getByRole("heading", { level: 1 }).waitFor();
        return await page.getByText("Your sign-in has ended.").count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await page.context().close();
  await owner.close();
});

it("an administrator sees everybody, helps with a password, and changes their own", async () => {
  for (const look of [{ width: 1280 }, { theme: "dark", width: 390 }] as const) {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/access", ...look });
    await page.getByRole("button", { name: "Sign in with e-mail and password" }).click();
    await signIn(page, { email: adminEmail, password: adminPassword });
    await page.getByRole("heading", { name: "Everybody at this gateway" }).waitFor();
    await page.getByRole("button", { name: `Actions for ${email}` }).waitFor();
    expect(await seriousOn(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(look.width);
    await keepPicture(page, `people-${look.width}`);
    if (look.width === 390) {
      await page.getByRole("button", { name: "Menu" }).click();
      await keepPicture(page, "people-menu");
    }
    await close();
  }
  const { page, complaints } = await openPage(browser, { url: gateway.url, path: "/access" });
  await page.getByRole("button", { name: "Sign in with e-mail and password" }).click();
  await signIn(page, { email: adminEmail, password: adminPassword });
  await page.getByRole("button", { name: `Actions for ${email}` }).click();
  await page.getByRole("menuitem", { name: "Link for a new password" }).click();
  const { hash } = new URL((await page.getByRole("dialog").locator("code").textContent()) ?? "");
  const reset = await openPage(browser, { url: gateway.url, path: "/invitation" });
  await reset.page.locator("main.sign-in h1").waitFor();
  // In the same tab, so that only what is behind the # changes.
  await reset.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await reset.page.getByRole("heading", { name: "Set a new password" }).waitFor();
  await reset.page.getByLabel("Password").fill("another password");
  await reset.page.getByRole("button", { name: "Set the password" }).click();
  await reset.page.getByText("Your password is set").waitFor();
  await reset.close();
  await page.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByLabel("Current password").fill(adminPassword);
  await page.getByLabel("New password").fill("a new and long password");
  expect(await seriousOn(page)).toEqual([]);
  await keepPicture(page, "users-password");
  await page.getByRole("dialog").getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});
