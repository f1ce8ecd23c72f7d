// Keys as their owner handles them: made, copied, used by a program, deleted; the auth token changed without an outage; and who
// is no owner is told so.

import axe from "axe-core";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { type OpenedPage, openPage } from "./support/open-page.ts";
import { keepPicture } from "./support/picture.ts";

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

type Look = { readonly theme?: "dark"; readonly width?: number };

async function openKeys(account: TestAccount, look: Look = {}): Promise<OpenedPage> {
  const opened = await openPage(browser, { url: gateway.url, path: "/access", account, ...look });
  await opened.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await opened.page.getByRole("tab", { name: "Keys" }).click();
  await opened.page.getByRole("heading", { name: "Auth tokens" }).waitFor();
  return opened;
}

const clipboard = (page: Page) => page.evaluate<string>("navigator.clipboard.readText()");
const sessionOf = (key: string) => callNative(gateway.url, `Bearer ${key}`, ["GET", "/session"]);

/** The button says so for a moment only; what stays is that the dialog may be closed. */
const copiedIn = (dialog: Locator) => dialog.locator("button.primary", { hasText: "Done" }).waitFor();

async function seriousOn(page: Page): Promise<unknown[]> {
  await page.evaluate(axe.source);
  // What React Aria tells screen readers of a button that was pending stays for seconds, longer than the button may.
  const serious = `axe.run({ exclude: ["[data-live-announcer]"] }, { resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]))`;
  return await page.evaluate<unknown[]>(serious);
}

