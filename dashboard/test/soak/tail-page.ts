// The live tail as a person uses it: waits for its states, pauses it, and compares what it shows with what the gateway has.

import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";

export interface TailPage {
  untilLive(): Promise<void>;
  untilLost(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** The notice about events that were left out; null: there is none. */
  gap(): Promise<string | null>;
  /** Resolves to whether the page comes to show the newest messages with their final status. */
  settles(gatewayUrl: string, authorization: string): Promise<boolean>;
}

interface ShownRow {
  readonly sid: string;
  readonly status: string;
}

const settleTries = 120;

export function tailIn(page: Page): TailPage {
  const badge = (name: RegExp) => page.locator(".tail-bar .badge", { hasText: name });
  return {
    untilLive: () => badge(/^Live$/).waitFor({ timeout: 60_000 }),
    untilLost: () => badge(/lost/).waitFor({ timeout: 60_000 }),
    async pause() {
      await page.getByRole("button", { name: "Pause" }).click();
      await badge(/^Paused$/).waitFor();
    },
    async resume() {
      await page.getByRole("button", { name: "Go on" }).click();
      await badge(/^Live$/).waitFor();
    },
    async gap() {
      const notice = page.locator(".notice.warn", { hasText: "left out" });
      return (await notice.count()) === 0 ? null : await notice.textContent();
    },
    async settles(gatewayUrl, authorization) {
      for (let tried = 0; tried < settleTries; tried++) {
        const shown = await rowsInSight(page);
        const url = `${gatewayUrl}/trunkline/v1/messages?limit=${Math.max(1, Math.min(10, shown.length))}`;
        const answer = (await (await fetch(url, { headers: { authorization } })).json()) as { messages: ShownRow[] };
        const isFinal = answer.messages.every(({ status }) => ["delivered", "undelivered", "failed"].includes(status));
        if (isFinal && sameRows(shown, answer.messages)) return true;
        await delay(500);
      }
      return false;
    },
  };
}

/** Rows that exist in the page, from the top. */
export async function rowsInSight(page: Page): Promise<ShownRow[]> {
  const rows = await page.locator(".message-row.placed").evaluateAll((elements) =>
    elements.map((row) => ({
      sid: row.querySelector("a")?.getAttribute("href")?.split("/").at(-1) ?? "",
      status: row.querySelector(".badge")?.textContent?.toLowerCase() ?? "",
      index: Number(row.getAttribute("aria-rowindex")),
    })),
  );
  return rows.sort((one, other) => one.index - other.index).map(({ sid, status }) => ({ sid, status }));
}

/** Messages of one moment may stand in either order. */
function sameRows(shown: readonly ShownRow[], stored: readonly ShownRow[]): boolean {
  return (
    stored.length > 0 &&
    stored.every(({ sid, status }) => shown.some((row) => row.sid === sid && row.status === status))
  );
}
