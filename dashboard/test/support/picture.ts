// Pictures of pages for people to look at, kept where TRUNKLINE_SCREENSHOTS says; without it, none.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

export async function keepPicture(page: Page, name: string): Promise<void> {
  const directory = process.env["TRUNKLINE_SCREENSHOTS"];
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
