// The order of the fallback chain is changed by mouse and by touch (by keyboard: operating.test.ts), and never over the head of
// somebody who changed it meanwhile.

import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { basic, callNative } from "../../gateway/test/support/native-client.ts";
import { holdBack, type OpenOptions, openPage } from "./support/open-page.ts";

let gateway: TestGateway;
let browser: Browser;
/** Alpha, Beta, Gamma. */
let ids: string[];
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
  ids = [];
  for (const name of ["Alpha", "Beta", "Gamma"]) {
    const settings = { kind: "http", format: "zitadel", endpoint: "https://sms.example/send" };
    ids.push((await call("POST", "/providers", { name, ...settings })).id);
  }
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function call(method: string, path: string, body?: unknown) {
  const answer = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const chainPath = () => `/accounts/${gateway.accountSid}/fallback-chain`;
const setChain = (providers: readonly string[]) => call("PUT", chainPath(), { providers });
const chain = async (): Promise<string[]> => (await call("GET", `/accounts/${gateway.accountSid}`)).fallbackChain;
const inOrder = (...order: readonly number[]) => order.map((index) => ids[index] ?? "");

async function openChain(options: Partial<OpenOptions> = {}) {
  await setChain(ids);
  const opened = await openPage(browser, { url: gateway.url, path: "/providers", account: gateway, ...options });
  await opened.page.getByRole("row", { name: "Gamma" }).waitFor();
  return opened;
}

/** Takes a provider by its handle, and holds it over the upper edge of another one. */
async function dragOver(page: Page, name: string, target: string): Promise<void> {
  const handle = await boxOf(page.getByRole("button", { name: `Move ${name}` }));
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  const row = await boxOf(page.getByRole("row", { name: target }));
  const [x, y] = [row.x + row.width / 2, row.y + 3];
  await page.mouse.move(x, y + 20, { steps: 8 });
  // A hand is never quite still: where it would be dropped follows its movements.
  let nudge = 0;
  const isThere = async () => {
    nudge = 1 - nudge;
    await page.mouse.move(x, y + nudge);
    return page.locator(`[data-drop-target] + [role=row][aria-label="${target}"]`).count();
  };
  await expect.poll(isThere, { timeout: 15_000 }).toBe(1);
}

async function boxOf(element: Locator) {
  const box = await element.boundingBox();
  if (box === null) throw new Error("the element is not in sight");
  return box;
}

const namesIn = (page: Page) => page.getByRole("grid").locator(".provider-name").allTextContents();

describe("the order of the chain", () => {
  it("is changed by dragging with the mouse", async () => {
    const { page, close } = await openChain();
    await dragOver(page, "Gamma", "Alpha");
    await page.mouse.up();
    await page.getByText("The new order is in force.").waitFor();
    expect(await chain()).toEqual(inOrder(2, 0, 1));
    expect(await namesIn(page)).toEqual(["Gamma", "Alpha", "Beta"]);
    await close();
  });

  it("stays when what is dragged is let go with Escape", async () => {
    const { page, close } = await openChain();
    await dragOver(page, "Gamma", "Alpha");
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await page.locator("[data-dragging]").waitFor({ state: "detached" });
    await page.reload();
    await page.getByRole("row", { name: "Gamma" }).waitFor();
    expect(await chain()).toEqual(ids);
    await close();
  });

  it("is changed by touch on a phone", async () => {
    const { page, close } = await openChain({ touch: true, width: 390 });
    await page.getByRole("button", { name: "Actions for Gamma" }).tap();
    await page.getByRole("menuitem", { name: "Move up" }).tap();
    await expect.poll(chain).toEqual(inOrder(0, 2, 1));
    await page.getByText("The new order is in force.").waitFor();
    await close();
  });

  it("is not written over somebody else's change that came while one dragged", async () => {
    const { page, complaints } = await openChain();
    // It asks for the chain from time to time: not just now.
    const letGo = await holdBack(page, "/providers*");
    await dragOver(page, "Gamma", "Alpha");
    await setChain(inOrder(1, 0, 2));
    await page.mouse.up();
    await page.getByText("Somebody else has changed the chain meanwhile.").waitFor();
    letGo();
    expect(await chain()).toEqual(inOrder(1, 0, 2));
    // And the page shows theirs.
    await expect.poll(() => namesIn(page)).toEqual(["Beta", "Alpha", "Gamma"]);
    expect(complaints).toEqual([expect.stringContaining("409")]);
    await page.context().close();
  });
});

it("of two changes of the same chain at once, one is refused", async () => {
  await setChain(ids);
  const authorization = basic(gateway.accountSid, gateway.authToken);
  const answers = await Promise.all(
    [inOrder(1, 0, 2), inOrder(2, 1, 0)].map((providers) =>
      callNative(gateway.url, authorization, ["PUT", chainPath(), { providers, expected: ids }]),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const taken = answers.find(({ status }) => status === 200);
  expect(await chain()).toEqual(taken?.body.providers);
});
