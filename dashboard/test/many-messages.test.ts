// Searching where there are many messages: what is rare and old is found without being asked for again and again, one sees how
// far back it has looked and can stop it; a page that fails says so, and waits.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../gateway/test/support/browser.ts";
import { startTestGateway, type TestGateway } from "../../gateway/test/support/gateway.ts";
import { openPage } from "./support/open-page.ts";

/** More than three pages of the search look through. */
const total = 65_000;

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([startTestGateway(), launchBrowser()]);
  // The n-th is n milliseconds older than now; the needle is the oldest but ten.
  await gateway.db.query("select create_partitions(now() - interval '1 hour', now())");
  await gateway.db.query(
    `insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
       created_at, updated_at)
     select $1::uuid, (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       'outbound-api', 'delivered', '+12025550100', '+12025550142',
       case n when $2::int - 10 then 'The needle' else 'Hay ' || n end, 1, 0, now(), now()
     from (select n, lpad(to_hex((extract(epoch from now()) * 1000)::bigint - n), 12, '0') as h
       from generate_series(1, $2::int) as n) as made`,
    [gateway.accountSid.slice(2), total],
  );
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe("among many messages", () => {
  it("one that is old and rare is found by itself", async () => {
    const { page, close } = await openPage(browser, {
      ...{ url: gateway.url, path: "/messages?q=the+needle", account: gateway },
    });
    await page.getByRole("cell", { name: "The needle" }).waitFor();
    await page.getByText("That is all.").waitFor();
    expect(await page.getByRole("row").count()).toBe(2);
    await close();
  });

  it("the search says how far back it has looked, stops when told to, and goes on from there", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
    await page.getByRole("table").waitFor();
    const gate = Promise.withResolvers<void>();
    await page.route("**/trunkline/v1/messages*before*", async (route) => {
      await gate.promise;
      await route.continue();
    });
    await page.getByLabel("Search by number, sender, SID or text").fill("the needle");
    await page.keyboard.press("Enter");
    await page.getByText(/Looked back to .*; looking on/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    gate.resolve();
    await page.getByText(/There are older messages/).waitFor();
    await page.getByText("Nothing found so far").waitFor();
    await page.getByRole("button", { name: "Look further back" }).click();
    await page.getByRole("cell", { name: "The needle" }).waitFor();
    await close();
  });

  it("a page that fails keeps what was found, says why, and is asked for again when one wants it", async () => {
    const { page, complaints } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
    await page.getByRole("table").waitFor();
    let refused = 0;
    await page.route("**/trunkline/v1/messages*before*", async (route) => {
      refused += 1;
      if (refused > 1) return await route.continue();
      const error = { code: "query-too-slow", message: "This takes the database too long." };
      await route.fulfill({ status: 503, json: { error } });
    });
    const scroller = page.locator(".message-scroll");
    const toEnd = () => scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await toEnd();
    await page.getByText("This takes the database too long.").waitFor();
    expect(refused).toBe(1);
    await page.getByRole("button", { name: "Look further back" }).click();
    await expect.poll(() => scroller.locator("> div").evaluate((list) => list.clientHeight / 52)).toBeGreaterThan(150);
    expect(complaints).toEqual([expect.stringContaining("503")]);
    await page.context().close();
  });

  it("one page after the other comes as one scrolls, and only rows in sight exist", async () => {
    const { page, close } = await openPage(browser, { url: gateway.url, path: "/messages", account: gateway });
    await page.getByRole("table").waitFor();
    const scroller = page.locator(".message-scroll");
    const rows = () => scroller.locator("> div").evaluate((list) => Math.round(list.clientHeight / 52));
    for (let pages = 2; pages <= 6; pages++) {
      await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      await expect.poll(rows).toBeGreaterThanOrEqual(pages * 100);
    }
    expect(await page.getByRole("row").count()).toBeLessThan(60);
    await close();
  });
});
