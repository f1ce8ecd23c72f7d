// What operators do: find a message and see why it failed, order the chain by keyboard, rotate credentials, watch under load.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { holdBack, type OpenedPage, openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, upstream, browser] = await Promise.all([
    startTestGateway({ dispatch: true }),
    startTestGateway({ dispatch: true }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([gateway?.stop(), upstream?.stop()]);
});

const open = (path: string): Promise<OpenedPage> => openPage(browser, { url: gateway.url, path, account: gateway });

async function call(method: string, path: string, body?: unknown) {
  const answer = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}

function addUpstream(name: string, account: { accountSid: string; authToken: string } = upstream) {
  const { accountSid, authToken } = account;
  const settings = { baseUrl: upstream.url, accountSid, authToken, fromNumber: "+12025550100" };
  return call("POST", "/providers", { name, kind: "twilio", chain: "end", ...settings });
}

describe("an operator", () => {
  it("sends a message, finds out why it failed, and sends it again", async () => {
    const { page, close } = await open("/messages");
    await page.getByRole("button", { name: "New message" }).click();
    await page.getByLabel("To", { exact: true }).fill("+15005553003");
    await page.getByRole("textbox", { name: "Text" }).fill("<script>document.title = 'gone'</script>");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("heading", { name: "Message", exact: true }).waitFor();
    await page.getByText("30003 Unreachable destination handset").waitFor();
    await page.getByText("Reported undelivered").waitFor();
    await page.getByText("<script>document.title = 'gone'</script>").waitFor();
    const first = page.url();

    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await page.waitForURL((url) => url.href !== first);
    await page.getByText("Reported undelivered").waitFor();
    await page.getByRole("link", { name: "All messages" }).click();
    await page.getByLabel("Search by number, sender, SID or text").fill("+1 (500) 555-3003");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=/);
    await expect.poll(() => page.getByRole("row").count()).toBe(3);
    expect(await page.title()).toBe("Messages · Trunkline");
    await close();
  });

  it("reorders the chain by keyboard alone", async () => {
    const [first, second] = [await addUpstream("Alpha"), await addUpstream("Beta")];
    const { page, close } = await open("/providers");
    await page.getByRole("row", { name: "Alpha" }).focus();
    for (const key of ["ArrowDown", "ArrowRight", "Enter"]) await page.keyboard.press(key);
    // Where it would go, as it is told to those who do not see it.
    const spoken = () => page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''");
    await expect.poll(spoken).toMatch(/^(Insert|Drop)/);
    for (let press = 0; press < 8 && (await spoken()) !== "Insert before Alpha"; press++)
      await page.keyboard.press("ArrowUp");
    expect(await spoken()).toBe("Insert before Alpha");
    await page.keyboard.press("Enter");
    await page.getByText("The new order is in force.").waitFor();
    const chain = async () => (await call("GET", `/accounts/${gateway.accountSid}`)).fallbackChain;
    const order = (await chain()) as string[];
    expect(order.indexOf(second.id)).toBeLessThan(order.indexOf(first.id));

    await page.getByRole("button", { name: "Actions for Alpha" }).click();
    await page.getByRole("menuitem", { name: "Make active" }).click();
    await expect.poll(async () => (await chain())[0]).toBe(first.id);
    await close();
  });

  it("does not write over an order that somebody else has just made", async () => {
    const { page, complaints } = await open("/providers");
    await page.getByRole("button", { name: "Actions for Alpha" }).waitFor();
    // It asks for the chain from time to time: not just now.
    await holdBack(page, "/providers*");
    const path = `/accounts/${gateway.accountSid}`;
    const before = (await call("GET", path)).fallbackChain as string[];
    await call("PUT", `${path}/fallback-chain`, { providers: before.toReversed() });
    await page.getByRole("button", { name: "Actions for Alpha" }).click();
    await page.getByRole("menuitem", { name: "Take out of the chain" }).click();
    await page.getByText("Somebody else has changed the chain meanwhile.").waitFor();
    expect((await call("GET", path)).fallbackChain).toEqual(before.toReversed());
    expect(complaints).toEqual([expect.stringContaining("409")]);
    await page.context().close();
  });

  it("adds a provider by the form, tests it, and watches its credentials being rotated", async () => {
    const theirs = await upstream.addAccount();
    const { page, close } = await open("/providers");
    await page.getByRole("button", { name: "Add a provider" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Gamma");
    await page.getByLabel("Base URL").fill(upstream.url);
    await page.getByLabel("Account SID").fill(theirs.accountSid);
    await page.getByRole("textbox", { name: "Auth token" }).fill(theirs.authToken);
    await page.getByLabel("Phone number, short code or name").fill("+12025550100");
    await page.getByRole("dialog").getByRole("button", { name: "Add a provider" }).click();
    await page.getByRole("heading", { name: "Gamma" }).waitFor();
    await page.getByText("Healthy").waitFor();

    await page.getByLabel("To", { exact: true }).fill("+12025550155");
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText(/The provider took it|Delivered\./).waitFor();

    await page.getByRole("button", { name: "Rotate now" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate now" }).click();
    await page.getByText("Under way").waitFor();
    for (const step of ["Check the present credentials", "Have new ones made", "Try the new ones", "Send with them"]) {
      await page.locator(".steps li[data-state=done]", { hasText: step }).waitFor();
    }
    // The old ones end once no claim can hold them any more: minutes. Until then there is a way back.
    await page.getByRole("button", { name: "Turn back" }).click();
    await page
      .getByText(/Turning back|Turned back/)
      .first()
      .waitFor();
    await close();
  });

  it("keeps the live tail usable while messages pour in", async () => {
    const { page, close } = await open("/messages?live=true");
    await page.locator(".badge", { hasText: /^Live$/ }).waitFor();
    for (let round = 0; round < 6; round++) await call("POST", "/sandbox/load", { messages: 500, handsets: 100 });
    const shown = () => page.locator(".message-scroll > div").evaluate((list) => list.clientHeight / 52);
    const gaps = async () => (await page.getByText("events were left out").count()) > 0;
    // A machine that cannot keep up says so; it never stands still.
    await expect.poll(async () => (await shown()) >= 3_000 || (await gaps()), { timeout: 30_000 }).toBe(true);
    expect(await shown()).toBeGreaterThan(500);
    // Thousands are there; only those in sight exist.
    expect(await page.getByRole("row").count()).toBeLessThan(60);

    await page.getByRole("button", { name: "Pause" }).click();
    await call("POST", "/sandbox/load", { messages: 20 });
    await page.getByRole("button", { name: /new: show them/ }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    // Reading further down holds the list; arrow keys go from row to row.
    await page.locator(".message-row.placed a").first().focus();
    await page.keyboard.press("ArrowDown");
    expect(await page.evaluate("document.activeElement.closest('[role=row]').getAttribute('aria-rowindex')")).toBe("3");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Message", exact: true }).waitFor();
    await close();
  });

  it("imports consent after trying it out, and sees a STOP arrive in the book", async () => {
    const { page, close } = await open("/consent");
    await page.getByRole("tab", { name: "Import and export" }).click();
    const csv = `contact,sender,status,consented_at\n+12025550161,${gateway.numbers[0]},opt-out,2026-01-01T00:00:00Z\nx,y,z,\n`;
    const file = { name: "consents.csv", mimeType: "text/csv", buffer: Buffer.from(csv) };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByText("1 changed, 0 unchanged, 1 refused, of 2 rows.").waitFor();
    await page.getByText("Tried out: nothing has been stored yet.").waitFor();
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("Tried out").waitFor({ state: "detached" });
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download consents.csv" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("consents.csv");
    await call("POST", "/sandbox/inbound", { from: "+12025550162", to: gateway.numbers[0], body: "STOP" });
    await page.getByRole("tab", { name: "Consent" }).click();
    for (const contact of ["+12025550161", "+12025550162"]) await page.getByRole("cell", { name: contact }).waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("link", { name: "Keyword in a message" }).waitFor();
    await close();
  });

  it("turns a fault on and off, and finds the load that it hit", async () => {
    const { page, close } = await open("/sandbox");
    await page.getByText("Undelivered (30003)").click();
    await expect.poll(async () => (await call("GET", "/sandbox/faults")).rules.length).toBe(1);
    await page.getByRole("button", { name: "Start" }).waitFor();
    await call("POST", "/sandbox/load", { messages: 3 });
    const failed = async () => (await call("GET", "/messages?errorCode=30003&text=valid%20for")).messages.length;
    await expect.poll(failed, { timeout: 15_000 }).toBe(3);
    await page.getByText("Undelivered (30003)").click();
    await expect.poll(async () => (await call("GET", "/sandbox/faults")).rules).toEqual([]);
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText(/of 1,000 messages/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/messages sent\./).waitFor();
    await close();
  });

  it("comes back by itself when the gateway was away", async () => {
    const { page, complaints } = await open("/messages");
    await page.getByRole("table").waitFor();
    const restore = await gateway.cutDatabase();
    await page.getByRole("link", { name: "Callbacks" }).click();
    await page
      .getByText(/does not answer|Loading/)
      .first()
      .waitFor({ state: "attached" });
    await restore();
    await page.getByText("No callbacks yet").waitFor({ timeout: 40_000 });
    expect(complaints.filter((complaint) => !complaint.includes("503"))).toEqual([]);
    await page.context().close();
  });
});