it("an access key is made for a tool, copied, used, and refused once it is deleted", async () => {
  const { page, close } = await openKeys(gateway);
  await page.getByRole("button", { name: "New key" }).click();
  expect(await seriousOn(page)).toEqual([]);
  await keepPicture(page, "access-purposes");
  await page.getByRole("button", { name: /Terraform, CI/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("terraform");
  await keepPicture(page, "access-form");
  await page.getByRole("button", { name: "Make the key" }).click();
  const dialog = page.getByRole("dialog", { name: "terraform is made" });
  await dialog.waitFor();
  expect(await seriousOn(page)).toEqual([]);
  await keepPicture(page, "access-made");

  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("It has not been copied").waitFor();
  await page.getByRole("button", { name: "Go back to it" }).click();
  await dialog.getByRole("button", { name: "Copy: Access key" }).click();
  await copiedIn(dialog);
  const key = await clipboard(page);
  expect(key).toMatch(/^tl_\w{40}$/);
  await dialog.getByRole("button", { name: "Copy: Ready to paste" }).click();
  await expect.poll(() => clipboard(page)).toContain(`Bearer ${key}' ${gateway.url}/trunkline/v1/session`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  expect((await sessionOf(key)).body).toMatchObject({ credential: "access-key", role: "operator" });

  await page.getByRole("button", { name: "Actions for terraform" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  await page.getByLabel("Name", { exact: true }).fill("terraform, reading");
  await page.getByRole("button", { name: /It may$/ }).click();
  await page.getByRole("option", { name: /viewer/ }).click();
  await page.getByRole("button", { name: /Expires$/ }).click();
  await page.getByRole("option", { name: "In a year" }).click();
  expect(await seriousOn(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("terraform, reading is changed.").waitFor();
  await expect.poll(async () => (await sessionOf(key)).body).toMatchObject({ role: "viewer" });
  const { body } = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
    "GET",
    `/accounts/${gateway.accountSid}/keys?text=reading`,
  ]);
  expect(Date.parse(body.keys[0].expiresAt) - Date.now()).toBeGreaterThan(364 * 86_400_000);

  await page.getByRole("row", { name: /terraform, reading/ }).waitFor();
  await page.getByRole("button", { name: "Actions for terraform, reading" }).click();
  await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await page.getByText("It has not been used yet.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("terraform, reading is deleted.").waitFor();
  await page.getByRole("row", { name: /terraform/ }).waitFor({ state: "detached" });
  expect((await sessionOf(key)).status).toBe(401);
  await close();
});

it("every other purpose leads to its kind of key, of which the list tells what it may", async () => {
  const account = await gateway.addAccount();
  const { page, close } = await openKeys(account);
  const make = async (purpose: RegExp, name: string, fill: () => Promise<void>) => {
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByRole("button", { name: purpose }).click();
    await fill();
    await page.getByRole("button", { name: "Make the key" }).click();
    const dialog = page.getByRole("dialog", { name: `${name} is made` });
    await dialog.waitFor();
    return dialog;
  };
  const named = (name: string) => () => page.getByLabel("Name", { exact: true }).fill(name);
  const copyAndClose = async (dialog: Awaited<ReturnType<typeof make>>, label: string) => {
    await dialog.getByRole("button", { name: `Copy: ${label}`, exact: true }).click();
    await copiedIn(dialog);
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await copyAndClose(await make(/Twilio SDK/, "shop", named("shop")), "Secret");
  await copyAndClose(await make(/FusionAuth/, "login", named("login")), "API key");
  await copyAndClose(await make(/OAuth 2/, "worker", named("worker")), "Client secret");
  const filled = () => page.getByLabel("Name of the service account").fill("robot");
  const made = await make(/key file/, "robot", filled);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    made.getByRole("button", { name: /^Download/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^trunkline-\d{18}\.json$/);
  await made.getByRole("button", { name: "Done" }).click();
  const token = await make(/A script/, "script", async () => {
    await page.getByLabel("Name of the service account").fill("person");
    await page.getByLabel("Name of the token").fill("script");
  });
  await copyAndClose(token, "Token");
  for (const name of ["shop", "login", "worker", "robot", "script"]) {
    await page.getByRole("row", { name: new RegExp(name) }).waitFor();
  }
  expect(await seriousOn(page)).toEqual([]);
  await keepPicture(page, "access-keys");

  await page.getByLabel("Search by name or id").fill("robot");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await page.getByRole("button", { name: "Actions for robot" }).click();
  await page.getByRole("menuitem", { name: "Delete the service account robot" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No key matches").waitFor();
  await close();
});

it("a key that could not be made is tried again for the service account that is there by then", async () => {
  const account = await gateway.addAccount();
  const { page, complaints } = await openKeys(account);
  const keyCalls = "**/service-accounts/*/keys";
  const problem = { error: { code: "database-unavailable", message: "The database does not answer." } };
  await page.route(keyCalls, (route) => route.fulfill({ status: 503, json: problem }));
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("button", { name: /key file/ }).click();
  await page.getByLabel("Name of the service account").fill("robot");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByText("The database does not answer.").waitFor();
  await page.unroute(keyCalls);
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByRole("dialog", { name: "robot is made" }).waitFor();
  const path = `/accounts/${account.accountSid}/service-accounts`;
  const { body } = await callNative(gateway.url, basic(account.accountSid, account.authToken), ["GET", path]);
  expect(body.serviceAccounts.map(({ name }: { name: string }) => name)).toEqual(["robot"]);
  await page.context().close();
  expect(complaints.filter((complaint) => !complaint.includes("503"))).toEqual([]);
});

it("the auth token is changed without an outage, and whoever does it stays signed in", async () => {
  const account = await gateway.addAccount();
  const { page, close } = await openKeys(account, { theme: "dark", width: 390 });
  await page.getByRole("button", { name: "Show: Primary token" }).click();
  await page.getByText(account.authToken).waitFor();
  const statusOf = async (token: string) =>
    (await callNative(gateway.url, basic(account.accountSid, token), ["GET", "/session"])).status;
  await page.getByRole("button", { name: "Make a second token" }).click();
  await page.getByRole("button", { name: "Copy: Secondary token" }).click();
  await copiedIn(page.getByRole("dialog"));
  const token = await clipboard(page);
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  await page.getByRole("button", { name: "Done" }).click();
  expect([await statusOf(account.authToken), await statusOf(token)]).toEqual([200, 200]);
  await page.getByRole("button", { name: "Make it primary" }).waitFor();
  expect(await seriousOn(page)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  await keepPicture(page, "access-tokens-dark-390");
  await page.getByRole("button", { name: "Make it primary" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make it primary" }).click();
  await page.getByText("The new token is the primary one.").waitFor();
  // What ended is not shown any longer as what it was.
  await page.getByText(account.authToken).waitFor({ state: "detached" });
  expect([await statusOf(account.authToken), await statusOf(token)]).toEqual([401, 200]);
  await page.getByRole("button", { name: "Show: Primary token" }).click();
  await page.getByText(token).waitFor();
  await close();
});

it("whoever is no owner is told why there is nothing to see", async () => {
  const opened = await openPage(browser, { url: gateway.url, path: "/" });
  const stored = JSON.stringify({ credential: { kind: "key", key: gateway.viewerKey } });
  await opened.page.evaluate(`sessionStorage.setItem("trunkline.session", ${JSON.stringify(stored)})`);
  await opened.page.goto(`${gateway.url}/access`);
  await opened.page.getByRole("tab", { name: "Keys" }).click();
  await opened.page.getByText("Keys are for owners").waitFor();
  await opened.close();
});
