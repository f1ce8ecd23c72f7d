// Signing in as a person, at the gateway's own authorization server: there and back, to where one wanted to go; every account
// is a choice; and out again, at the server too.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { addAdmin, adminEmail, adminPassword } from "../../gateway/test/support/sign-in.ts";
import { openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let other: TestAccount;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
  other = await gateway.addAccount();
  await addAdmin(gateway.db);
  const message = { to: "+12025550142", from: other.numbers[0], body: "Of the other account" };
  await callNative(gateway.url, basic(other.accountSid, other.authToken), ["POST", "/messages", message]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

it("a person signs in, looks at another account, loses the access token without noticing, and signs out", async () => {
  const { page, complaints } = await openPage(browser, { url: gateway.url, path: "/messages?since=24h" });
  await page.getByRole("button", { name: "Sign in with e-mail and password" }).click();
  await page.getByLabel("E-mail address").fill(adminEmail);
  await page.getByLabel("Password").fill(adminPassword);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Messages" }).waitFor();
  expect(new URL(page.url()).search).toBe("?since=24h");
  await page.getByText("No message matches").waitFor();

  await page.getByRole("button", { name: "Account", exact: false }).click();
  await page.getByRole("option").nth(1).click();
  await page.getByText("Of the other account").waitFor();

  const stored = "trunkline.session";
  const loseAccess = `{
    const session = JSON.parse(sessionStorage.getItem("${stored}"));
    session.credential.accessToken = "gone";
    sessionStorage.setItem("${stored}", JSON.stringify(session));
  }`;
  await page.evaluate(loseAccess);
  await page.reload();
  await page.getByText("Of the other account").waitFor();
  expect(complaints.filter((complaint) => !complaint.includes("401"))).toEqual([]);

  // A duplicated tab takes the tokens along. Once they are used, it may end, but not end the other.
  const tokens = await page.evaluate<string>(`sessionStorage.getItem("${stored}")`);
  const copy = await page.context().newPage();
  await copy.goto(page.url());
  await copy.evaluate(`sessionStorage.setItem("${stored}", ${JSON.stringify(tokens)})`);
  await page.evaluate(loseAccess);
  await page.reload();
  await page.getByText("Of the other account").waitFor();
  await copy.evaluate(loseAccess);
  await copy.reload();
  await copy.getByRole("heading", { name: "Sign in" }).waitFor();
  await copy.close();
  await page.evaluate(loseAccess);
  await page.reload();
  await page.getByText("Of the other account").waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/end_session|logout/);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await page.evaluate(`sessionStorage.getItem("${stored}")`)).not.toContain("accessToken");
  await page.context().close();
});
