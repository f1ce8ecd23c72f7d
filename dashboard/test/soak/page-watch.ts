// How a page bears what it is given: gaps between its frames and long tasks since the last look, and what it keeps in memory.

import type { CDPSession, Page } from "playwright-core";

export interface PageSample {
  readonly frames: number;
  readonly longestFrameMs: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  /** After a collection of garbage. */
  readonly heapMb: number;
  readonly nodes: number;
  readonly listeners: number;
}

export interface PageWatch {
  sample(): Promise<PageSample>;
}

type Seen = Pick<PageSample, "frames" | "longestFrameMs" | "longTasks" | "longestTaskMs">;

const begin = `{
  const seen = { frames: 0, longestFrameMs: 0, longTasks: 0, longestTaskMs: 0 };
  window.seenBySoak = seen;
  window.lastFrameOfSoak = performance.now();
  const frame = (now) => {
    seen.frames += 1;
    seen.longestFrameMs = Math.max(seen.longestFrameMs, now - window.lastFrameOfSoak);
    window.lastFrameOfSoak = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longTasks += 1;
      seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
    }
  }).observe({ type: "longtask" });
}`;
const read = "({ ...window.seenBySoak })";
/** What the measuring itself costs is not the page's. */
const forget = `Object.assign(window.seenBySoak, { frames: 0, longestFrameMs: 0, longTasks: 0, longestTaskMs: 0 });
  window.lastFrameOfSoak = performance.now();`;

export async function watchPage(page: Page): Promise<PageWatch> {
  const inspector = await page.context().newCDPSession(page);
  await inspector.send("Performance.enable");
  await page.evaluate(begin);
  return {
    async sample() {
      const seen = await page.evaluate<Seen>(read);
      const memory = await memoryOf(inspector);
      await page.evaluate(forget);
      return { ...seen, longestFrameMs: Math.round(seen.longestFrameMs), ...memory };
    },
  };
}

async function memoryOf(inspector: CDPSession): Promise<Pick<PageSample, "heapMb" | "nodes" | "listeners">> {
  await inspector.send("HeapProfiler.collectGarbage");
  const { metrics } = await inspector.send("Performance.getMetrics");
  const metricOf = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return {
    heapMb: Math.round(metricOf("JSHeapUsedSize") / 1e5) / 10,
    nodes: metricOf("Nodes"),
    listeners: metricOf("JSEventListeners"),
  };
}
