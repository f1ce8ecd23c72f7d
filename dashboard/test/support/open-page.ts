// The dashboard in a real browser: a tab that is signed in as an account, or as nobody, and what the browser complained about
// meanwhile (violations of the page's policy, errors, requests that leave the gateway's origin).

import { deepEqual } from "node:assert/strict";
import type { Browser, Page } from "playwright-core";

export interface OpenOptions {
  readonly url: string;
  readonly path?: string;
  readonly theme?: "light" | "dark";
  readonly width?: number;
  /** It is a screen that is touched. */
  readonly touch?: boolean;
  /** Absent: nobody is signed in. */
  readonly account?: { readonly accountSid: string; readonly authToken: string };
}

export interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
  /** Closes the tab; fails when the browser had something to complain about. */
  close(): Promise<void>;
}

/** Holds what the page asks for from now on at this path of the native API, until the result is called. */
export async function holdBack(page: Page, path: string): Promise<() => void> {
  const gate = Promise.withResolvers<void>();
  await page.route(`**/trunkline/v1${path}`, async (route) => {
    await gate.promise;
    await route.continue();
  });
  return gate.resolve;
}

export async function openPage(browser: Browser, options: OpenOptions): Promise<OpenedPage> {
  const { url, path = "/", theme = "light", width = 1280, touch = false, account } = options;
  const context = await browser.newContext({
    ...{ colorScheme: theme, locale: "en-US", viewport: { width, height: 900 } },
    reducedMotion: "reduce",
    hasTouch: touch,
  });
  context.setDefaultTimeout(20_000);
  if (account !== undefined) {
    const { accountSid, authToken } = account;
    const stored = JSON.stringify({ credential: { kind: "token", accountSid, authToken } });
    await context.addInitScript(`sessionStorage.setItem("trunkline.session", ${JSON.stringify(stored)})`);
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol.startsWith("http") && asked.origin !== url) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(`${url}${path}`);
  return {
    page,
    complaints,
    async close() {
      await context.close();
      deepEqual(complaints, []);
    },
  };
}
