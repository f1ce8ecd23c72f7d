// What people are told when something is refused: the code, where to change it, and which field lacks something.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
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

const call = (method: string, path: string, body: unknown) =>
  callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);

it("a message to a country that is off says so with its code, and leads to the countries", async () => {
  const to = "+4915112345678";
  const changes = [{ code: "DE", enabled: false }];
  expect((await call("PATCH", `/accounts/${gateway.accountSid}/geo-permissions`, { changes })).status).toBe(200);
  // In force within a moment, not at once.
  await expect
    .poll(async () => (await call("POST", "/messages", { to, body: "Hi", from: gateway.numbers[0] })).status)
    .toBe(400);
  const { page } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
  await page.getByRole("button", { name: "New message" }).click();
  await page.getByLabel("To", { exact: true }).fill(to);
  await page.getByRole("textbox", { name: "Text" }).fill("Hi");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("alert").getByText("21408").waitFor();
  await page.getByRole("link", { name: /Protection, in Countries/ }).click();
  await page.getByRole("tab", { name: "Countries", selected: true }).waitFor();
  await page.context().close();
});

it("a form that lacks something says which field is required, and does not go out", async () => {
  const { page, close } = await openPage(browser, { url: gateway.url, path: "/providers", account: gateway });
  await page.getByRole("button", { name: "Add a provider" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add a provider" }).click();
  await dialog.getByText("Required", { exact: true }).first().waitFor();
  expect(await dialog.getByText("Required", { exact: true }).count()).toBe(3);
  await dialog.getByLabel("Name", { exact: true }).fill("Named");
  await page.keyboard.press("Tab");
  await expect.poll(() => dialog.getByText("Required", { exact: true }).count()).toBe(2);
  await close();
});
