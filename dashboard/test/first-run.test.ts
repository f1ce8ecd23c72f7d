// What a new user sees after `npm start`: the link signs in, greets with the credentials, and a message arrives on the handset.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startFirstGateway } from "../../gateway/test/support/first-start.ts";
import { openPage } from "./support/open-page.ts";

let gateway: Awaited<ReturnType<typeof startFirstGateway>>;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startFirstGateway(), launchBrowser()]);
});
afterAll(async () => {
  await Promise.all([browser?.close(), gateway?.stop()]);
});

describe("the first run", () => {
  it("goes from the terminal's link to a delivered message and a reply, and leaves no secret in the address", async () => {
    const made = gateway.account.made;
    const link = new URL(gateway.welcomeLink ?? "");
    const { page, close } = await openPage(browser, { url: gateway.url, path: `/${link.hash}` });
    await page.getByRole("heading", { name: "Welcome to Trunkline" }).waitFor();
    expect(page.url()).toBe(`${gateway.url}/welcome`);
    expect(await page.content()).not.toContain(made?.authToken);
    await page.getByRole("button", { name: "Show: Auth token" }).click();
    await page.getByText(made?.authToken ?? "").waitFor();

    await page.getByRole("button", { name: "Or send it from here" }).click();
    const handset = page.getByRole("region", { name: "Handset +12025550142" });
    await handset.getByText("Hello from Trunkline").waitFor();
    await handset.getByLabel("Reply", { exact: true }).first().fill("Hello <b>back</b>");
    await page.keyboard.press("Enter");
    // As text: nothing in a message becomes part of the page.
    await handset.getByText("Hello <b>back</b>").waitFor();

    await page.reload();
    await page.getByRole("heading", { name: "Welcome to Trunkline" }).waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByText("1 came in").waitFor();
    await close();
  });

  it("a second use of the link says what to do instead", async () => {
    const link = new URL(gateway.welcomeLink ?? "");
    const { page, complaints } = await openPage(browser, { url: gateway.url, path: `/${link.hash}` });
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByText("This link has been used, or has expired.").waitFor();
    expect(complaints).toEqual([expect.stringContaining("404")]);
    await page.context().close();
  });

  it("an access key signs in, a wrong one is refused, and signing out forgets it", async () => {
    const { page, complaints } = await openPage(browser, { url: gateway.url, path: "/messages" });
    const key = page.getByLabel("Access key", { exact: true });
    await key.fill("tl_wrong");
    await page.keyboard.press("Enter");
    await page.getByText("The gateway does not know these credentials.").waitFor();
    await key.fill(gateway.account.made?.accessKey ?? "");
    await page.keyboard.press("Enter");
    // Where one wanted to go.
    await page.getByRole("heading", { name: "Messages" }).waitFor();
    await page.getByText("Hello from Trunkline").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.evaluate("JSON.stringify(sessionStorage)")).not.toContain("tl_");
    expect(complaints).toEqual([expect.stringContaining("401")]);
    await page.context().close();
  });
});
